"""Statements of paper typed in: the roll of a class's night with what stands on each sheet, a statement a table."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.storage.models import Entry, NightSheet, Note, Sleep, Student
from backend.storage.queries.boards import enrolled, of_night


def roll(session: Session, school_id: uuid.UUID, class_id: uuid.UUID, night: dt.date) -> Sequence[Any]:
    """Each student in roll order with sheet, sleep and note."""
    columns = (
        Student.may_write,
        NightSheet.state,
        NightSheet.version,
        NightSheet.written_minutes,
        Sleep.lights_out_at,
        Sleep.woke_at,
        Sleep.nap_minutes,
        Sleep.version.label("sleep_version"),
        Note.guardian_note,
        Note.signed_on_paper,
        Note.version.label("note_version"),
    )
    statement = enrolled(school_id, class_id, night, *columns)
    for model in (Sleep, Note):
        statement = statement.outerjoin(model, of_night(model, night))
    return session.execute(statement).all()


def entries(
    session: Session, school_id: uuid.UUID, student_ids: Collection[uuid.UUID], night: dt.date
) -> Sequence[Any]:
    """Every entry of these students' night, deleted ones too, in the order they were made."""
    statement = (
        sa.select(
            Entry.student_id,
            Entry.id,
            Entry.assignment_id,
            Entry.subject,
            Entry.title,
            Entry.tier,
            Entry.place,
            Entry.outcome,
            Entry.segments,
            Entry.actual_minutes,
            Entry.version,
            Entry.deleted_at,
        )
        .where(Entry.school_id == school_id, Entry.student_id.in_(student_ids), Entry.night == night)
        .order_by(Entry.student_id, Entry.id)
    )
    return session.execute(statement).all()
