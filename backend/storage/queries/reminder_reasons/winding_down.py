"""Reason of `wind_down`: latest lights-out is near (45 minutes, or as many as the school says), the sheet was used, and
nobody is in bed yet.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from backend.storage.models import Sleep
from backend.storage.queries.portable import json_of, shifted
from backend.storage.queries.reminder_reasons.reason import Asking, reason, sheets
from backend.storage.queries.reminder_reasons.windows import only, winding_down

#: The most that a school may choose; the index on nights does the rest.
MOST_BEFORE = dt.timedelta(minutes=120)


@only(winding_down)
def near_bedtime(asking: Asking) -> sa.Select[Any]:
    """From the school's minutes before latest lights-out until then, while no lights-out is logged."""
    sheet, school, source = sheets(asking)
    latest = sheet.latest_lights_out_at
    selected = reason(
        asking,
        school_id=sheet.school_id,
        subject_id=sheet.student_id,
        night=sheet.night,
        expires_at=latest,
        params=json_of(latest_lights_out=sa.func.substr(sa.cast(sheet.latest_lights_out, sa.String), 1, 5)),
    )
    return selected.select_from(source).where(
        sheet.night == asking.at.tonight,
        asking.within(sheet.night, "tonight"),
        latest <= asking.now + MOST_BEFORE,
        shifted(latest, school.wind_down_before_minutes * -60) <= asking.now,
        latest > asking.now,
        ~sa.exists().where(
            Sleep.school_id == sheet.school_id,
            Sleep.student_id == sheet.student_id,
            Sleep.night == sheet.night,
            Sleep.lights_out_at.is_not(None),
        ),
    )
