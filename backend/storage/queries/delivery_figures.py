"""Statements that count what went out: by night and code, by night and channel. Nobody is named."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.storage.models import Delivery, OutboxRow


def counts_by_code(session: Session, school_id: uuid.UUID, first: dt.date, last: dt.date) -> Sequence[Any]:
    """``(night, code, state, reason, n)`` of every message of these nights."""
    group = (OutboxRow.night, OutboxRow.code, OutboxRow.state, OutboxRow.outcome_reason)
    return session.execute(
        sa.select(*group, sa.func.count().label("n")).where(*_nights(school_id, first, last)).group_by(*group)
    ).all()


def counts_by_channel(session: Session, school_id: uuid.UUID, first: dt.date, last: dt.date) -> Sequence[Any]:
    """``(night, channel, outcome, n)`` of every attempt at messages of these nights."""
    group = (OutboxRow.night, Delivery.channel, Delivery.outcome)
    of_row = sa.and_(Delivery.school_id == OutboxRow.school_id, Delivery.outbox_id == OutboxRow.id)
    return session.execute(
        sa.select(*group, sa.func.count().label("n"))
        .select_from(OutboxRow)
        .join(Delivery, of_row)
        .where(*_nights(school_id, first, last))
        .group_by(*group)
    ).all()


def _nights(school_id: uuid.UUID, first: dt.date, last: dt.date) -> tuple[sa.ColumnElement[bool], ...]:
    return OutboxRow.school_id == school_id, OutboxRow.night >= first, OutboxRow.night <= last
