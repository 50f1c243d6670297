"""Whether an installation is well: for `/readyz`, `/metrics` and `nightsheet doctor`."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.services.reminders.ticking import DEAD_AFTER
from backend.storage.queries import health as queries
from backend.storage.schema import head_revision


@dataclass(frozen=True)
class Pulse:
    """What is measured: reminders by state, and how long ago the worker ticked (None: never)."""

    outbox: dict[str, int]
    heartbeat_age_seconds: float | None

    @property
    def worker_is_dead(self) -> bool:
        """Whether nobody has ticked for ten minutes, or ever."""
        age = self.heartbeat_age_seconds
        return age is None or age > DEAD_AFTER.total_seconds()


def is_ready(session: Session) -> bool:
    """Whether the database answers and has this release's schema."""
    return queries.revision(session) == head_revision()


def take_pulse(session: Session, *, now: dt.datetime) -> Pulse:
    """The present counts."""
    tick = queries.last_tick(session)
    return Pulse(queries.outbox_states(session), None if tick is None else max(0.0, (now - tick).total_seconds()))


def shows_demonstration(session: Session) -> bool:
    """Whether this installation holds the demonstration school and no real one."""
    return queries.school_facts(session).is_demonstration


def may_demonstrate(session: Session) -> bool:
    """Whether the demonstration school may be loaded: no real school lives here."""
    return queries.school_facts(session).may_demonstrate
