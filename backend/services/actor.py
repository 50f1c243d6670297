"""Who is acting: resolved once from a bearer token, then handed to every service.

Signing in and issuing tokens live in ``signing_in``; what an actor may see or do lives in ``access``.
"""

import datetime as dt
import enum
import hashlib
import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.domain.errors import SessionExpired, SessionRevoked, Unauthenticated
from backend.domain.people import PersonKind
from backend.storage.queries.signing_in import SessionRow, find_session


class ActorKind(enum.Enum):
    """What kind of holder a session has."""

    STUDENT = "student"
    GUARDIAN = "guardian"
    STAFF = "staff"
    DISTRICT_OFFICER = "district_officer"
    TABLET = "tablet"
    COMMAND = "command"
    """The command line or the worker on the school's own machine: no session, audited without a person."""


@dataclass(frozen=True)
class Actor:
    """The holder of a session. ``id`` is a person's, an officer's or a tablet's; ``class_id`` only a tablet's."""

    kind: ActorKind
    id: uuid.UUID
    school_id: uuid.UUID | None
    session_id: uuid.UUID
    district_id: uuid.UUID | None = None
    class_id: uuid.UUID | None = None
    locale: str = "zh-CN"
    must_change_password: bool = False

    @property
    def school(self) -> uuid.UUID:
        """The actor's school. An officer has none: routes that need one do not admit officers."""
        if self.school_id is None:
            raise Unauthenticated("this session belongs to no school")
        return self.school_id


def token_hash(token: str) -> bytes:
    """SHA-256 of an opaque token: what the database keeps of it (32 bytes)."""
    return hashlib.sha256(token.encode()).digest()


def actor_of_token(session: Session, *, token: str, now: dt.datetime) -> Actor:
    """The actor behind a bearer token, in one statement.

    Raises ``Unauthenticated`` for an unknown token, ``SessionRevoked`` and ``SessionExpired`` for one that was good:
    a phone keeps its unsent work in all three cases but words them differently.
    """
    row = find_session(session, token_hash(token))
    if row is None:
        raise Unauthenticated("unknown token")
    check_session(row, now)
    return actor_of(row)


def check_session(row: SessionRow, now: dt.datetime) -> None:
    """Refuse a session that was revoked, has expired or whose holder has left."""
    if row.revoked_at is not None or (row.left_at is not None and row.left_at <= now):
        raise SessionRevoked("this session was ended")
    if row.expires_at <= now:
        raise SessionExpired("this session has expired")


def actor_of(row: SessionRow) -> Actor:
    """The actor a session row describes."""
    return Actor(
        kind=_kind(row),
        id=row.holder_id,
        school_id=row.school_id,
        session_id=row.id,
        district_id=row.district_id,
        class_id=row.class_id,
        locale=row.locale,
        must_change_password=row.must_change,
    )


_KIND_OF_PERSON = {
    PersonKind.student: ActorKind.STUDENT,
    PersonKind.guardian: ActorKind.GUARDIAN,
    PersonKind.staff: ActorKind.STAFF,
}


def _kind(row: SessionRow) -> ActorKind:
    if row.person_kind is not None:
        return _KIND_OF_PERSON[row.person_kind]
    return ActorKind.TABLET if row.class_id is not None else ActorKind.DISTRICT_OFFICER
