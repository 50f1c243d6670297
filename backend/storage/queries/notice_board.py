"""Statements behind the notice board: what a whole school has published for one night. No personal data is read."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.load import Tier
from backend.storage.models import Assignment, AssignmentState, Class, Entry, NoHomework, Subject


def classes_of_year(session: Session, school_id: uuid.UUID, school_year: int) -> list[Class]:
    """The school's classes of one school year, in their order."""
    statement = sa.select(Class).where(Class.school_id == school_id, Class.school_year == school_year)
    return list(session.scalars(statement.order_by(Class.grade, Class.stage, Class.number, Class.id)))


def published_on(session: Session, school_id: uuid.UUID, night: dt.date) -> list[Assignment]:
    """Everything published that has this night, by subject."""
    statement = sa.select(Assignment).where(
        Assignment.school_id == school_id,
        Assignment.state == AssignmentState.PUBLISHED,
        Assignment.given_on <= night,
        Assignment.due_on > night,
    )
    return list(session.scalars(statement.order_by(Assignment.subject, Assignment.id)))


def none_on(session: Session, school_id: uuid.UUID, night: dt.date) -> dict[uuid.UUID, list[str]]:
    """The subjects of each class that said "none today"."""
    statement = sa.select(NoHomework.class_id, NoHomework.subject).where(
        NoHomework.school_id == school_id, NoHomework.night == night
    )
    found: dict[uuid.UUID, list[str]] = defaultdict(list)
    for class_id, subject in session.execute(statement.order_by(NoHomework.subject)):
        found[class_id].append(subject)
    return found


def subjects(session: Session, school_id: uuid.UUID) -> Sequence[Subject]:
    """The school's subjects in its order."""
    return session.scalars(
        sa.select(Subject).where(Subject.school_id == school_id).order_by(Subject.position, Subject.code)
    ).all()


def tier_counts_by_class(
    session: Session, school_id: uuid.UUID, first: dt.date, last: dt.date
) -> dict[uuid.UUID, dict[Tier, int]]:
    """How often each tier was chosen in each class on the nights between two dates."""
    statement = (
        sa.select(Entry.class_id, Entry.tier, sa.func.count())
        .where(
            Entry.school_id == school_id,
            Entry.night >= first,
            Entry.night <= last,
            Entry.tier.is_not(None),
            Entry.deleted_at.is_(None),
        )
        .group_by(Entry.class_id, Entry.tier)
    )
    found: dict[uuid.UUID, dict[Tier, int]] = defaultdict(dict)
    for class_id, tier, count in session.execute(statement):
        if tier is not None:
            found[class_id][tier] = count
    return found
