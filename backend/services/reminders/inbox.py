"""The inbox in the app: what was sent to a person, readable where no push came. The client words it from the code."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.errors import NotFound
from backend.services.actor import Actor
from backend.services.reminders.snoozing import choices_of
from backend.storage.base import NO_SUBJECT
from backend.storage.queries import inbox as queries


@dataclass(frozen=True)
class Message:
    """One message: a code with its parameters, about a student, about a class, or about neither."""

    id: uuid.UUID
    code: str
    params: dict[str, Any]
    student_id: uuid.UUID | None
    class_id: uuid.UUID | None
    night: dt.date
    created_at: dt.datetime
    read_at: dt.datetime | None
    again_at: dt.datetime | None
    """When it comes again, where somebody has asked for that."""
    can_snooze_minutes: list[int]


def list_inbox(
    session: Session, *, actor: Actor, after: tuple[dt.datetime, uuid.UUID] | None, limit: int, now: dt.datetime
) -> list[Message]:
    """Up to ``limit + 1`` of the actor's messages after a page's last one, the newest first."""
    rows = queries.inbox_page(session, actor.school, actor.id, after=after, limit=limit)
    return [_message(row, about_student, again_at, now) for row, about_student, again_at in rows]


def count_unread(session: Session, *, actor: Actor) -> int:
    """How many of the actor's messages are unread, also those that no page has shown."""
    return queries.count_unread(session, actor.school, actor.id)


def _message(row: Any, about_student: bool, again_at: dt.datetime | None, now: dt.datetime) -> Message:
    subject = None if row.subject_id == NO_SUBJECT else row.subject_id
    return Message(
        id=row.id,
        code=row.code,
        params=row.params,
        student_id=subject if about_student else None,
        class_id=None if about_student else subject,
        night=row.night,
        created_at=row.created_at,
        read_at=row.read_at,
        again_at=again_at,
        can_snooze_minutes=choices_of(row, now),
    )


def read_message(session: Session, *, actor: Actor, message_id: uuid.UUID, now: dt.datetime) -> None:
    """Mark a message as read; again is nothing. Raises ``NotFound`` for another person's."""
    if not queries.mark_read(session, actor.school, actor.id, message_id, now):
        raise NotFound("no such message")
