"""Statements of the roster import: everything it compares with, read at once, and its writes, many rows at a time."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.people import PersonKind
from backend.domain.policy import Stage
from backend.storage.models import Class, Enrolment, Guardianship, Person, School, Student, Term

_PLAIN: dict[str, Any] = {"execution_options": {"synchronize_session": False}}


@dataclass(frozen=True)
class StudentRow:
    """A student of the school, also one who has left."""

    id: uuid.UUID
    name: str
    name_key: str
    left_at: dt.datetime | None
    school_number: str | None
    national_number_hash: bytes | None
    under_14_until: dt.date | None
    boards: bool


@dataclass(frozen=True)
class EnrolmentRow:
    """An enrolment with its class."""

    id: uuid.UUID
    student_id: uuid.UUID
    class_id: uuid.UUID
    from_on: dt.date
    to_on: dt.date | None
    school_year: int
    stage: Stage
    grade: int
    number: int


@dataclass(frozen=True)
class GuardianRow:
    """A guardian of the school."""

    id: uuid.UUID
    name_key: str
    telephone: str | None


@dataclass(frozen=True)
class GuardianshipRow:
    """A guardianship, also one that has ended."""

    guardian_id: uuid.UUID
    student_id: uuid.UUID
    relation: str
    ended_at: dt.datetime | None


def lock_school(session: Session, school_id: uuid.UUID) -> None:
    """Hold the school's row until the transaction ends: two imports queue up instead of adding everybody twice."""
    session.execute(sa.select(School.id).where(School.id == school_id).with_for_update())


def stages_of(session: Session, school_id: uuid.UUID) -> frozenset[Stage]:
    """The stages in which the school has had classes."""
    return frozenset(session.scalars(sa.select(Class.stage).distinct().where(Class.school_id == school_id)))


def first_term_begins(session: Session, school_id: uuid.UUID, school_year: int) -> dt.date | None:
    """The first day of the school year's first term, if the school has entered its terms."""
    within = sa.and_(Term.starts_on >= dt.date(school_year, 8, 1), Term.starts_on < dt.date(school_year + 1, 8, 1))
    return session.scalar(sa.select(sa.func.min(Term.starts_on)).where(Term.school_id == school_id, within))


def students_of(session: Session, school_id: uuid.UUID) -> list[StudentRow]:
    """Every student of the school, the oldest record first."""
    statement = (
        sa.select(
            Student.id,
            Person.name,
            Person.name_key,
            Person.left_at,
            Student.school_number,
            Student.national_number_hash,
            Student.under_14_until,
            Student.boards,
        )
        .join(Person, (Person.school_id == Student.school_id) & (Person.id == Student.id))
        .where(Student.school_id == school_id)
        .order_by(Person.created_at, Student.id)
    )
    return [StudentRow(*row) for row in session.execute(statement)]


def latest_enrolments(session: Session, school_id: uuid.UUID) -> dict[uuid.UUID, EnrolmentRow]:
    """Each student's latest enrolment."""
    statement = (
        sa.select(
            Enrolment.id,
            Enrolment.student_id,
            Enrolment.class_id,
            Enrolment.from_on,
            Enrolment.to_on,
            Class.school_year,
            Class.stage,
            Class.grade,
            Class.number,
        )
        .join(Class, (Class.school_id == Enrolment.school_id) & (Class.id == Enrolment.class_id))
        .where(Enrolment.school_id == school_id)
        .order_by(Enrolment.from_on, Enrolment.id)
    )
    return {row.student_id: EnrolmentRow(*row) for row in session.execute(statement)}


def guardians_of(session: Session, school_id: uuid.UUID) -> list[GuardianRow]:
    """Every guardian of the school, the oldest record first."""
    statement = (
        sa.select(Person.id, Person.name_key, Person.telephone)
        .where(Person.school_id == school_id, Person.kind == PersonKind.guardian, Person.left_at.is_(None))
        .order_by(Person.created_at, Person.id)
    )
    return [GuardianRow(*row) for row in session.execute(statement)]


def guardianships_of(session: Session, school_id: uuid.UUID) -> list[GuardianshipRow]:
    """Every guardianship of the school, ended ones too."""
    statement = sa.select(
        Guardianship.guardian_id, Guardianship.student_id, Guardianship.relation, Guardianship.ended_at
    ).where(Guardianship.school_id == school_id)
    return [GuardianshipRow(*row) for row in session.execute(statement)]


def insert_rows(session: Session, model: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert many rows with one statement; nothing for none."""
    if rows:
        session.execute(sa.insert(model), list(rows))


def update_rows(
    session: Session, model: Any, school_id: uuid.UUID, changes: Mapping[uuid.UUID, Mapping[str, Any]]
) -> None:
    """Set columns of rows by their id."""
    for row_id, values in changes.items():
        session.execute(
            sa.update(model).where(model.school_id == school_id, model.id == row_id).values(**values), **_PLAIN
        )


def forget_numbers(session: Session, school_id: uuid.UUID, student_ids: Sequence[uuid.UUID]) -> None:
    """Take the school numbers of students who get another: two who swap theirs would else collide on the way."""
    own = (Student.school_id == school_id, Student.id.in_(student_ids))
    session.execute(sa.update(Student).where(*own).values(school_number=None), **_PLAIN)


def set_relation(
    session: Session, school_id: uuid.UUID, guardian_id: uuid.UUID, student_id: uuid.UUID, relation: str
) -> None:
    """Note how a guardian is related to a student."""
    own = (Guardianship.school_id == school_id, Guardianship.guardian_id == guardian_id)
    session.execute(
        sa.update(Guardianship).where(*own, Guardianship.student_id == student_id).values(relation=relation), **_PLAIN
    )
