"""Statements of the printed slips: who belongs to a class with their guardians, and the codes they are given."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from backend.storage.models import Claim, Enrolment, Guardianship, Person, Student

_PLAIN: dict[str, Any] = {"execution_options": {"synchronize_session": False}}


@dataclass(frozen=True)
class FamilyRow:
    """A student of a class with one guardian; the guardian's fields are None for a student without any."""

    student_id: uuid.UUID
    student_name: str
    guardian_id: uuid.UUID | None
    guardian_name: str | None
    relation: str | None
    telephone: str | None


def families_of_class(session: Session, school_id: uuid.UUID, class_id: uuid.UUID, today: dt.date) -> list[FamilyRow]:
    """The students of a class, also those who are yet to begin, with their guardians, in the class's order."""
    guardian = aliased(Person)
    statement = (
        sa.select(Student.id, Person.name, guardian.id, guardian.name, Guardianship.relation, guardian.telephone)
        .join(Person, (Person.school_id == Student.school_id) & (Person.id == Student.id))
        .outerjoin(
            Guardianship, _standing(Guardianship.student_id == Student.id) & (Guardianship.school_id == school_id)
        )
        .outerjoin(guardian, (guardian.school_id == school_id) & (guardian.id == Guardianship.guardian_id))
        .where(Student.school_id == school_id, Student.id.in_(_students(school_id, class_id, today)))
        .where(Person.left_at.is_(None), guardian.left_at.is_(None))
        .order_by(Student.school_number, Person.name, Student.id, Guardianship.since_at, guardian.id)
    )
    return [FamilyRow(*row) for row in session.execute(statement)]


def revoke_printed(
    session: Session, school_id: uuid.UUID, class_id: uuid.UUID, today: dt.date, now: dt.datetime
) -> None:
    """End the unused codes of a class's students, and of their guardians those that came with this class's slips.

    All codes of one printing bear one instant. A guardian with another child in another class keeps the code that was
    printed there.
    """
    students = _students(school_id, class_id, today)
    printings = sa.select(Claim.issued_at).where(Claim.school_id == school_id, Claim.person_id.in_(students))
    guardians = sa.select(Guardianship.guardian_id).where(
        Guardianship.school_id == school_id, _standing(Guardianship.student_id.in_(students))
    )
    elsewhere = sa.select(Guardianship.guardian_id).where(
        Guardianship.school_id == school_id, _standing(Guardianship.student_id.not_in(students))
    )
    unused = (Claim.school_id == school_id, Claim.used_at.is_(None), Claim.revoked_at.is_(None))
    here = sa.or_(
        Claim.person_id.in_(students),
        Claim.person_id.in_(guardians) & (Claim.issued_at.in_(printings) | Claim.person_id.not_in(elsewhere)),
    )
    session.execute(sa.update(Claim).where(*unused, here).values(revoked_at=now), **_PLAIN)


def insert_claims(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert many codes with one statement."""
    if rows:
        session.execute(sa.insert(Claim), list(rows))


def _standing(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.and_(condition, Guardianship.ended_at.is_(None))


def _students(school_id: uuid.UUID, class_id: uuid.UUID, today: dt.date) -> sa.Select[Any]:
    not_ended = sa.or_(Enrolment.to_on.is_(None), Enrolment.to_on >= today)
    return sa.select(Enrolment.student_id).where(
        Enrolment.school_id == school_id, Enrolment.class_id == class_id, not_ended
    )
