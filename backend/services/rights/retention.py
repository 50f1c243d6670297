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
#: Of so many students the nights go in one transaction, and so many rows of what hangs on no sheet: the first run of a
#: large school is years behind, and phones go on writing. Whoever is stopped in between goes on where it was.
STUDENTS_AT_ONCE, ROWS_AT_ONCE = 50, 10_000
#: A school that lives has this many nights in so many days, holidays included. One that has not is left alone: the
#: machine's clock may be years ahead, and what is removed is gone. The command stays for schools that have closed.
LIVELY_NIGHTS, LIVELY_SPAN = 10, dt.timedelta(days=100)
NOBODY = uuid.UUID(int=0)


@dataclass(frozen=True)
class Purged:
    """How many nights, used or excused, of how many students are older, whether removed or only counted."""

    nights: int
    students: int


def first_kept(today: dt.date, months: int) -> dt.date:
    """The first night that stays when ``months`` are kept: the same day of an earlier month, or that month's last."""
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return dt.date(year, month + 1, min(today.day, calendar.monthrange(year, month + 1)[1]))


def count_old(session: Session, *, school_id: uuid.UUID, before: dt.date) -> Purged:
    """What `purge_some`, called until nothing is left, would remove."""
    return Purged(*queries.count_nights(session, queries.Nights(school_id, before=before)))


def purge_some(
    session: Session, *, actor: Actor, school_id: uuid.UUID, before: dt.date, now: dt.datetime
) -> Purged | None:
    """Remove the nights before ``before`` of some students of a school, or what is left of such nights; None when
    nothing is. Audited, counts only. For a transaction of its own, again and again: no order of them matters.

    Phones are told by sync to begin anew. Class figures that are frozen and figures of what went out name nobody and
    stay.
    """
    kept_delivery_figures.keep_all(session, school=get_school(session, school_id=school_id, now=now).school, now=now)
    old = queries.Nights(school_id, before=before)
    students = queries.some_students(session, old, STUDENTS_AT_ONCE)
    nights = queries.Nights(school_id, students, before)
    found = Purged(*queries.count_nights(session, nights))
    queries.erase_nights(session, nights)
    queries.erase_traces(session, nights)
    lines = rows = 0
    if len(students) < STUDENTS_AT_ONCE:
        lines, rows = queries.erase_lines(session, old), queries.erase_remains(session, old, ROWS_AT_ONCE)
    if found.nights or lines:
        _note(session, actor, school_id, before, found, lines, now)
    return found if found.nights or lines or rows else None


def _note(
    session: Session,
    actor: Actor,
    school_id: uuid.UUID,
    before: dt.date,
    found: Purged,
    lines: int,
    now: dt.datetime,
) -> None:
    details = {"before": before.isoformat(), "nights": found.nights, "students": found.students}
    details |= {"lines": lines} if lines else {}
    audit.record(session, actor=actor, action="retention.purged", now=now, school_id=school_id, details=details)


def due_before(session: Session, *, school: School, months: int, now: dt.datetime) -> dt.date | None:
    """The end of the oldest month that a school keeps no longer; None when nothing is due or the school has no nights
    of late.

    Due is what lies before the month that ``first_kept`` is in: whole months go, because each removal lets a phone
    fetch anew what it holds, and once a month is often enough for that.
    """
    today = local_date(now, school.zone)
    month = first_kept(today, months).replace(day=1)
    oldest = queries.oldest_night(session, queries.Nights(school.id, before=month))
    if oldest is None or not _lives(session, school.id, today):
        return None
    return _next_month(oldest)


def worker_of(school: School) -> Actor:
    """Who removes what is due: nobody, on the school's own machine."""
    return Actor(kind=ActorKind.COMMAND, id=NOBODY, school_id=school.id, session_id=NOBODY, locale=school.locale)


def _next_month(day: dt.date) -> dt.date:
    return (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1)


def _lives(session: Session, school_id: uuid.UUID, today: dt.date) -> bool:
    return queries.nights_between(session, school_id, today - LIVELY_SPAN, today) >= LIVELY_NIGHTS
