"""Statements about members of staff: people, posts, sign-in names."""

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.people import PersonKind
from backend.storage.models import Person, Post, StaffPassword


def staff_of(session: Session, school_id: uuid.UUID) -> Sequence[Person]:
    """The staff who have not left, oldest first."""
    return session.scalars(
        sa.select(Person)
        .where(Person.school_id == school_id, Person.kind == PersonKind.staff, Person.left_at.is_(None))
        .order_by(Person.created_at, Person.id)
    ).all()


def current_posts(session: Session, school_id: uuid.UUID, on: dt.date) -> Sequence[Post]:
    """Every post that has not ended by ``on``."""
    return session.scalars(
        sa.select(Post)
        .where(Post.school_id == school_id, sa.or_(Post.to_on.is_(None), Post.to_on >= on))
        .order_by(Post.from_on, Post.id)
    ).all()


def logins_of(session: Session, school_id: uuid.UUID) -> dict[uuid.UUID, str]:
    """The sign-in name of each member of staff, of those who have left too: a name is never given twice."""
    rows = session.execute(
        sa.select(StaffPassword.person_id, StaffPassword.login).where(StaffPassword.school_id == school_id)
    )
    return {row.person_id: row.login for row in rows}


def find_password(session: Session, school_id: uuid.UUID, login: str) -> StaffPassword | None:
    """The sign-in of that name."""
    return session.scalars(
        sa.select(StaffPassword).where(StaffPassword.school_id == school_id, StaffPassword.login == login)
    ).one_or_none()
