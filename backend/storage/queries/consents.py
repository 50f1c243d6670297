"""Statements about consent. Reading decisions is in `people.consents_of`."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.people import Role
from backend.domain.policy import Stage
from backend.storage.models import Class, Guardianship, Person, Post, Student
from backend.storage.queries.access import Predicate, class_on


@dataclass(frozen=True)
class ConsentFacts:
    """What decides whether a student needs consent. Stage and grade are None for a student of no class today."""

    student_id: uuid.UUID
    under_14_until: dt.date | None
    stage: Stage | None
    grade: int | None


def find_facts(
    session: Session, school_id: uuid.UUID, student_id: uuid.UUID, visible: Predicate, *, today: dt.date, lock: bool
) -> ConsentFacts | None:
    """The facts of a student whom the predicate shows; `lock` makes two deciding guardians queue up."""
    statement = _facts(school_id, today).where(Student.id == student_id, visible)
    row = session.execute(statement.with_for_update(of=Student) if lock else statement).one_or_none()
    return None if row is None else ConsentFacts(*row)


def facts_of(
    session: Session, school_id: uuid.UUID, student_ids: Sequence[uuid.UUID], *, today: dt.date
) -> list[ConsentFacts]:
    """The facts of several students, whoever asks."""
    rows = session.execute(_facts(school_id, today).where(Student.id.in_(student_ids)))
    return [ConsentFacts(*row) for row in rows]


def _facts(school_id: uuid.UUID, today: dt.date) -> sa.Select[*tuple[Any, ...]]:
    of_today = (Class.school_id == Student.school_id) & (Class.id == class_on(school_id, Student.id, today))
    statement = sa.select(Student.id, Student.under_14_until, Class.stage, Class.grade)
    return statement.outerjoin(Class, of_today).where(Student.school_id == school_id)


def set_may_write(session: Session, school_id: uuid.UUID, student_id: uuid.UUID, *, may_write: bool) -> None:
    """Keep whether entries of a student may be written."""
    session.execute(
        sa.update(Student).where(Student.school_id == school_id, Student.id == student_id).values(may_write=may_write),
        execution_options={"synchronize_session": "fetch"},
    )


def other_guardians(
    session: Session, school_id: uuid.UUID, student_id: uuid.UUID, guardian_id: uuid.UUID
) -> list[uuid.UUID]:
    """The student's guardians but one."""
    statement = sa.select(Guardianship.guardian_id).where(
        Guardianship.school_id == school_id,
        Guardianship.student_id == student_id,
        Guardianship.guardian_id != guardian_id,
        Guardianship.ended_at.is_(None),
    )
    return list(session.scalars(statement))


def office(session: Session, school_id: uuid.UUID, today: dt.date) -> list[uuid.UUID]:
    """The people of the academic office."""
    statement = (
        sa.select(Post.person_id)
        .join(Person, (Person.school_id == Post.school_id) & (Person.id == Post.person_id))
        .where(
            Post.school_id == school_id,
            Post.role == Role.academic_office,
            Post.from_on <= today,
            sa.or_(Post.to_on.is_(None), Post.to_on >= today),
            Person.left_at.is_(None),
        )
        .distinct()
    )
    return list(session.scalars(statement))
