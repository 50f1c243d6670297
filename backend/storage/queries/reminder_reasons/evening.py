"""Reason of `evening_digest`: what can wait, in one message at the hour that a guardian has chosen.

Not a heap of messages held back but one question, asked at that hour: which sheets of the last day wait to be
confirmed, was last night short of sleep, does a run begin, and on Fridays, what was missed this week. What was settled
during the day is not said, nor what the guardian has switched off. It begins with the few guardians whose hour it is; a
paused child is left out.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from backend.domain.reminder_times import DIGEST_AT
from backend.domain.sheet import SheetState
from backend.storage.base import NO_SUBJECT
from backend.storage.models import Guardianship, NightSheet, ReminderPreference, ReminderSetting, School, Student
from backend.storage.queries.portable import json_of
from backend.storage.queries.portable_parts import is_friday, on_day
from backend.storage.queries.reminder_reasons.missed_nights import (
    MISSED,
    NIGHTS,
    missed_of,
    over_cap,
    school_nights,
    too_short,
)
from backend.storage.queries.reminder_reasons.reason import Asking, reason
from backend.storage.queries.reminder_reasons.windows import digest_hours, only

#: A digest later than this after its hour is no evening's any more.
LASTS = dt.timedelta(hours=1)
#: One digest to the next: what was submitted after the one is in the other.
DAY = dt.timedelta(hours=24)
WEEK_DAYS = 7


@only(digest_hours)
def to_guardians(asking: Asking) -> sa.Select[Any]:
    """One reason a guardian and day: sheets that wait, short nights, runs, missed nights of the week. An hour long."""
    at, school, found = asking.at, aliased(School), _counted(asking).subquery("counted")
    of = found.c
    selected = reason(
        asking,
        school_id=of.school_id,
        subject_id=sa.literal(NO_SUBJECT, sa.Uuid),
        night=at.today,
        expires_at=asking.now + LASTS,
        params=json_of(
            to_confirm=of.to_confirm, sleep_short=of.sleep_short, streaks=of.streaks, missed_nights=of.missed_nights
        ),
    )
    source = asking.moments.join(school, school.zone == at.zone).join(found, of.school_id == school.id)
    something = of.to_confirm + of.sleep_short + of.streaks + of.missed_nights > 0
    return selected.add_columns(of.person_id.label("recipient_id")).select_from(source).where(something)


def _counted(asking: Asking) -> sa.Select[Any]:
    """``(school_id, person_id, to_confirm, sleep_short, streaks, missed_nights)`` over a guardian's own children."""
    child = _children(asking).subquery("child")
    sums = {
        "to_confirm": _wanted(child.c, "confirm_sheet", _to_confirm(asking, child.c)),
        "sleep_short": _wanted(child.c, "sleep_short", _slept_short(child.c)),
        "streaks": _wanted(child.c, "streak", _run_begun(asking, child.c)),
        "missed_nights": _wanted(child.c, "weekly_digest", _missed_this_week(child.c)),
    }
    return sa.select(
        child.c.school_id, child.c.person_id, *(sa.func.sum(each).label(name) for name, each in sums.items())
    ).group_by(child.c.school_id, child.c.person_id)


def _children(asking: Asking) -> sa.Select[Any]:
    """The children of guardians whose hour it is, with what the moment of their school is."""
    at, school, wish = asking.at, aliased(School), aliased(ReminderSetting)
    guards, student, paused = aliased(Guardianship), aliased(Student), aliased(ReminderSetting)
    chosen = sa.func.coalesce(wish.digest_at, sa.literal(DIGEST_AT, sa.Time))
    hour = sa.and_(wish.evening_digest.is_(True), chosen <= at.clock, chosen > at.hour_ago)
    source = asking.moments.join(school, school.zone == at.zone).join(wish, sa.and_(wish.school_id == school.id, hour))
    of_guardian = sa.and_(guards.school_id == wish.school_id, guards.guardian_id == wish.person_id)
    source = source.join(guards, sa.and_(of_guardian, guards.ended_at.is_(None)))
    source = source.join(student, sa.and_(student.school_id == guards.school_id, student.id == guards.student_id))
    is_paused = sa.exists().where(
        paused.school_id == student.school_id,
        paused.person_id == student.id,
        paused.paused_from <= at.today,
        sa.or_(paused.paused_to.is_(None), paused.paused_to >= at.today),
    )
    return (
        sa.select(
            wish.school_id,
            wish.person_id,
            student.id.label("student_id"),
            school.sleep_short_tolerance_minutes,
            at.today,
            at.ended_night,
        )
        .select_from(source)
        .where(student.may_write.is_(True), ~is_paused)
    )


def _to_confirm(asking: Asking, child: Any) -> sa.ColumnElement[int]:
    sheet = aliased(NightSheet)
    return _count(
        sheet,
        child,
        sheet.state == SheetState.submitted,
        sheet.submitted_at <= asking.now,
        sheet.submitted_at > asking.now - DAY,
    )


def _slept_short(child: Any) -> sa.ColumnElement[int]:
    sheet = aliased(NightSheet)
    short = sheet.sleep_short_by_minutes > child.sleep_short_tolerance_minutes
    return _count(sheet, child, sheet.night == child.ended_night, short)


def _missed_this_week(child: Any) -> sa.ColumnElement[int]:
    sheet = aliased(NightSheet)
    within = (sheet.night >= on_day(child.today, -WEEK_DAYS), sheet.night < child.today)
    return _count(sheet, child, is_friday(child.today), *within, sa.or_(over_cap(sheet), too_short(sheet)))


def _run_begun(asking: Asking, child: Any) -> sa.ColumnElement[int]:
    nights, sheet = school_nights(asking, lambda _: ()), aliased(NightSheet)
    last = nights.alias()
    ended = sa.exists().where(last.c.school_id == sheet.school_id, last.c.nth == 1, last.c.night == sheet.night)
    return _count(
        sheet,
        child,
        sheet.night == child.ended_night,
        ended,
        sa.or_(over_cap(sheet), too_short(sheet)),
        missed_of(sheet, nights, 1, NIGHTS) >= MISSED,
        missed_of(sheet, nights, 2, NIGHTS + 1) < MISSED,
    )


def _wanted(child: Any, code: str, count: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    wish = aliased(ReminderPreference)
    is_off = sa.exists().where(
        wish.school_id == child.school_id,
        wish.person_id == child.person_id,
        wish.code == code,
        wish.enabled.is_(False),
    )
    return sa.case((is_off, 0), else_=count)


def _count(sheet: Any, child: Any, *conditions: Any) -> sa.ColumnElement[int]:
    own = (sheet.school_id == child.school_id, sheet.student_id == child.student_id)
    return sa.select(sa.func.count()).select_from(sheet).where(*own, *conditions).scalar_subquery()
