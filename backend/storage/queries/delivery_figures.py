"""Statements that count what went out: by night and code, by night and channel. Nobody is named."""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.storage.base import NO_SUBJECT
from backend.storage.models import Delivery, OutboxRow

Ends = Mapping[dt.date, dt.datetime]
"""The nights that are asked for, with the instant from which no further message of a night is counted."""


def counts_by_code(session: Session, school_id: uuid.UUID, ends: Ends, of_staff: Collection[str]) -> Sequence[Any]:
    """``(night, code, state, outcome_reason, n, families)`` of every message of these nights."""
    group = (OutboxRow.night, OutboxRow.code, OutboxRow.state, OutboxRow.outcome_reason)
    counted = sa.select(*group, sa.func.count().label("n"), _families(of_staff))
    return session.execute(counted.where(*_nights(school_id, ends, of_staff)).group_by(*group)).all()


def counts_by_channel(session: Session, school_id: uuid.UUID, ends: Ends, of_staff: Collection[str]) -> Sequence[Any]:
    """``(night, channel, outcome, n, families)`` of every attempt at messages of these nights."""
    group = (OutboxRow.night, Delivery.channel, Delivery.outcome)
    of_row = sa.and_(Delivery.school_id == OutboxRow.school_id, Delivery.outbox_id == OutboxRow.id)
    return session.execute(
        sa.select(*group, sa.func.count().label("n"), _families(of_staff))
        .select_from(OutboxRow)
        .join(Delivery, of_row)
        .where(*_nights(school_id, ends, of_staff))
        .group_by(*group)
    ).all()


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
        OutboxRow.night.between(min(ends), max(ends)),
        sa.or_(OutboxRow.code.in_(of_staff), in_time),
    )
