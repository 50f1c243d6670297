"""When the worker wakes up; the only file that imports apscheduler.

The scheduler knows no families: it calls `tick` and `add_up` once a minute, `deliver` every few seconds, `keep` and
`forget` once an hour. What is due is data. Its memory store is enough, and a job that is late runs once instead of
being dropped (the library's own grace is 1 s).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

DELIVER_EVERY_SECONDS = 5
JOB_DEFAULTS = {"coalesce": True, "max_instances": 1, "misfire_grace_time": 3600}


class Schedule:
    """A tick on every full minute, figures half a minute later, deliveries in between, each in one thread.

    Once an hour the figures of nights that are over are kept, and old nights are removed where it is night: zones
    differ.
    """

    def __init__(
        self,
        *,
        tick: Callable[[], object],
        deliver: Callable[[], object],
        add_up: Callable[[], object],
        keep: Callable[[], object],
        forget: Callable[[], object],
    ) -> None:
        """Take what to call; nothing runs yet."""
        self._scheduler = BackgroundScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": ThreadPoolExecutor(4)},
            job_defaults=JOB_DEFAULTS,
            timezone=UTC,
        )
        self._scheduler.add_job(tick, CronTrigger(second=0, timezone=UTC), id="tick")
        self._scheduler.add_job(add_up, CronTrigger(second=30, timezone=UTC), id="add_up")
        self._scheduler.add_job(keep, CronTrigger(minute=5, second=15, timezone=UTC), id="keep")
        self._scheduler.add_job(forget, CronTrigger(minute=20, second=45, timezone=UTC), id="forget")
        every = IntervalTrigger(seconds=DELIVER_EVERY_SECONDS, timezone=UTC)
        self._scheduler.add_job(deliver, every, id="deliver")

    def start(self) -> None:
        """Begin, in threads of its own: after any fork, never in a reloader's parent."""
        self._scheduler.start()

    def stop(self) -> None:
        """Begin nothing new and wait for what is under way."""
        self._scheduler.shutdown(wait=True)
