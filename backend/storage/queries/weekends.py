"""Statements about weekends: the homework of several classes at once, and what grade heads decided about it."""

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.load import Tier
from backend.storage.models import Assignment, AssignmentState, Entry, WeekendDecision


def published_of_classes(
    session: Session, school_id: uuid.UUID, class_ids: Sequence[uuid.UUID], first: dt.date, last: dt.date
) -> list[Assignment]:
    """Published homework of these classes with a night between two dates, both included."""
    statement = sa.select(Assignment).where(
        Assignment.school_id == school_id,
        Assignment.class_id.in_(class_ids),
        Assignment.state == AssignmentState.PUBLISHED,
        Assignment.given_on <= last,
        Assignment.due_on > first,
    )
    return list(session.scalars(statement.order_by(Assignment.given_on, Assignment.subject, Assignment.id)))


def tier_counts_of_classes(
    session: Session, school_id: uuid.UUID, class_ids: Sequence[uuid.UUID], first: dt.date, last: dt.date
) -> dict[uuid.UUID, dict[Tier, int]]:
    """How often each tier was chosen in each class on the nights between two dates."""
    statement = (
        sa.select(Entry.class_id, Entry.tier, sa.func.count())
        .where(
            Entry.school_id == school_id,
            Entry.class_id.in_(class_ids),
            Entry.night >= first,
            Entry.night <= last,
            Entry.tier.is_not(None),
            Entry.deleted_at.is_(None),
        )
        .group_by(Entry.class_id, Entry.tier)
    )
    found: dict[uuid.UUID, dict[Tier, int]] = {class_id: {} for class_id in class_ids}
    for class_id, tier, count in session.execute(statement):
        if class_id is not None and tier is not None:
            found[class_id][tier] = count
    return found


def decisions_of(
    session: Session, school_id: uuid.UUID, class_ids: Sequence[uuid.UUID], starts_on: dt.date
) -> dict[uuid.UUID, WeekendDecision]:
    """What was decided about the weekend that starts on this night, by class."""
    statement = sa.select(WeekendDecision).where(
        WeekendDecision.school_id == school_id,
        WeekendDecision.class_id.in_(class_ids),
        WeekendDecision.starts_on == starts_on,
    )
    return {each.class_id: each for each in session.scalars(statement)}
