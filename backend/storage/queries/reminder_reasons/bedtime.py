"""Reasons of `bedtime_passed`: ten minutes after latest lights-out, or as many as the school says, nobody has logged
that the child is in bed.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from backend.storage.models import Guardianship, NightSheet, ReminderPreference, Sleep
from backend.storage.queries.latest_lights_out import latest_lights_out_text, placed_on
from backend.storage.queries.portable import json_of, shifted
from backend.storage.queries.reminder_reasons.reason import Asking, reason, sheets
from backend.storage.queries.reminder_reasons.windows import only, since_bedtimes_begin

CODE = "bedtime_passed"
LASTS = dt.timedelta(hours=2)
NOON_MINUTES = 12 * 60
LASTS_MINUTES = LASTS // dt.timedelta(minutes=1)
#: The least and most that a school may choose: what an index can use, before each school's own minutes are asked.
_LEAST, _MOST = dt.timedelta(minutes=5), dt.timedelta(minutes=60)


@only(since_bedtimes_begin)
def passed(asking: Asking) -> sa.Select[Any]:
    """Tonight's sheet was used and has no lights-out. Ends two hours later: nobody is asked in the small hours."""
    sheet, school, source = sheets(asking)
    latest = sheet.latest_lights_out_at
    ends_at = shifted(latest, (school.bedtime_passed_after_minutes + LASTS_MINUTES) * 60)
    selected = reason(
        asking,
        school_id=sheet.school_id,
        subject_id=sheet.student_id,
        night=sheet.night,
        expires_at=ends_at,
        params=json_of(latest_lights_out=sa.func.substr(sa.cast(sheet.latest_lights_out, sa.String), 1, 5)),
    )
    return selected.select_from(source).where(
        sheet.night == asking.at.tonight,
        asking.within(sheet.night, "tonight"),
        latest <= asking.now - _LEAST,
        latest > asking.now - _MOST - LASTS,
        shifted(latest, school.bedtime_passed_after_minutes * 60) <= asking.now,
        ends_at > asking.now,
        ~_lights_out_logged(sheet),
    )


@only(since_bedtimes_begin)
def passed_without_sheet(asking: Asking) -> sa.Select[Any]:
    """The same for a guardian who asked for it, on a night without a sheet: the time comes from the policy."""
    at, asked = asking.at, _without_sheet(asking)
    latest = asked.c.latest_lights_out
    due = _evening_minutes(latest) + asked.c.bedtime_passed_after_minutes
    selected = reason(
        asking,
        school_id=asked.c.school_id,
        subject_id=asked.c.student_id,
        night=at.tonight,
        expires_at=asking.now + LASTS,
        params=json_of(latest_lights_out=latest),
    )
    source = sa.join(asked, asking.moments, at.zone == asked.c.zone)
    return selected.select_from(source).where(due <= at.evening_minutes, due > at.evening_minutes - LASTS_MINUTES)


def _without_sheet(asking: Asking) -> sa.CTE:
    """The children of families that asked who have no sheet tonight, with their times. Resolved once, hence a CTE."""
    at = asking.at
    of = placed_on(at.tonight)
    return (
        sa.select(
            of.student.school_id,
            of.student.id.label("student_id"),
            of.school.zone,
            of.school.bedtime_passed_after_minutes,
            latest_lights_out_text(of, at.tonight).label("latest_lights_out"),
        )
        .select_from(of.source.join(asking.moments, at.zone == of.school.zone))
        # Bedtimes lie after noon: before it no child's policy need be resolved, minute by minute, for nothing.
        .where(at.evening_minutes >= NOON_MINUTES)
        .where(of.stands, _somebody_asked(of.student), ~_has_sheet(of.student, at.tonight))
        .cte("without_sheet")
        # Or SQLite resolves a child's policy anew wherever the time is compared.
        .prefix_with("MATERIALIZED")
    )


def _evening_minutes(clock: Any) -> Any:
    """A clock time ``HH:MM`` in minutes, through midnight: 00:30 comes after 23:00."""
    hours, minutes = (sa.cast(sa.func.substr(clock, start, 2), sa.Integer) for start in (1, 4))
    return hours * 60 + minutes + sa.case((clock < "12:00", 24 * 60), else_=0)


def _lights_out_logged(sheet: Any) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        Sleep.school_id == sheet.school_id,
        Sleep.student_id == sheet.student_id,
        Sleep.night == sheet.night,
        Sleep.lights_out_at.is_not(None),
    )


def _somebody_asked(student: Any) -> sa.ColumnElement[bool]:
    # Narrows to the few families that asked before any policy is resolved; who of them asked is settled later.
    asked, guards = aliased(ReminderPreference), aliased(Guardianship)
    return sa.exists().where(
        guards.school_id == student.school_id,
        guards.student_id == student.id,
        guards.ended_at.is_(None),
        asked.school_id == guards.school_id,
        asked.person_id == guards.guardian_id,
        asked.code == CODE,
        asked.enabled.is_(True),
    )


def _has_sheet(student: Any, night: Any) -> sa.ColumnElement[bool]:
    sheet = aliased(NightSheet)
    return sa.exists().where(sheet.school_id == student.school_id, sheet.student_id == student.id, sheet.night == night)
