"""Statements about planned homework: assignments with their tiers in force, "none today", what was really used."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.load import Kind, Outcome, Tier
from backend.domain.sheet import SheetState
from backend.storage.models import (
    Assignment,
    AssignmentChange,
    AssignmentState,
    AssignmentTier,
    Entry,
    NightSheet,
    NoHomework,
)
from backend.storage.queries.access import Predicate

TiersOf = dict[uuid.UUID, list[AssignmentTier]]


def find_assignment(
    session: Session, school_id: uuid.UUID, assignment_id: uuid.UUID, visible: Predicate, *, fresh: bool = False
) -> Assignment | None:
    """The assignment if the predicate (which may name ``Assignment``'s columns) admits the actor.

    ``fresh`` reads it anew: what was read before a lock may have changed behind it.
    """
    statement = sa.select(Assignment).where(Assignment.school_id == school_id, Assignment.id == assignment_id, visible)
    options = {"populate_existing": True} if fresh else {}
    return session.scalars(statement, execution_options=options).one_or_none()


def assignments_of_class(
    session: Session,
    school_id: uuid.UUID,
    class_id: uuid.UUID,
    first: dt.date,
    last: dt.date,
    shown: Predicate | None = None,
) -> list[Assignment]:
    """Assignments with a night between two dates, both included: the published ones, or those that `shown` admits."""
    wanted = Assignment.state == AssignmentState.PUBLISHED if shown is None else shown
    statement = (
        sa.select(Assignment)
        .where(
            Assignment.school_id == school_id,
            Assignment.class_id == class_id,
            Assignment.given_on <= last,
            Assignment.due_on > first,
            wanted,
        )
        .order_by(Assignment.given_on, Assignment.subject, Assignment.id)
    )
    return list(session.scalars(statement))


def tiers_of(session: Session, school_id: uuid.UUID, assignments: Sequence[Assignment]) -> TiersOf:
    """The tiers in force of each assignment: those of its present version."""
    statement = (
        sa.select(AssignmentTier)
        .join(
            Assignment,
            sa.and_(
                Assignment.school_id == AssignmentTier.school_id,
                Assignment.id == AssignmentTier.assignment_id,
                Assignment.version == AssignmentTier.version,
            ),
        )
        .where(AssignmentTier.school_id == school_id, AssignmentTier.assignment_id.in_([a.id for a in assignments]))
        .order_by(AssignmentTier.assignment_id, AssignmentTier.tier)
    )
    found: TiersOf = defaultdict(list)
    for tier in session.scalars(statement):
        found[tier.assignment_id].append(tier)
    return found


def tier_counts(
    session: Session, school_id: uuid.UUID, class_id: uuid.UUID, first: dt.date, last: dt.date
) -> dict[Tier, int]:
    """How often each tier was chosen in the class on the nights between two dates."""
    statement = (
        sa.select(Entry.tier, sa.func.count())
        .where(
            Entry.school_id == school_id,
            Entry.class_id == class_id,
            Entry.night >= first,
            Entry.night <= last,
            Entry.tier.is_not(None),
            Entry.deleted_at.is_(None),
        )
        .group_by(Entry.tier)
    )
    return {tier: count for tier, count in session.execute(statement) if tier is not None}


def none_declared(
    session: Session, school_id: uuid.UUID, class_id: uuid.UUID, first: dt.date, last: dt.date
) -> list[NoHomework]:
    """Every "none today" of a class between two dates."""
    statement = sa.select(NoHomework).where(
        NoHomework.school_id == school_id,
        NoHomework.class_id == class_id,
        NoHomework.night >= first,
        NoHomework.night <= last,
    )
    return list(session.scalars(statement.order_by(NoHomework.night, NoHomework.subject)))


def withdraw_none(
    session: Session, school_id: uuid.UUID, class_id: uuid.UUID, subject: str, nights: Iterable[dt.date]
) -> None:
    """Take back "none today" for these nights: homework was published after all."""
    session.execute(
        sa.delete(NoHomework).where(
            NoHomework.school_id == school_id,
            NoHomework.class_id == class_id,
            NoHomework.subject == subject,
            NoHomework.night.in_(list(nights)),
        )
    )


def observations(
    session: Session,
    school_id: uuid.UUID,
    class_id: uuid.UUID,
    subject: str,
    *,
    kind: Kind | None,
    tier: Tier | None,
    since: dt.date,
) -> list[tuple[uuid.UUID, uuid.UUID, dt.date, int, Outcome]]:
    """``(assignment, student, night, minutes, outcome)`` of submitted work on one class's subject, oldest first."""
    where = [
        Entry.school_id == school_id,
        Entry.class_id == class_id,
        Entry.subject == subject,
        Entry.night >= since,
        Entry.assignment_id.is_not(None),
        Entry.deleted_at.is_(None),
        NightSheet.state != SheetState.open,
    ]
    where += [Entry.kind == kind] if kind is not None else []
    where += [Entry.tier == tier] if tier is not None else []
    statement = (
        sa.select(Entry.assignment_id, Entry.student_id, Entry.night, Entry.actual_minutes, Entry.outcome)
        .join(
            NightSheet,
            sa.and_(
                NightSheet.school_id == Entry.school_id,
                NightSheet.student_id == Entry.student_id,
                NightSheet.night == Entry.night,
            ),
        )
        .where(*where)
        .order_by(Entry.night, Entry.id)
    )
    return [
        (assignment_id, student_id, night, minutes, outcome)
        for assignment_id, student_id, night, minutes, outcome in session.execute(statement)
        if assignment_id is not None
    ]


def changes_of(session: Session, school_id: uuid.UUID, assignment_id: uuid.UUID) -> list[AssignmentChange]:
    """What an assignment was before each change, oldest first."""
    statement = sa.select(AssignmentChange).where(
        AssignmentChange.school_id == school_id, AssignmentChange.assignment_id == assignment_id
    )
    return list(session.scalars(statement.order_by(AssignmentChange.version)))
