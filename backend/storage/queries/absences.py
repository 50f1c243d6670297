"""Statements about nights that a guardian has excused."""

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.storage.models import Absence
from backend.storage.queries.upsert import insert_for


def add_absences(
    session: Session,
    school_id: uuid.UUID,
    student_id: uuid.UUID,
    nights: Sequence[dt.date],
    *,
    set_by: uuid.UUID,
    now: dt.datetime,
) -> None:
    """Excuse nights; those that are excused already stay as they are."""
    ids = {"school_id": school_id, "student_id": student_id, "set_by": set_by, "set_at": now}
    if nights:
        rows = [ids | {"night": night} for night in nights]
        session.execute(insert_for(session, Absence).values(rows).on_conflict_do_nothing())


def remove_absences(session: Session, school_id: uuid.UUID, student_id: uuid.UUID, nights: Sequence[dt.date]) -> None:
    """Take nights back."""
    session.execute(
        sa.delete(Absence).where(
            Absence.school_id == school_id, Absence.student_id == student_id, Absence.night.in_(nights)
        ),
        execution_options={"synchronize_session": False},
    )
