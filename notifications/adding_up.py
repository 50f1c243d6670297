"""The worker's other work: each morning's figures added up before anybody asks for them.

One worker at a time, by a lease of its own; a school at a time, a piece at a time, each piece one short writing. What
was not finished is found again as missing, by this worker or the next. What is added up is `figures_ahead`.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from backend.clock import Clock
from backend.services.figures import figures_ahead
from backend.services.figures.figures_ahead import Piece
from backend.services.reminders import ticking
from backend.storage.engine import reading
from backend.storage.models import School

log = logging.getLogger(__name__)

#: A run ends after so long and the next goes on: the lease is renewed, and a worker that stops has not long to wait.
RUN_SECONDS = 30.0


class AddingUp:
    """Adds up what is due. `run` may be called by hand, with a clock that is moved."""

    def __init__(self, sessions: sessionmaker[Session], *, clock: Clock, holder: str, stop: threading.Event) -> None:
        """Take what it works with; nothing runs yet."""
        self._sessions = sessions
        self._clock = clock
        self._holder = holder
        self._stop = stop
        self._not_before: dict[uuid.UUID, datetime] = {}

    def run(self, seconds: float = RUN_SECONDS) -> int:
        """Add up pieces until nothing is due, the time is over or the worker stops; returns how many."""
        now = self._clock.now()
        with self._sessions.begin() as session:
            if not ticking.may_add_up(session, holder=self._holder, now=now):
                return 0
        with self._sessions() as session:
            schools = [each for each in figures_ahead.schools(reading(session)) if self._is_due(each, now)]
        ends = time.monotonic() + seconds
        done = 0
        for school in schools:
            done += self._school(school, now, ends)
        if done:
            log.info("figures are added up", extra={"pieces": done})
        return done

    def close(self) -> None:
        """Let another worker go on at once."""
        with self._sessions.begin() as session:
            ticking.stop_adding_up(session, holder=self._holder, now=self._clock.now())

    def _is_due(self, school: School, now: datetime) -> bool:
        return self._not_before.get(school.id, now) <= now

    def _school(self, school: School, now: datetime, ends: float) -> int:
        with self._sessions() as session:
            pieces = figures_ahead.pieces_due(reading(session), school=school, now=now)
        for number, piece in enumerate(pieces):
            if self._stop.is_set() or time.monotonic() > ends:
                return number
            self._piece(school, piece, now)
        self._not_before[school.id] = figures_ahead.next_due(school, now=now)
        return len(pieces)

    def _piece(self, school: School, piece: Piece, now: datetime) -> None:
        """Add up while only reading, which holds nobody up; then write."""
        with self._sessions() as session:
            prepared = figures_ahead.prepare(reading(session), school=school, piece=piece, now=now)
        with self._sessions.begin() as session:
            figures_ahead.renew(session, school=school, now=now)
            figures_ahead.keep(session, prepared=prepared)
