"""Statements for a family's rights: who looked at a child, and everything that is held about one."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.people import Role
from backend.storage.base import Base
from backend.storage.models import (
    AuditEvent,
    Class,
    Enrolment,
    NightSheet,
    Note,
    OutboxRow,
    Person,
    Post,
    Review,
    Sleep,
)
from backend.storage.queries.json_rows import Row

#: Reads of one child by name; the opening of a board is one for the class.
READS = ("night.read", "student.exported")
BOARD = "class.board_opened"


def page_of_reads(
    session: Session,
    school_id: uuid.UUID,
    student_id: uuid.UUID,
    *,
    kinds: Collection[str],
    before: tuple[dt.datetime, uuid.UUID] | None,
    limit: int,
) -> Sequence[Any]:
    """``(AuditEvent, name)`` of `limit` reads of the child older than `before`, newest first; name null for nobody.

    The board of a night counts when the child was enrolled in that class on that night (rule 12, enrolment).
    """
    enrolled = sa.exists().where(
        Enrolment.school_id == school_id,
        Enrolment.student_id == student_id,
        Enrolment.class_id == AuditEvent.class_id,
        Enrolment.from_on <= AuditEvent.night,
        sa.or_(Enrolment.to_on.is_(None), Enrolment.to_on >= AuditEvent.night),
    )
    of_child = sa.and_(AuditEvent.student_id == student_id, AuditEvent.action.in_(READS))
    statement = (
        sa.select(AuditEvent, Person.name)
        .outerjoin(Person, (Person.school_id == AuditEvent.school_id) & (Person.id == AuditEvent.actor_id))
        .where(
            AuditEvent.school_id == school_id,
            AuditEvent.actor_kind.in_(kinds),
            sa.or_(of_child, sa.and_(AuditEvent.action == BOARD, enrolled)),
        )
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
        .limit(limit)
    )
    if before is not None:
        at, row_id = before
        older = sa.and_(AuditEvent.at == at, AuditEvent.id < row_id)
        statement = statement.where(sa.or_(AuditEvent.at < at, older))
    return session.execute(statement).all()


def homeroom_posts(session: Session, school_id: uuid.UUID, people: Collection[uuid.UUID]) -> list[Row]:
    """The homeroom posts, past ones too, of these people."""
    statement = sa.select(*Post.__table__.c).where(
        Post.school_id == school_id, Post.person_id.in_(people), Post.role == Role.homeroom_teacher
    )
    return [dict(row) for row in session.execute(statement).mappings()]


def rows_about_student(
    session: Session, school_id: uuid.UUID, student_id: uuid.UUID
) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table that speaks of the student, by table: a new table with ``student_id`` is in at once,

    and so is one with ``person_id``, where the student is the person.
    """
    found = {}
    for table in Base.metadata.sorted_tables:
        columns = _columns_of_student(table)
        if columns and "school_id" in table.c:
            is_student = sa.or_(*(column == student_id for column in columns))
            statement = sa.select(table).where(table.c.school_id == school_id, is_student)
            found[table.name] = [dict(row) for row in session.execute(statement).mappings()]
    return found


def _columns_of_student(table: sa.Table) -> list[sa.ColumnElement[Any]]:
    """Where a row says that it is the student's; of reminders also those to the student about nobody, like a test."""
    if table.name in {"students", "people"}:
        return [table.c["id"]]
    if table.name == OutboxRow.__tablename__:
        return [table.c["subject_id"], table.c["recipient_id"]]
    named = table.c.get("student_id", table.c.get("person_id"))
    return [] if named is None else [named]


def names_of(session: Session, school_id: uuid.UUID, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[str, str]]:
    """``{id: {name, kind}}`` of the people and ``{id: {name, kind: class}}`` of the classes among these ids."""
    people = sa.select(Person.id, Person.name, Person.kind).where(Person.school_id == school_id, Person.id.in_(ids))
    classes = sa.select(Class.id, Class.name).where(Class.school_id == school_id, Class.id.in_(ids))
    found = {id_: {"name": name, "kind": kind.value} for id_, name, kind in session.execute(people)}
    return found | {id_: {"name": name, "kind": "class"} for id_, name in session.execute(classes)}


def nights_of(session: Session, school_id: uuid.UUID, student_id: uuid.UUID) -> Sequence[Any]:
    """``(NightSheet, Sleep | None, guardian_note | None, teacher_reply | None, class_name)``, the oldest first."""
    statement = (
        sa.select(NightSheet, Sleep, Note.guardian_note, Review.teacher_reply, Class.name)
        .join(Class, (Class.school_id == NightSheet.school_id) & (Class.id == NightSheet.class_id))
        .outerjoin(Sleep, _same_night(Sleep))
        .outerjoin(Note, _same_night(Note))
        .outerjoin(Review, _same_night(Review))
        .where(NightSheet.school_id == school_id, NightSheet.student_id == student_id)
        .order_by(NightSheet.night)
    )
    return session.execute(statement).all()


def _same_night(model: Any) -> sa.ColumnElement[bool]:
    return sa.and_(
        model.school_id == NightSheet.school_id,
        model.student_id == NightSheet.student_id,
        model.night == NightSheet.night,
    )
