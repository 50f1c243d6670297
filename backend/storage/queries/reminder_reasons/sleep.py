"""Reason of `sleep_short`: last night's sleep missed its target by more than the school's tolerance (rule 6).

The shortfall, logged or projected, was computed when the night was last written; smaller ones wait for the digest.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from backend.storage.models import Sleep
from backend.storage.queries.portable import json_of
from backend.storage.queries.reminder_reasons.reason import Asking, reason, sheets
from backend.storage.queries.reminder_reasons.windows import before_two, only


@only(before_two)
def short(asking: Asking) -> sa.Select[Any]:
    """The morning after, once waking is logged or at the school's time (09:00).

    Ends at 14:00, when no waking can be logged any more.
    """
    sheet, school, source = sheets(asking)
    at = asking.at
    params = json_of(
        short_by_minutes=sheet.sleep_short_by_minutes,
        sleep_minutes=sheet.sleep_minutes,
        sleep_target_minutes=sheet.sleep_target_minutes,
        basis=sa.case(
            (sheet.sleep_is_projected.is_(True), sa.literal_column("'projected'")), else_=sa.literal_column("'logged'")
        ),
    )
    selected = reason(
        asking,
        school_id=sheet.school_id,
        subject_id=sheet.student_id,
        night=sheet.night,
        expires_at=at.two_at,
        params=params,
    )
    return selected.select_from(source).where(
        sheet.night == at.ended_night,
        asking.within(sheet.night, "ended_night"),
        sheet.sleep_short_by_minutes > school.sleep_short_tolerance_minutes,
        sa.or_(at.clock >= school.sleep_short_at, _waking_logged(sheet)),
    )


def _waking_logged(sheet: Any) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        Sleep.school_id == sheet.school_id,
        Sleep.student_id == sheet.student_id,
        Sleep.night == sheet.night,
        Sleep.woke_at.is_not(None),
    )
