"""Statements about what is handed on from the homeroom teacher to a subject teacher."""

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.people import Role
from backend.storage.models import Assignment, Class, Handoff, Person, Post
from backend.storage.queries.upsert import insert_or_replace

_COLUMNS: tuple[Any, ...] = (
    Handoff.id,
    Handoff.class_id,
    Class.name.label("class_name"),
    Handoff.night,
    Handoff.assignment_id,
    Assignment.subject,
    Assignment.title,
    Handoff.line,
    Handoff.tier,
    Handoff.n,
    Handoff.median_minutes,
    Handoff.estimated_minutes,
    Handoff.sent_at,
    Handoff.read_at,
    Person.name,
)


def teachers_of(
    session: Session, school_id: uuid.UUID, class_id: uuid.UUID, subject: str, today: dt.date
) -> list[uuid.UUID]:
    """Who teaches a subject in a class today."""
    statement = sa.select(Post.person_id).where(
        Post.school_id == school_id,
        Post.class_id == class_id,
        Post.subject == subject,
        Post.role == Role.subject_teacher,
        Post.from_on <= today,
        sa.or_(Post.to_on.is_(None), Post.to_on >= today),
    )
    return sorted(set(session.scalars(statement)))


def save(session: Session, rows: list[dict[str, Any]]) -> None:
    """Insert, or replace what the same people said about the same work."""
    insert_or_replace(session, Handoff, rows)


def handoffs_of_class(
    session: Session, school_id: uuid.UUID, class_id: uuid.UUID, night: dt.date
) -> list[dict[str, Any]]:
    """What was sent about a class's night, oldest first; ``name`` is to whom."""
    of_class = (Handoff.class_id == class_id, Handoff.night == night)
    statement = _select(school_id, Handoff.to_person_id).where(*of_class).order_by(Handoff.sent_at, Handoff.id)
    return [dict(row) for row in session.execute(statement).mappings()]


def handoffs_to(session: Session, school_id: uuid.UUID, person_id: uuid.UUID, *, most: int) -> list[dict[str, Any]]:
    """What was sent to a person, newest first; ``name`` is from whom."""
    statement = _select(school_id, Handoff.from_person_id).where(Handoff.to_person_id == person_id)
    newest = statement.order_by(Handoff.sent_at.desc(), Handoff.id).limit(most)
    return [dict(row) for row in session.execute(newest).mappings()]


def _select(school_id: uuid.UUID, person: Any) -> sa.Select[Any]:
    chosen: sa.Select[Any] = sa.select(*_COLUMNS)
    return (
        chosen.select_from(Handoff)
        .join(Class, sa.and_(Class.school_id == Handoff.school_id, Class.id == Handoff.class_id))
        .join(Assignment, sa.and_(Assignment.school_id == Handoff.school_id, Assignment.id == Handoff.assignment_id))
        .join(Person, sa.and_(Person.school_id == Handoff.school_id, Person.id == person))
        .where(Handoff.school_id == school_id)
    )


def mark_read(
    session: Session, school_id: uuid.UUID, person_id: uuid.UUID, handoff_id: uuid.UUID, now: dt.datetime
) -> bool:
    """Note when what was sent to this person was first read; False when there is no such one."""
    statement = (
        sa.update(Handoff)
        .where(Handoff.school_id == school_id, Handoff.id == handoff_id, Handoff.to_person_id == person_id)
        .values(read_at=sa.func.coalesce(Handoff.read_at, now))
        .returning(Handoff.id)
    )
    return bool(session.scalars(statement, execution_options={"synchronize_session": False}).all())
