"""Statements of a week's class meeting: the handed-in sheets of a class's nights with bedtime and sleep."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.sheet import SheetState
from backend.storage.models import Enrolment, NightSheet, Sleep


def sheets(session: Session, school_id: uuid.UUID, class_id: uuid.UUID, first: dt.date, last: dt.date) -> Sequence[Any]:
    """``(student_id, night, capped_minutes, cap_minutes, lights_out_at, woke_at, …)`` of every handed-in sheet."""
    same = (Sleep.school_id == NightSheet.school_id, Sleep.student_id == NightSheet.student_id)
    statement = (
        sa.select(
            NightSheet.student_id,
            NightSheet.night,
            NightSheet.capped_minutes,
            NightSheet.cap_minutes,
            NightSheet.sleep_target_minutes,
            NightSheet.latest_lights_out_at,
            Sleep.lights_out_at,
            Sleep.woke_at,
        )
        .outerjoin(Sleep, sa.and_(*same, Sleep.night == NightSheet.night))
        .where(
            NightSheet.school_id == school_id,
            NightSheet.class_id == class_id,
            NightSheet.night.between(first, last),
            NightSheet.state != SheetState.open,
        )
        .order_by(NightSheet.night, NightSheet.student_id)
    )
    return session.execute(statement).all()


def enrolled_count(session: Session, school_id: uuid.UUID, class_id: uuid.UUID, night: dt.date) -> int:
    """How many were enrolled in a class on a night."""
    statement = sa.select(sa.func.count()).where(
        Enrolment.school_id == school_id,
        Enrolment.class_id == class_id,
        Enrolment.from_on <= night,
        sa.or_(Enrolment.to_on.is_(None), Enrolment.to_on >= night),
    )
    return session.scalars(statement).one()
