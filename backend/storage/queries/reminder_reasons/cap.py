"""Reasons of `cap_near` and `cap_reached`: the written load of tonight against the child's own cap (rule 3).

The instants of crossing were computed when the sheet was last written, for whatever runs; here they are only compared.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from backend.storage.models import Sleep
from backend.storage.queries.portable import json_of
from backend.storage.queries.reminder_reasons.reason import Asking, reason, sheets
from backend.storage.queries.reminder_reasons.windows import before_midnight, only


@only(before_midnight)
def near(asking: Asking) -> sa.Select[Any]:
    """80 % of a cap above 0 while a written segment runs, and the cap itself not yet due. Ends when it is."""
    sheet, _, source = sheets(asking)
    ends_at = sa.func.coalesce(sheet.cap_reached_at, asking.at.midnight_at)
    return (
        _tonight(asking, sheet, source, ends_at)
        .where(sheet.cap_minutes > 0, sheet.running_written.is_(True), sheet.cap_near_at <= asking.now)
        .where(sa.or_(sheet.cap_reached_at.is_(None), sheet.cap_reached_at > asking.now))
    )


@only(before_midnight)
def reached(asking: Asking) -> sa.Select[Any]:
    """Above the cap: running, or recorded tonight before bedtime. Ends with the night's date."""
    sheet, _, source = sheets(asking)
    bedtime_at = sa.func.coalesce(sheet.latest_lights_out_at, asking.at.midnight_at)
    recorded = sa.and_(sheet.changed_at <= bedtime_at, _before_lights_out(sheet))
    return _tonight(asking, sheet, source, asking.at.midnight_at).where(
        sheet.cap_reached_at <= asking.now, sa.or_(sheet.running_written.is_(True), recorded)
    )


@only(before_midnight)
def reached_by_timer(asking: Asking) -> sa.Select[Any]:
    """As `reached`, but not where the work that crosses was typed afterwards: that is the guardian's to know."""
    sheet, _, source = sheets(asking)
    timed = sa.or_(sheet.running_written.is_(True), sheet.cap_reached_by_timer.is_(True))
    return _tonight(asking, sheet, source, asking.at.midnight_at).where(sheet.cap_reached_at <= asking.now, timed)


def _tonight(asking: Asking, sheet: Any, source: Any, ends_at: Any) -> sa.Select[Any]:
    params = json_of(cap_minutes=sheet.cap_minutes)
    selected = reason(
        asking,
        school_id=sheet.school_id,
        subject_id=sheet.student_id,
        night=sheet.night,
        expires_at=ends_at,
        params=params,
    )
    return selected.select_from(source).where(
        sheet.night == asking.at.tonight, asking.within(sheet.night, "tonight"), asking.at.midnight_at > asking.now
    )


def _before_lights_out(sheet: Any) -> sa.ColumnElement[bool]:
    logged = sa.select(Sleep.lights_out_at).where(
        Sleep.school_id == sheet.school_id, Sleep.student_id == sheet.student_id, Sleep.night == sheet.night
    )
    at = logged.scalar_subquery()
    return sa.or_(at.is_(None), sheet.changed_at <= at)
