"""The web process looks after the other one: once a minute it asks whether the worker still ticks, and says so if not.

A dead worker is silent, and nobody misses a reminder that never came; the web process is the one that operators watch.
One CRITICAL line when ten minutes have passed without a tick, one INFO line when it ticks again. No thread: it is asked
for beside requests, and phones send those all evening.
"""

import datetime as dt
import logging
import time
from typing import Any

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from backend.clock import Clock
from backend.services.reminders import ticking
from backend.storage.engine import reading
from mobile_api.transaction import db

log = logging.getLogger(__name__)

EVERY_SECONDS = 60.0
NAME = "nightsheet.worker_watch"


class WorkerWatch:
    """What one web process knows of the worker."""

    def __init__(self, app: Any, clock: Clock) -> None:
        self._app = app
        self._clock = clock
        self._since = clock.now()
        self._next = time.monotonic() + EVERY_SECONDS
        self._said = False

    def maybe_look(self) -> None:
        """Look if the last time is a minute ago. Runs before the request's own transaction has begun."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + EVERY_SECONDS
            self.look()

    def look(self) -> None:
        """Ask once, and say what has changed. A database that is away is `/readyz`'s to tell."""
        now = self._clock.now()
        try:
            with self._app.app_context(), Session(db.engine) as session:
                last = ticking.last_tick(reading(session))
        except SQLAlchemyError:
            return
        # Before the first tick of all the worker has as long as later between two.
        dead = ticking.is_silent_since(last or self._since, now=now)
        if dead and not self._said:
            extra = {"alarm": "worker_dead", "minutes": _minutes(last, now)}
            log.critical("the worker is dead: no reminder goes out", extra=extra)
        elif self._said and not dead:
            log.info("the worker ticks again")
        self._said = dead


def _minutes(last: dt.datetime | None, now: dt.datetime) -> int | None:
    return None if last is None else int((now - last).total_seconds()) // 60


def install(app: Flask, clock: Clock) -> None:
    """Let the application look beside its requests, first of all and in no transaction."""
    watch = app.extensions[NAME] = WorkerWatch(app, clock)
    app.before_request_funcs.setdefault(None, []).insert(0, watch.maybe_look)
