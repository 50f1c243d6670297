"""What is counted for Prometheus: requests by route and status, reminders by state, the worker's heartbeat.

One registry an application, so that tests do not share counts. With several web processes they count together in the
folder that `mobile_api.server` names. Labels are route patterns and codes, never a path, a person or a school.
"""

import os
import time
from collections.abc import Iterator
from typing import Any

from flask import Response, current_app, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

STEPS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
NAME = "nightsheet.metrics"
#: Whatever else a stranger calls a method is one label: each label that was ever counted stays in memory.
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})


class Metrics:
    """The counters of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self.requests = Counter(
            "nightsheet_requests", "Requests answered.", ["method", "route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "nightsheet_request_seconds", "Time to answer.", ["route"], buckets=STEPS, registry=self.registry
        )

    def of(self, method: str, route: str, status: int) -> tuple[Counter, Histogram]:
        """What counts and what times such answers; looked up among all labels once."""
        key = (method, route, status)
        if key not in self._known:
            self._known[key] = self.requests.labels(method, route, str(status)), self.seconds.labels(route)
        return self._known[key]

    def text(self, outbox: dict[str, int], heartbeat_age: float | None, *, worker_is_dead: bool) -> bytes:
        """Everything in Prometheus' text format; what is read from the database is stated by the process asked."""
        asked = CollectorRegistry()
        asked.register(_Asked(outbox, heartbeat_age, dead=worker_is_dead))
        return generate_latest(self._counted()) + generate_latest(asked)

    def _counted(self) -> CollectorRegistry:
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return self.registry
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return together


class _Asked(Collector):
    """What was read from the database just now; a plain Gauge would be written to the shared folder as well."""

    def __init__(self, outbox: dict[str, int], heartbeat_age: float | None, *, dead: bool) -> None:
        self._outbox, self._age, self._dead = outbox, heartbeat_age, dead

    def collect(self) -> Iterator[Metric]:
        reminders = GaugeMetricFamily("nightsheet_outbox", "Reminders by state.", labels=["state"])
        for state, count in self._outbox.items():
            reminders.add_metric([state], count)
        yield reminders
        says = "1 when no worker has ticked for ten minutes: no reminder goes out."
        yield GaugeMetricFamily("nightsheet_worker_dead", says, value=int(self._dead))
        if self._age is not None:
            name, says = "nightsheet_worker_heartbeat_age_seconds", "Since the worker's last tick."
            yield GaugeMetricFamily(name, says, value=self._age)


def of_app() -> Metrics:
    """The metrics of the application that answers this request."""
    found = current_app.extensions[NAME]
    assert isinstance(found, Metrics)  # noqa: S101 - nobody else writes there
    return found


def begin() -> None:
    """Note when a request came in."""
    g.counted_from = time.perf_counter()


def end(response: Response) -> Response:
    """Count a request."""
    route = request.url_rule.rule if request.url_rule else "unknown"
    method = request.method if request.method in METHODS else "other"
    counted, timed = of_app().of(method, route, response.status_code)
    counted.inc()
    timed.observe(time.perf_counter() - g.get("counted_from", time.perf_counter()))
    return response


def install(app: Any) -> None:
    """Count every request of ``app``."""
    app.extensions[NAME] = Metrics()
    app.before_request_funcs.setdefault(None, []).insert(0, begin)
    app.after_request(end)


MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4
