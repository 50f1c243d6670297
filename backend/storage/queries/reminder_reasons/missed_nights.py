"""Which nights missed the cap or the sleep target, over the last school nights; and the reason of `streak`.

A night is missed when the written load was above the child's own cap, or sleep, logged or projected, below its target
by any minute (rules 3 and 6: cap, sleep).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from backend.storage.models import NightSheet, School, SchoolDay
from backend.storage.queries.portable import json_of
from backend.storage.queries.portable_parts import on_day
from backend.storage.queries.reminder_reasons.reason import Asking, reason

DUE_UNTIL = dt.time(14, 0)
NIGHTS, MISSED = 5, 3
#: Six school nights lie within so many days, the longest holiday between them.
_LOOKS_BACK_DAYS = 70
When = Callable[[Any], Sequence[sa.ColumnElement[bool]]]
"""When a school's nights are asked for, as conditions on the school."""


def over_cap(sheet: Any) -> sa.ColumnElement[bool]:
    """Whether a night's written load was above the child's cap."""
    return sa.and_(sheet.capped_minutes > sheet.cap_minutes)


def too_short(sheet: Any) -> sa.ColumnElement[bool]:
    """Whether a night's sleep missed its target."""
    return sa.and_(sheet.sleep_short_by_minutes > 0)


def school_nights(asking: Asking, when: When) -> sa.CTE:
    """Each school's last six school nights, ``(school_id, night, nth)``; the latest is 1. Empty unless `when`."""
    at, day, school = asking.at, aliased(SchoolDay), aliased(School)
    nth = sa.func.row_number().over(partition_by=day.school_id, order_by=day.day.desc())
    ranked = (
        sa.select(day.school_id, on_day(day.day, -1).label("night"), nth.label("nth"))
        .select_from(asking.moments.join(school, school.zone == at.zone).join(day, day.school_id == school.id))
        .where(day.is_school_day.is_(True), day.day <= at.today, day.day > on_day(at.today, -_LOOKS_BACK_DAYS))
        .where(*when(school))
        .subquery()
    )
    return sa.select(ranked).where(ranked.c.nth <= NIGHTS + 1).cte()


def run_begins(asking: Asking) -> sa.Select[Any]:
    """Three of the last five school nights missed, and not yet so on the school night before: a run is told once.

    From the school's time (09:00) to 14:00 on the morning after the night with which the run begins.
    """
    at = asking.at
    nights = school_nights(asking, lambda school: (at.clock >= school.streak_at, at.clock < DUE_UNTIL))
    last, sheet, school = nights.alias(), aliased(NightSheet), aliased(School)
    source = asking.moments.join(school, school.zone == at.zone)
    source = source.join(last, sa.and_(last.c.school_id == school.id, last.c.nth == 1, last.c.night == at.ended_night))
    source = source.join(sheet, sa.and_(sheet.school_id == last.c.school_id, sheet.night == last.c.night))
    missed = missed_of(sheet, nights, 1, NIGHTS)
    selected = reason(
        asking,
        school_id=sheet.school_id,
        subject_id=sheet.student_id,
        night=sheet.night,
        expires_at=at.two_at,
        params=json_of(missed_nights=missed, of_nights=sa.literal_column(str(NIGHTS))),
    )
    return selected.select_from(source).where(
        sa.or_(over_cap(sheet), too_short(sheet)),
        missed >= MISSED,
        missed_of(sheet, nights, 2, NIGHTS + 1) < MISSED,
    )


def missed_of(sheet: Any, nights: sa.CTE, first: int, last: int) -> sa.ColumnElement[Any]:
    """How many of some school nights the student of a sheet has missed."""
    each, other = nights.alias(), aliased(NightSheet)
    return (
        sa.select(sa.func.count())
        .select_from(each)
        .join(other, sa.and_(other.school_id == each.c.school_id, other.night == each.c.night))
        .where(
            other.school_id == sheet.school_id,
            other.student_id == sheet.student_id,
            each.c.nth.between(first, last),
            sa.or_(over_cap(other), too_short(other)),
        )
        .correlate(sheet)
        .scalar_subquery()
    )
