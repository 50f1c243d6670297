"""Statements about a class's evening: who is enrolled, what each sheet says, what each assignment took.

The order is the roll's (school number, name) and no other: no list orders named students by a measure (rule 11).
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.load import Outcome, Tier
from backend.domain.sheet import SheetState
from backend.storage.models import (
    Absence,
    Enrolment,
    Entry,
    NightSheet,
    Note,
    Person,
    Review,
    SetRecord,
    Sleep,
    Student,
)
from backend.storage.queries.upsert import insert_or_replace


def enrolled(school_id: uuid.UUID, class_id: uuid.UUID, night: dt.date, *columns: Any) -> sa.Select[Any]:
    """The students of a class on a night in roll order, with the sheet they have of that night, if any."""
    return (
        sa.select(Student.id, Student.school_number, Person.name, *columns)
        .select_from(Enrolment)
        .join(Student, sa.and_(Student.school_id == Enrolment.school_id, Student.id == Enrolment.student_id))
        .join(Person, sa.and_(Person.school_id == Student.school_id, Person.id == Student.id))
        .outerjoin(
            NightSheet,
            sa.and_(
                NightSheet.school_id == Student.school_id,
                NightSheet.student_id == Student.id,
                NightSheet.night == night,
            ),
        )
        .where(
            Enrolment.school_id == school_id,
            Enrolment.class_id == class_id,
            Enrolment.from_on <= night,
            sa.or_(Enrolment.to_on.is_(None), Enrolment.to_on >= night),
        )
        .order_by(Student.school_number.is_(None), Student.school_number, Person.name, Student.id)
    )


def of_night(model: Any, night: dt.date) -> sa.ColumnElement[bool]:
    return sa.and_(model.school_id == Student.school_id, model.student_id == Student.id, model.night == night)


def students_of_night(session: Session, school_id: uuid.UUID, class_id: uuid.UUID, night: dt.date) -> Sequence[Any]:
    """Everything the homeroom teacher's board shows of each student, one row a student."""
    statement = enrolled(
        school_id,
        class_id,
        night,
        Student.boards,
        Student.may_write,
        NightSheet.state,
        NightSheet.version,
        NightSheet.submitted_at,
        NightSheet.is_late,
        NightSheet.is_amended,
        NightSheet.cap_minutes,
        NightSheet.capped_minutes,
        NightSheet.written_minutes,
        NightSheet.assigned_minutes,
        NightSheet.study_minutes,
        NightSheet.school_minutes,
        NightSheet.unclosed,
        NightSheet.sleep_target_minutes,
        NightSheet.latest_lights_out_at,
        Sleep.lights_out_at,
        Sleep.woke_at,
        Sleep.nap_minutes,
        Absence.night.is_not(None).label("is_absent"),
        Note.guardian_note,
        Note.signed_on_paper,
        Note.changed_at.label("note_changed_at"),
        Review.reviewed_at,
        Review.sheet_version.label("reviewed_version"),
        Review.teacher_reply,
    )
    for model in (Sleep, Note, Review, Absence):
        statement = statement.outerjoin(model, of_night(model, night))
    return session.execute(statement).all()


def roll_of_night(session: Session, school_id: uuid.UUID, class_id: uuid.UUID, night: dt.date) -> Sequence[Any]:
    """Names in roll order and whether the sheet is submitted: ``(id, school_number, name, is_submitted)``."""
    submitted = sa.and_(NightSheet.state.is_not(None), NightSheet.state != SheetState.open)
    return session.execute(enrolled(school_id, class_id, night, submitted.label("is_submitted"))).all()


def subject_minutes(
    session: Session, school_id: uuid.UUID, class_id: uuid.UUID, night: dt.date, subjects: Sequence[str] | None = None
) -> Sequence[Any]:
    """``(student_id, subject, minutes)`` of homework on a night, for all subjects or some."""
    where = [Entry.subject.in_(subjects)] if subjects is not None else []
    statement = (
        sa.select(Entry.student_id, Entry.subject, sa.func.sum(Entry.actual_minutes).label("minutes"))
        .where(
            Entry.school_id == school_id,
            Entry.class_id == class_id,
            Entry.night == night,
            Entry.is_self_study.is_(sa.false()),
            Entry.subject.is_not(None),
            Entry.deleted_at.is_(None),
            *where,
        )
        .group_by(Entry.student_id, Entry.subject)
        .order_by(Entry.student_id, Entry.subject)
    )
    return session.execute(statement).all()


def work_of_night(session: Session, school_id: uuid.UUID, class_id: uuid.UUID, night: dt.date) -> Sequence[Any]:
    """``(student_id, outcome, segments)`` of every entry of a class's night, self-study included."""
    statement = sa.select(Entry.student_id, Entry.outcome, Entry.segments).where(
        Entry.school_id == school_id, Entry.class_id == class_id, Entry.night == night, Entry.deleted_at.is_(None)
    )
    return session.execute(statement).all()


def work_on(
    session: Session, school_id: uuid.UUID, assignment_ids: Sequence[uuid.UUID]
) -> list[tuple[uuid.UUID, uuid.UUID, Tier | None, int, Outcome, int | None]]:
    """``(assignment, student, tier, minutes, outcome, estimate in force)`` of every submitted entry on these."""
    statement = (
        sa.select(
            Entry.assignment_id,
            Entry.student_id,
            Entry.tier,
            Entry.actual_minutes,
            Entry.outcome,
            Entry.estimated_minutes,
        )
        .join(
            NightSheet,
            sa.and_(
                NightSheet.school_id == Entry.school_id,
                NightSheet.student_id == Entry.student_id,
                NightSheet.night == Entry.night,
            ),
        )
        .where(
            Entry.school_id == school_id,
            Entry.assignment_id.in_(assignment_ids),
            Entry.deleted_at.is_(None),
            NightSheet.state != SheetState.open,
        )
        .order_by(Entry.night, Entry.id)
    )
    return [
        (assignment_id, student_id, tier, minutes, outcome, estimate)
        for assignment_id, student_id, tier, minutes, outcome, estimate in session.execute(statement)
        if assignment_id is not None
    ]


def set_records(session: Session, school_id: uuid.UUID, class_id: uuid.UUID, night: dt.date) -> list[SetRecord]:
    """What the recorder noted as really set."""
    statement = sa.select(SetRecord).where(
        SetRecord.school_id == school_id, SetRecord.class_id == class_id, SetRecord.night == night
    )
    return list(session.scalars(statement.order_by(SetRecord.subject)))


def replace_set_records(
    session: Session, school_id: uuid.UUID, class_id: uuid.UUID, night: dt.date, rows: list[dict[str, Any]]
) -> None:
    """Make the night's log exactly these rows."""
    session.execute(
        sa.delete(SetRecord).where(
            SetRecord.school_id == school_id,
            SetRecord.class_id == class_id,
            SetRecord.night == night,
            SetRecord.subject.not_in([row["subject"] for row in rows]),
        )
    )
    insert_or_replace(session, SetRecord, rows)
