"""Statements for the office's commands: a student by number, a guardian by name, everything about one student."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.people import PersonKind
from backend.storage.base import Base
from backend.storage.models import Enrolment, Guardianship, Person, Student


def student_by_number(session: Session, school_id: uuid.UUID, number: str) -> Student | None:
    """The student with that school number."""
    return session.scalars(
        sa.select(Student).where(Student.school_id == school_id, Student.school_number == number)
    ).one_or_none()


def students_named(
    session: Session, school_id: uuid.UUID, class_id: uuid.UUID, name_key: str, today: dt.date
) -> Sequence[Student]:
    """The students of that normalised name who are in the class today."""
    return session.scalars(
        sa.select(Student)
        .join(Person, (Person.school_id == Student.school_id) & (Person.id == Student.id))
        .join(Enrolment, (Enrolment.school_id == Student.school_id) & (Enrolment.student_id == Student.id))
        .where(
            Student.school_id == school_id,
            Person.name_key == name_key,
            Enrolment.class_id == class_id,
            Enrolment.from_on <= today,
            sa.or_(Enrolment.to_on.is_(None), Enrolment.to_on >= today),
        )
        .order_by(Student.id)
    ).all()


def guardians_named(session: Session, school_id: uuid.UUID, student_id: uuid.UUID, name_key: str) -> Sequence[Person]:
    """The standing guardians of a student with that normalised name."""
    return session.scalars(
        sa.select(Person)
        .join(Guardianship, (Guardianship.school_id == Person.school_id) & (Guardianship.guardian_id == Person.id))
        .where(
            Guardianship.school_id == school_id,
            Guardianship.student_id == student_id,
            Guardianship.ended_at.is_(None),
            Person.kind == PersonKind.guardian,
            Person.name_key == name_key,
        )
        .order_by(Person.id)
    ).all()


def rows_about_student(
    session: Session, school_id: uuid.UUID, student_id: uuid.UUID
) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table that speaks of the student, by table: a new table with ``student_id`` is in at once."""
    found = {}
    for table in Base.metadata.sorted_tables:
        column = table.c.get("id") if table.name in {"students", "people"} else table.c.get("student_id")
        if column is not None and "school_id" in table.c:
            statement = sa.select(table).where(table.c.school_id == school_id, column == student_id)
            found[table.name] = [dict(row) for row in session.execute(statement).mappings()]
    return found
