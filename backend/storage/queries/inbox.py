"""Statements about the inbox: what was sent to one person, as that person may read it. Sending is not here."""

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.storage.base import NO_SUBJECT, new_id
from backend.storage.models import OutboxRow, OutboxState, Student
from backend.storage.queries.access import guardian_of
from backend.storage.queries.snoozing import again_at
from backend.storage.queries.upsert import insert_for

#: What a person may read: all that left us, also where no channel delivered it.
SHOWN = (OutboxState.SENT, OutboxState.FAILED, OutboxState.UNKNOWN)
#: What the office may read about a child of others: the child's name and that something was decided, no figure.
TOLD_TO_OFFICE = ("consent_withdrawn", "data_erased")
#: How long a message that is only in the inbox counts as current.
STAYS = dt.timedelta(days=30)


def inbox_page(
    session: Session,
    school_id: uuid.UUID,
    person_id: uuid.UUID,
    *,
    after: tuple[dt.datetime, uuid.UUID] | None,
    limit: int,
) -> list[tuple[OutboxRow, bool, dt.datetime | None]]:
    """Up to `limit + 1` messages, the newest first, with whether the subject is a student and when it comes again.

    A message about a child whom the person no longer looks after is not shown.
    """
    is_student = sa.exists().where(Student.school_id == OutboxRow.school_id, Student.id == OutboxRow.subject_id)
    statement = sa.select(OutboxRow, is_student, again_at()).where(*_mine(school_id, person_id))
    if after is not None:
        at, row_id = after
        older = sa.or_(OutboxRow.created_at < at, sa.and_(OutboxRow.created_at == at, OutboxRow.id < row_id))
        statement = statement.where(older)
    statement = statement.order_by(OutboxRow.created_at.desc(), OutboxRow.id.desc()).limit(limit + 1)
    return [(row, about_student, again) for row, about_student, again in session.execute(statement)]


def find_message(
    session: Session, school_id: uuid.UUID, person_id: uuid.UUID, message_id: uuid.UUID
) -> OutboxRow | None:
    """One of a person's messages."""
    return session.scalars(
        sa.select(OutboxRow).where(*_mine(school_id, person_id), OutboxRow.id == message_id)
    ).one_or_none()


def count_unread(session: Session, school_id: uuid.UUID, person_id: uuid.UUID) -> int:
    """How many messages a person has not read."""
    statement = sa.select(sa.func.count()).select_from(OutboxRow).where(*_mine(school_id, person_id))
    return session.scalar(statement.where(OutboxRow.read_at.is_(None))) or 0


def mark_read(
    session: Session, school_id: uuid.UUID, person_id: uuid.UUID, message_id: uuid.UUID, now: dt.datetime
) -> bool:
    """Note when a message was first read; False when the person has no such message."""
    statement = (
        sa.update(OutboxRow)
        .where(*_mine(school_id, person_id), OutboxRow.id == message_id)
        .values(read_at=sa.func.coalesce(OutboxRow.read_at, now))
        .returning(OutboxRow.id)
    )
    return bool(session.scalars(statement, execution_options={"synchronize_session": False}).all())


def _mine(school_id: uuid.UUID, person_id: uuid.UUID) -> tuple[sa.ColumnElement[bool], ...]:
    is_student = sa.exists().where(Student.school_id == school_id, Student.id == OutboxRow.subject_id)
    own = sa.or_(OutboxRow.subject_id == person_id, guardian_of(school_id, person_id, OutboxRow.subject_id))
    staff_may = sa.and_(OutboxRow.code.in_(TOLD_TO_OFFICE), OutboxRow.subject_id != NO_SUBJECT)
    return (
        OutboxRow.school_id == school_id,
        OutboxRow.recipient_id == person_id,
        OutboxRow.state.in_(SHOWN),
        sa.or_(~is_student, own, staff_may),
    )


def put_in_inbox(
    session: Session,
    *,
    school_id: uuid.UUID,
    code: str,
    recipients: Sequence[uuid.UUID],
    subject_id: uuid.UUID,
    night: dt.date,
    now: dt.datetime,
) -> None:
    """Tell people in the app and nowhere else: once per code, person, subject and day."""
    rows = [
        {
            "school_id": school_id,
            "id": new_id(),
            "code": code,
            "recipient_id": recipient,
            "subject_id": subject_id,
            "night": night,
            "occasion": 1,
            "params": {},
            "state": OutboxState.SENT,
            "created_at": now,
            "due_at": now,
            "expires_at": now + STAYS,
            "attempts": 0,
            "outcome_reason": "inbox_only",
            "finished_at": now,
        }
        for recipient in recipients
    ]
    if rows:
        session.execute(insert_for(session, OutboxRow).values(rows).on_conflict_do_nothing())
