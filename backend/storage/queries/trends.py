"""Set-based statements behind trends: submitted sheets and entries of many classes over many nights, frozen figures."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.sheet import SheetState
from backend.storage.models import Enrolment, Entry, FrozenFigure, NightSheet
from backend.storage.queries.upsert import insert_or_replace


def submitted_sheets(
    session: Session, school_id: uuid.UUID, class_ids: Sequence[uuid.UUID], first: dt.date, last: dt.date
) -> Sequence[Any]:
    """``(class_id, student_id, night, capped_minutes, is_amended)`` of every submitted sheet."""
    statement = sa.select(
        NightSheet.class_id,
        NightSheet.student_id,
        NightSheet.night,
        NightSheet.capped_minutes,
        NightSheet.is_amended,
    ).where(
        NightSheet.school_id == school_id,
        NightSheet.class_id.in_(class_ids),
        NightSheet.night >= first,
        NightSheet.night <= last,
        NightSheet.state != SheetState.open,
    )
    return session.execute(statement).all()


def submitted_subjects(
    session: Session,
    school_id: uuid.UUID,
    class_ids: Sequence[uuid.UUID],
    first: dt.date,
    last: dt.date,
    subjects: Sequence[str] | None = None,
) -> Sequence[Any]:
    """``(class_id, student_id, night, subject, minutes)`` of homework on submitted sheets."""
    where = [Entry.subject.in_(subjects)] if subjects is not None else []
    statement = (
        sa.select(
            Entry.class_id,
            Entry.student_id,
            Entry.night,
            Entry.subject,
            sa.func.sum(Entry.actual_minutes).label("minutes"),
        )
        .join(
            NightSheet,
            sa.and_(
                NightSheet.school_id == Entry.school_id,
                NightSheet.student_id == Entry.student_id,
                NightSheet.night == Entry.night,
            ),
        )
        .where(
            Entry.school_id == school_id,
            Entry.class_id.in_(class_ids),
            Entry.night >= first,
            Entry.night <= last,
            Entry.is_self_study.is_(sa.false()),
            Entry.subject.is_not(None),
            Entry.deleted_at.is_(None),
            NightSheet.state != SheetState.open,
            *where,
        )
        .group_by(Entry.class_id, Entry.student_id, Entry.night, Entry.subject)
    )
    return session.execute(statement).all()


def enrolments(session: Session, school_id: uuid.UUID, class_ids: Sequence[uuid.UUID]) -> Sequence[Any]:
    """``(class_id, from_on, to_on)`` of every enrolment in these classes."""
    statement = sa.select(Enrolment.class_id, Enrolment.from_on, Enrolment.to_on).where(
        Enrolment.school_id == school_id, Enrolment.class_id.in_(class_ids)
    )
    return session.execute(statement).all()


def frozen(
    session: Session, school_id: uuid.UUID, class_ids: Sequence[uuid.UUID], first: dt.date, last: dt.date
) -> list[FrozenFigure]:
    """The frozen figures of stretches that end between two dates."""
    statement = sa.select(FrozenFigure).where(
        FrozenFigure.school_id == school_id,
        FrozenFigure.class_id.in_(class_ids),
        FrozenFigure.until >= first,
        FrozenFigure.until <= last,
    )
    return list(session.scalars(statement, execution_options={"populate_existing": True}))


def changed_since_frozen(
    session: Session, school_id: uuid.UUID, class_ids: Sequence[uuid.UUID], first: dt.date, last: dt.date
) -> dict[tuple[uuid.UUID, dt.date], int]:
    """How many sheets of each frozen ``(class, until)`` have changed since it was frozen."""
    statement = (
        sa.select(FrozenFigure.class_id, FrozenFigure.until, sa.func.count())
        .join(
            NightSheet,
            sa.and_(
                NightSheet.school_id == FrozenFigure.school_id,
                NightSheet.class_id == FrozenFigure.class_id,
                NightSheet.night >= FrozenFigure.since,
                NightSheet.night <= FrozenFigure.until,
                NightSheet.changed_at > FrozenFigure.frozen_at,
            ),
        )
        .where(
            FrozenFigure.school_id == school_id,
            FrozenFigure.class_id.in_(class_ids),
            FrozenFigure.until >= first,
            FrozenFigure.until <= last,
        )
        .group_by(FrozenFigure.class_id, FrozenFigure.until)
    )
    return {(class_id, until): count for class_id, until, count in session.execute(statement)}


def freeze(session: Session, rows: list[dict[str, Any]]) -> None:
    """Store frozen figures, replacing older ones of the same stretch; 500 rows a statement."""
    for start in range(0, len(rows), 500):
        insert_or_replace(session, FrozenFigure, rows[start : start + 500])
