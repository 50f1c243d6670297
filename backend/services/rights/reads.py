"""Who of the staff looked at a child, told to the family (rule 11, privacy). The office's whole log is `audit_log`."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.domain.people import Role
from backend.services.actor import Actor, ActorKind
from backend.services.rights.children import get_school_of_child
from backend.services.school.schools import local_date
from backend.storage.models import AuditEvent, Post
from backend.storage.queries import student_data as queries

#: Whose looks are told; what the family itself read or took out is no news to it.
LOOKERS = (ActorKind.STAFF.value, ActorKind.COMMAND.value)


@dataclass(frozen=True)
class Read:
    """One look. ``night`` is the first of ``nights``; for the command line ``name`` is None, ``role`` ``command``."""

    id: uuid.UUID
    at: dt.datetime
    what: str
    name: str | None
    role: str
    night: dt.date | None
    nights: int
    reason: str | None


def list_reads(
    session: Session,
    *,
    actor: Actor,
    student_id: uuid.UUID,
    before: tuple[dt.datetime, uuid.UUID] | None,
    limit: int,
    now: dt.datetime,
) -> list[Read]:
    """Up to ``limit`` looks older than ``before``, newest first: at the child, and at the class while it was in it.

    Raises ``NotFound`` for a child who is not the actor's.
    """
    place = get_school_of_child(session, actor=actor, student_id=student_id, now=now)
    rows = queries.page_of_reads(session, place.id, student_id, kinds=LOOKERS, before=before, limit=limit)
    posts = queries.homeroom_posts(session, place.id, {event.actor_id for event, _ in rows if event.actor_id})
    return [_read(event, name, _role(event, posts, place.school.zone)) for event, name in rows]


def _read(event: AuditEvent, name: str | None, role: str) -> Read:
    return Read(
        id=event.id,
        at=event.at,
        what=event.action,
        name=name,
        role=role,
        night=event.night,
        nights=int(event.details.get("nights", 1 if event.night else 0)),
        reason=event.reason,
    )


def _role(event: AuditEvent, posts: Sequence[Post], zone: str) -> str:
    """In what role the reader was let in: by the board's view, else by the posts that stood that day."""
    if event.actor_kind == ActorKind.COMMAND.value:
        return ActorKind.COMMAND.value
    if event.action == queries.BOARD:
        is_subject = event.details.get("view") == "subject"
        return str((Role.subject_teacher if is_subject else Role.homeroom_teacher).value)
    day = local_date(event.at, zone)
    is_homeroom = any(
        post.person_id == event.actor_id
        and post.class_id == event.class_id
        and post.from_on <= day
        and (post.to_on is None or post.to_on >= day)
        for post in posts
    )
    return str((Role.homeroom_teacher if is_homeroom else Role.academic_office).value)
