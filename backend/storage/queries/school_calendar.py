"""Statements about a school's terms and its own table of school days."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain import school_days as domain
from backend.storage.models import SchoolDay, Term
from backend.storage.queries.upsert import insert_or_replace


def terms_of(session: Session, school_id: uuid.UUID) -> Sequence[tuple[dt.date, dt.date]]:
    """First and last day of each term, by time."""
    rows = session.execute(
        sa.select(Term.starts_on, Term.ends_on).where(Term.school_id == school_id).order_by(Term.starts_on)
    )
    return [(row.starts_on, row.ends_on) for row in rows]


def school_days_between(
    session: Session, school_id: uuid.UUID, first: dt.date, last: dt.date
) -> dict[dt.date, domain.SchoolDay]:
    """The rows from ``first`` to ``last``, both included, by date; dates without a row are absent."""
    found = session.scalars(
        sa.select(SchoolDay)
        .where(SchoolDay.school_id == school_id, SchoolDay.day.between(first, last))
        .order_by(SchoolDay.day)
    )
    return {
        row.day: domain.SchoolDay(row.day, row.is_school_day, row.timetable_weekday, row.status, row.note)
        for row in found
    }


def last_known_day(session: Session, school_id: uuid.UUID) -> dt.date | None:
    """The last date the table says anything about."""
    return session.scalar(sa.select(sa.func.max(SchoolDay.day)).where(SchoolDay.school_id == school_id))


def write_school_days(session: Session, school_id: uuid.UUID, days: Iterable[domain.SchoolDay]) -> None:
    """Insert or replace the rows of these dates, in one statement a thousand."""
    rows = [_row(school_id, day) for day in days]
    for start in range(0, len(rows), 1000):
        insert_or_replace(session, SchoolDay, rows[start : start + 1000])


def _row(school_id: uuid.UUID, day: domain.SchoolDay) -> dict[str, Any]:
    return {
        "school_id": school_id,
        "day": day.day,
        "is_school_day": day.is_school_day,
        "timetable_weekday": day.timetable_weekday,
        "status": domain.DayStatus(day.status.value),
        "note": day.note[:200],
    }
