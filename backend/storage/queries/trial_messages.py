"""Statements about test messages: what a person has sent to oneself, and what became of the last."""

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.storage.base import NO_SUBJECT, new_id
from backend.storage.models import Delivery, OutboxRow, OutboxState
from backend.storage.queries.upsert import insert_for

CODE = "test"


def tests_since(session: Session, school_id: uuid.UUID, person_id: uuid.UUID, since: dt.datetime) -> list[OutboxRow]:
    """A person's test messages from an instant on, the latest first."""
    statement = sa.select(OutboxRow).where(
        OutboxRow.school_id == school_id,
        OutboxRow.recipient_id == person_id,
        OutboxRow.code == CODE,
        OutboxRow.created_at >= since,
    )
    return list(session.scalars(statement.order_by(OutboxRow.created_at.desc(), OutboxRow.occasion.desc())))


def put_test(
    session: Session,
    *,
    school_id: uuid.UUID,
    person_id: uuid.UUID,
    night: dt.date,
    occasion: int,
    now: dt.datetime,
    until: dt.datetime,
) -> uuid.UUID | None:
    """Put a test message into the outbox; None where another request has put the same one."""
    row_id = new_id()
    row = {
        "school_id": school_id,
        "id": row_id,
        "code": CODE,
        "recipient_id": person_id,
        "subject_id": NO_SUBJECT,
        "night": night,
        "occasion": occasion,
        "params": {},
        "state": OutboxState.PENDING,
        "created_at": now,
        "due_at": now,
        "expires_at": until,
        "attempts": 0,
    }
    put = insert_for(session, OutboxRow).values([row]).on_conflict_do_nothing().returning(OutboxRow.id)
    return session.scalars(put, execution_options={"synchronize_session": False}).one_or_none()


def attempts_of(session: Session, row: OutboxRow) -> Sequence[tuple[str, str]]:
    """``(channel, outcome)`` of each attempt at a message, the first first."""
    statement = sa.select(Delivery.channel, Delivery.outcome).where(
        Delivery.school_id == row.school_id, Delivery.outbox_id == row.id
    )
    rows = session.execute(statement.order_by(Delivery.attempted_at, Delivery.id))
    return [(channel, outcome) for channel, outcome in rows]
