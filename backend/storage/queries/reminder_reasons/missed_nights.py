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
from backend.storage.queries.reminder_reasons.windows import between, only

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


@only(between("streak_at", DUE_UNTIL))
def run_begins(asking: Asking) -> sa.Select[Any]:
    """Three of the last five school nights missed, and not yet so on the school night before: a run is told once.

    From the school's time (09:00) to 14:00 on the morning after the night with which the run begins.
    """
    at = asking.at
    nights = school_nights(asking, lambda school: (at.clock >= school.streak_at, at.clock < DUE_UNTIL))
    runs, school = _counted(asking, nights).subquery("run"), aliased(School)
    selected = reason(
        asking,
        school_id=runs.c.school_id,
        subject_id=runs.c.student_id,
        night=at.ended_night,
        expires_at=at.two_at,
        params=json_of(missed_nights=runs.c.missed, of_nights=sa.literal_column(str(NIGHTS))),
    )
    source = asking.moments.join(school, school.zone == at.zone).join(runs, runs.c.school_id == school.id)
    return selected.select_from(source).where(
        runs.c.latest == at.ended_night, runs.c.missed >= MISSED, runs.c.missed_before < MISSED
    )


def _counted(asking: Asking, nights: sa.CTE) -> Any:
    """``(school_id, student_id, latest, missed, missed_before)``: the last school night if it was missed, how many of
    the last five were, and of the five before the last. Added up in one pass over six nights, not child by child."""
    each, sheet = nights.alias(), aliased(NightSheet)
    of_night = sa.and_(sheet.school_id == each.c.school_id, sheet.night == each.c.night)
    # Constants beside the join: a planner that sees them does not read the schools' whole history.
    recent = asking.within(sheet.night, "ended_night", back=_LOOKS_BACK_DAYS)
    return (
        sa.select(
            sheet.school_id,
            sheet.student_id,
            sa.func.max(sa.case((each.c.nth == 1, each.c.night))).label("latest"),
            sa.func.count(sa.case((each.c.nth <= NIGHTS, 1))).label("missed"),
            sa.func.count(sa.case((each.c.nth > 1, 1))).label("missed_before"),
        )
        .select_from(each.join(sheet, of_night))
        .where(recent, sa.or_(over_cap(sheet), too_short(sheet)))
        .group_by(sheet.school_id, sheet.student_id)
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
