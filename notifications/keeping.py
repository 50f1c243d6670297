"""The worker keeps what an office is shown of a night's messages, once the night is over, school by school.

What is kept and why is `kept_delivery_figures`. Whoever is first keeps a night, so workers need no lease for it, and
what was not finished is found again in the next hour.
"""

from __future__ import annotations

import logging
import threading

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from backend.clock import Clock
from backend.services.figures import figures_ahead
from backend.services.reminders import kept_delivery_figures
from backend.storage.engine import reading
from backend.storage.models import School

log = logging.getLogger(__name__)


class Keeping:
    """Keeps nights that are over. `run` may be called by hand, with a clock that is moved."""

    def __init__(self, sessions: sessionmaker[Session], *, clock: Clock, stop: threading.Event) -> None:
        """Take what it works with; nothing runs yet."""
        self._sessions = sessions
        self._clock = clock
        self._stop = stop

    def run(self) -> int:
        """Keep what is over in every school; returns how many nights."""
        with self._sessions() as session:
            schools = figures_ahead.schools(reading(session))
        kept = sum(self._apart(each) for each in schools)
        if kept:
            log.info("figures of what went out are kept", extra={"nights": kept})
        return kept

    def _apart(self, school: School) -> int:
        """What goes wrong in one school holds no other one's up."""
        try:
            return self._school(school)
        except SQLAlchemyError as problem:
            found = {"school": school.slug, "problem": type(problem).__name__}
            log.error("a school's figures of what went out are kept an hour later", extra=found)
            return 0

    def _school(self, school: School) -> int:
        """A month a transaction."""
        kept = 0
        while not self._stop.is_set():
            with self._sessions.begin() as session:
                some = kept_delivery_figures.keep_some(session, school=school, now=self._clock.now())
            if not some:
                break
            kept += some
        return kept
