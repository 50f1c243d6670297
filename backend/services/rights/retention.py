"""How long nights are kept: those of a whole school that are older are removed, as `erasure` removes one child's.

Run by command. Nothing runs it by itself yet, and what a family asks for is `erasure`.
"""

import calendar
import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.services import audit
from backend.services.actor import Actor
from backend.storage.queries import erasing as queries

#: What the command offers; the school decides, and writes it into its consent text.
DEFAULT_MONTHS = 24


@dataclass(frozen=True)
class Purged:
    """How many nights of how many students are older, whether they were removed or only counted."""

    nights: int
    students: int


def first_kept(today: dt.date, months: int) -> dt.date:
    """The first night that stays when ``months`` are kept: the same day of an earlier month, or that month's last."""
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return dt.date(year, month + 1, min(today.day, calendar.monthrange(year, month + 1)[1]))


def count_old(session: Session, *, school_id: uuid.UUID, before: dt.date) -> Purged:
    """What `purge` would remove."""
    return Purged(*queries.count_nights(session, queries.Nights(school_id, before=before)))


def purge(session: Session, *, actor: Actor, school_id: uuid.UUID, before: dt.date, now: dt.datetime) -> Purged:
    """Remove every night before ``before`` of all students of a school, with the reminders about it. Audited.

    Their phones are told by sync to begin anew. Class figures that are frozen name nobody and stay.
    """
    nights = queries.Nights(school_id, before=before)
    found = Purged(*queries.count_nights(session, nights))
    queries.erase_nights(session, nights)
    queries.erase_traces(session, nights)
    details = {"before": before.isoformat(), "nights": found.nights, "students": found.students}
    audit.record(session, actor=actor, action="retention.purged", now=now, school_id=school_id, details=details)
    return found
