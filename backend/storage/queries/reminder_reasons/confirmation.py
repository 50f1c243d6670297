"""Reason of `confirm_sheet`: a submitted sheet that no guardian has confirmed (rule 9).

A submission belongs to the night in which it was made, from 06:00 to 06:00: asked at once until that 06:00, and once
more (occasion 2) between the school's time (07:30) and noon of the morning after. The two never overlap, so one query
is both.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from backend.domain.sheet import SheetState
from backend.storage.models import Student
from backend.storage.queries.portable import json_of
from backend.storage.queries.reminder_reasons.reason import Asking, reason, sheets

SECOND_UNTIL = dt.time(12, 0)
#: Longer than from 06:00 yesterday in any zone: lets the index on submissions do its work.
_LOOKS_BACK = dt.timedelta(hours=54)


def unconfirmed(asking: Asking) -> sa.Select[Any]:
    """Submitted and not confirmed: occasion 1 in the night of the submission, occasion 2 on the morning after it.

    In order, school by school: whatever is looked up for each sheet and written lies together. And a planner does not
    take an ordered query apart: it expects too few sheets, and would read a school's every student for each of them.
    """
    sheet, school, source = sheets(asking)
    at, student = asking.at, aliased(Student)
    begun_today = sheet.submitted_at >= at.six_at
    second = sa.and_(sheet.submitted_at < at.six_at, at.clock >= school.confirm_again_at, at.clock < SECOND_UNTIL)
    first = sa.or_(begun_today, at.six_at > asking.now)
    selected = reason(
        asking,
        school_id=sheet.school_id,
        subject_id=sheet.student_id,
        night=sheet.night,
        occasion=sa.case((second, 2), else_=1),
        expires_at=sa.case((second, at.noon_at), (begun_today, at.six_tomorrow_at), else_=at.six_at),
        params=json_of(),
    )
    of_sheet = sa.and_(student.school_id == sheet.school_id, student.id == sheet.student_id)
    selected = selected.add_columns(student.may_write).select_from(source.join(student, of_sheet))
    return selected.where(
        sheet.state == SheetState.submitted,
        sheet.submitted_at <= asking.now,
        sheet.submitted_at >= asking.now - _LOOKS_BACK,
        sheet.submitted_at >= at.six_yesterday_at,
        sa.or_(first, second),
    ).order_by(sheet.school_id, sheet.student_id)
