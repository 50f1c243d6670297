"""Statements behind the notice board: what a whole school has published for one night. No personal data is read."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.load import Tier
from backend.storage.models import Assignment, AssignmentState, Class, Entry, NoHomework, Person, Subject


def classes_of_year(session: Session, school_id: uuid.UUID, school_year: int) -> list[Class]:
    """The school's classes of one school year, in their order."""
    statement = sa.select(Class).where(Class.school_id == school_id, Class.school_year == school_year)
    return list(session.scalars(statement.order_by(Class.grade, Class.stage, Class.number, Class.id)))


def published_in(
    session: Session, school_id: uuid.UUID, class_ids: Collection[uuid.UUID], first: dt.date, last: dt.date
) -> list[Assignment]:
    """Everything published for some classes that has a night between two dates, by subject."""
    statement = sa.select(Assignment).where(
        Assignment.school_id == school_id,
        Assignment.class_id.in_(class_ids),
        Assignment.state == AssignmentState.PUBLISHED,
        Assignment.given_on <= last,
        Assignment.due_on > first,
    )
    return list(session.scalars(statement.order_by(Assignment.subject, Assignment.id)))


def none_in(
    session: Session, school_id: uuid.UUID, class_ids: Collection[uuid.UUID], first: dt.date, last: dt.date
) -> dict[tuple[uuid.UUID, dt.date], list[str]]:
    """The subjects that said "none today", by class and night."""
    statement = sa.select(NoHomework.class_id, NoHomework.night, NoHomework.subject).where(
        NoHomework.school_id == school_id,
        NoHomework.class_id.in_(class_ids),
        NoHomework.night >= first,
        NoHomework.night <= last,
    )
    found: dict[tuple[uuid.UUID, dt.date], list[str]] = defaultdict(list)
    for class_id, night, subject in session.execute(statement.order_by(NoHomework.subject)):
        found[class_id, night].append(subject)
    return found


def classes_publishing(session: Session, school_id: uuid.UUID, first: dt.date, last: dt.date) -> dict[dt.date, int]:
    """How many classes were given homework on each date, between two dates."""
    statement = (
        sa.select(Assignment.given_on, sa.func.count(Assignment.class_id.distinct()).label("classes"))
        .where(
            Assignment.school_id == school_id,
            Assignment.state == AssignmentState.PUBLISHED,
            Assignment.given_on >= first,
            Assignment.given_on <= last,
        )
        .group_by(Assignment.given_on)
    )
    return {row.given_on: row.classes for row in session.execute(statement)}


def notice_aliases(session: Session, school_id: uuid.UUID, staff: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """What stands on the board for members of staff, where the school has given them an alias."""
    statement = sa.select(Person.id, Person.notice_alias).where(
        Person.school_id == school_id, Person.id.in_(staff), Person.notice_alias.is_not(None)
    )
    return {person_id: alias for person_id, alias in session.execute(statement) if alias}


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
