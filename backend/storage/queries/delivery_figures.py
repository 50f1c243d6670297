"""Statements that count what went out, by night and code and by night and channel, and keep it. Nobody is named."""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.storage.base import NO_SUBJECT
from backend.storage.models import Delivery, DeliveryNight, OutboxRow
from backend.storage.queries.upsert import insert_or_ignore

Ends = Mapping[dt.date, dt.datetime]
"""The nights that are asked for, with the instant from which no further message of a night is counted."""


def counts_by_code(session: Session, school_id: uuid.UUID, ends: Ends, of_staff: Collection[str]) -> Sequence[Any]:
    """``(night, code, state, outcome_reason, n, families)`` of every message of these nights."""
    if not ends:
        return []
    group = (OutboxRow.night, OutboxRow.code, OutboxRow.state, OutboxRow.outcome_reason)
    counted = sa.select(*group, sa.func.count().label("n"), _families(of_staff))
    return session.execute(counted.where(*_nights(school_id, ends, of_staff)).group_by(*group)).all()


def counts_to_staff(
    session: Session, school_id: uuid.UUID, nights: Collection[dt.date], of_staff: Collection[str]
) -> Sequence[Any]:
    """The same of messages that only staff get: these concern no families."""
    group = (OutboxRow.night, OutboxRow.code, OutboxRow.state, OutboxRow.outcome_reason)
    counted = sa.select(*group, sa.func.count().label("n"), sa.literal(0).label("families"))
    asked = (OutboxRow.school_id == school_id, OutboxRow.night.in_(nights), OutboxRow.code.in_(of_staff))
    return session.execute(counted.where(*asked).group_by(*group)).all()


def counts_by_channel(session: Session, school_id: uuid.UUID, ends: Ends, of_staff: Collection[str]) -> Sequence[Any]:
    """``(night, channel, outcome, n, families)`` of every attempt at messages of these nights."""
    if not ends:
        return []
    group = (OutboxRow.night, Delivery.channel, Delivery.outcome)
    of_row = sa.and_(Delivery.school_id == OutboxRow.school_id, Delivery.outbox_id == OutboxRow.id)
    return session.execute(
        sa.select(*group, sa.func.count().label("n"), _families(of_staff))
        .select_from(OutboxRow)
        .join(Delivery, of_row)
        .where(*_nights(school_id, ends, of_staff))
        .group_by(*group)
    ).all()


def kept_nights(session: Session, school_id: uuid.UUID, first: dt.date, last: dt.date) -> Sequence[DeliveryNight]:
    """What is kept of the nights from one to another, both included, in their order."""
    asked = (DeliveryNight.school_id == school_id, DeliveryNight.night.between(first, last))
    return session.scalars(sa.select(DeliveryNight).where(*asked).order_by(DeliveryNight.night)).all()


def first_not_kept(session: Session, school_id: uuid.UUID) -> dt.date | None:
    """The night after the last that is kept; before the first, the oldest night of any message, None without one."""
    kept = sa.select(sa.func.max(DeliveryNight.night)).where(DeliveryNight.school_id == school_id)
    if last := session.scalar(kept):
        return last + dt.timedelta(days=1)
    return session.scalar(sa.select(sa.func.min(OutboxRow.night)).where(OutboxRow.school_id == school_id))


def keep_nights(session: Session, rows: list[dict[str, Any]]) -> None:
    """Keep nights; one that is kept already stays as it is."""
    insert_or_ignore(session, DeliveryNight, rows)


def _families(of_staff: Collection[str]) -> sa.Label[int]:
    """How many children messages are about; where one is about none, how many people it went to. Not those to staff."""
    about = sa.case(
        (OutboxRow.code.in_(of_staff), None),
        (OutboxRow.subject_id == NO_SUBJECT, OutboxRow.recipient_id),
        else_=OutboxRow.subject_id,
    )
    return sa.func.count(about.distinct()).label("families")


def _nights(school_id: uuid.UUID, ends: Ends, of_staff: Collection[str]) -> tuple[sa.ColumnElement[bool], ...]:
    in_time = sa.case(
        *((OutboxRow.night == night, OutboxRow.created_at < at) for night, at in ends.items()), else_=sa.false()
    )
    return (
        OutboxRow.school_id == school_id,
        OutboxRow.night.in_(ends),
        sa.or_(OutboxRow.code.in_(of_staff), in_time),
    )
