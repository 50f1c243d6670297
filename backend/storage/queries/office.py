"""Statements for the office's commands: a student by number, a guardian by name."""

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.people import PersonKind
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
