"""The worker's quietest work: before dawn, nights that are older than the installation keeps them are removed.

Which those are is `retention`'s. A piece is one short transaction; what was not finished is found again tomorrow.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from backend.clock import Clock
from backend.domain.night import zone_of
from backend.services.figures import figures_ahead
from backend.services.reminders import ticking
from backend.services.rights import retention
from backend.storage.engine import reading
from backend.storage.models import School

log = logging.getLogger(__name__)

#: The school's own hour in which nobody writes and no figure is due.
HOUR = 3


class Forgetting:
    """Removes old nights. `run` may be called by hand, with a clock that is moved."""

    def __init__(
        self, sessions: sessionmaker[Session], *, clock: Clock, holder: str, stop: threading.Event, months: int
    ) -> None:
        """Take what it works with; nothing runs yet. `months` 0 removes nothing."""
        self._sessions = sessions
        self._clock = clock
        self._holder = holder
        self._stop = stop
        self._months = months

    def run(self) -> int:
        """Remove what is due in schools where it is night; returns how many nights of students went."""
        now = self._clock.now()
        if self._months == 0:
            return 0
        with self._sessions() as session:
            schools = figures_ahead.schools(reading(session))
        due = [each for each in schools if now.astimezone(zone_of(each.zone)).hour == HOUR]
        removed = sum(self._apart(each) for each in due if self._may_run())
        if removed:
            log.info("old nights are removed", extra={"nights": removed})
        return removed

    def _may_run(self) -> bool:
        """One worker at a time, the one that adds figures up: two would count the same nights into the log."""
        with self._sessions.begin() as session:
            return ticking.may_add_up(session, holder=self._holder, now=self._clock.now())

    def _apart(self, school: School) -> int:
        """What goes wrong in one school, or takes too long there, holds no other one's up."""
        try:
            return self._school(school)
        except SQLAlchemyError as problem:
            found = {"school": school.slug, "problem": type(problem).__name__}
            log.error("a school's old nights stay until tomorrow", extra=found)
            return 0

    def _school(self, school: School) -> int:
        """Month by month, the oldest first; one of which nothing would go ends it."""
        removed, last = 0, None
        while not self._stop.is_set() and (before := self._due(school)) not in (None, last):
            removed, last = removed + self._month(school, before), before
        return removed

    def _due(self, school: School) -> dt.date | None:
        with self._sessions() as session:
            return retention.due_before(reading(session), school=school, months=self._months, now=self._clock.now())

    def _month(self, school: School, before: dt.date) -> int:
        """A portion a transaction: whoever writes meanwhile waits for one of them, not for the month."""
        removed, worker = 0, retention.worker_of(school)
        while not self._stop.is_set():
            with self._sessions.begin() as session:
                gone = retention.purge_some(
                    session, actor=worker, school_id=school.id, before=before, now=self._clock.now()
                )
            if gone is None:
                break
            removed += gone.nights
        return removed
