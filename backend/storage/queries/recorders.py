"""Statements about class recorders: the class with who of it is one, posts begun and ended."""

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.night import days_after
from backend.domain.people import Role
from backend.storage.base import new_id
from backend.storage.models import Enrolment, Person, Post, Student


@dataclass(frozen=True)
class RollRow:
    """A pupil of a class; `since` is the day from which he or she records, null for all others."""

    id: uuid.UUID
    name: str
    since: dt.date | None


def roll(session: Session, school_id: uuid.UUID, class_id: uuid.UUID, today: dt.date) -> list[RollRow]:
    """The pupils of a class today in the order of the roll: by school number, then name."""
    records = (Post.school_id == Student.school_id) & (Post.person_id == Student.id) & _recorders(class_id, today)
    statement = (
        sa.select(Student.id, Person.name, sa.func.min(Post.from_on))
        .join(Person, (Person.school_id == Student.school_id) & (Person.id == Student.id))
        .join(Enrolment, (Enrolment.school_id == Student.school_id) & (Enrolment.student_id == Student.id))
        .outerjoin(Post, records)
        .where(
            Student.school_id == school_id,
            Enrolment.class_id == class_id,
            Enrolment.from_on <= today,
            sa.or_(Enrolment.to_on.is_(None), Enrolment.to_on >= today),
            Person.left_at.is_(None),
        )
        .group_by(Student.id, Person.name, Student.school_number)
        .order_by(Student.school_number.is_(None), Student.school_number, Person.name, Student.id)
    )
    return [RollRow(*row) for row in session.execute(statement)]


def appoint(session: Session, school_id: uuid.UUID, class_id: uuid.UUID, student_id: uuid.UUID, today: dt.date) -> None:
    """Give a pupil the post from today on."""
    ids = {"school_id": school_id, "id": new_id(), "person_id": student_id, "class_id": class_id}
    session.add(Post(**ids, role=Role.class_recorder, weekdays=[], from_on=today))
    session.flush()


def end(session: Session, school_id: uuid.UUID, class_id: uuid.UUID, student_id: uuid.UUID, today: dt.date) -> bool:
    """End a pupil's post at once; one that began today leaves nothing. False when there was none."""
    own = sa.and_(Post.school_id == school_id, Post.person_id == student_id, _recorders(class_id, today))
    plain = {"synchronize_session": False}
    begun = sa.delete(Post).where(own, Post.from_on == today).returning(Post.id)
    gone = session.scalars(begun, execution_options=plain).all()
    ends = sa.update(Post).where(own).values(to_on=days_after(today, -1)).returning(Post.id)
    return bool([*gone, *session.scalars(ends, execution_options=plain)])


def _recorders(class_id: uuid.UUID, today: dt.date) -> sa.ColumnElement[bool]:
    return sa.and_(
        Post.class_id == class_id,
        Post.role == Role.class_recorder,
        Post.from_on <= today,
        sa.or_(Post.to_on.is_(None), Post.to_on >= today),
    )
