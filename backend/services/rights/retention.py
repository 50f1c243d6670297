"""How long nights are kept: those of a whole school that are older are removed, as `erasure` removes one child's.

By command whenever somebody asks, and by the worker each month. What a family asks for is `erasure`.
"""

import calendar
import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.services import audit
from backend.services.actor import Actor, ActorKind
from backend.services.reminders import kept_delivery_figures
from backend.services.school.schools import get_school, local_date
from backend.storage.models import School
from backend.storage.queries import erasing as queries

#: What the command offers; the school decides, and writes it into its consent text.
DEFAULT_MONTHS = 24
#: What is removed in one transaction: the first run of a large school is years behind, and phones go on writing.
NIGHTS_AT_ONCE = dt.timedelta(days=31)
#: A school that lives has this many nights in so many days, holidays included. One that has not is left alone: the
#: machine's clock may be years ahead, and what is removed is gone. The command stays for schools that have closed.
LIVELY_NIGHTS, LIVELY_SPAN = 10, dt.timedelta(days=100)
NOBODY = uuid.UUID(int=0)


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

    Their phones are told by sync to begin anew. Class figures that are frozen and figures of what went out name nobody
    and stay.
    """
    nights = queries.Nights(school_id, before=before)
    found = Purged(*queries.count_nights(session, nights))
    kept_delivery_figures.keep_all(session, school=get_school(session, school_id=school_id, now=now).school, now=now)
    queries.erase_nights(session, nights)
    queries.erase_traces(session, nights)
    details = {"before": before.isoformat(), "nights": found.nights, "students": found.students}
    audit.record(session, actor=actor, action="retention.purged", now=now, school_id=school_id, details=details)
    return found


def purge_due(session: Session, *, school: School, months: int, now: dt.datetime) -> Purged | None:
    """Remove the oldest month of what a school keeps no longer; None when nothing is due or the school
    has no nights of late. Audited, counts only.

    Due is what lies before the month that ``first_kept`` is in: whole months go, because each removal lets every phone
    of the school fetch anew what it holds, and once a month is often enough for that.
    """
    today = local_date(now, school.zone)
    month = first_kept(today, months).replace(day=1)
    oldest = queries.oldest_night(session, queries.Nights(school.id, before=month))
    if oldest is None or not _lives(session, school.id, today):
        return None
    worker = Actor(kind=ActorKind.COMMAND, id=NOBODY, school_id=school.id, session_id=NOBODY, locale=school.locale)
    return purge(session, actor=worker, school_id=school.id, before=min(month, oldest + NIGHTS_AT_ONCE), now=now)


def _lives(session: Session, school_id: uuid.UUID, today: dt.date) -> bool:
    return queries.nights_between(session, school_id, today - LIVELY_SPAN, today) >= LIVELY_NIGHTS
