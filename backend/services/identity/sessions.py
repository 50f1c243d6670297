"""Signed-in devices: opening a session, listing and ending one's own. A token is shown once and kept only as a hash.

Proving who one is comes before: `signing_in` (slips) and `password_sign_in` (staff, officers). Resolving a token is
`actor`'s matter.
"""

import datetime as dt
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.domain.errors import NotFound
from backend.services import audit
from backend.services.actor import Actor, ActorKind, token_hash
from backend.storage.base import new_id
from backend.storage.models import AuthSession
from backend.storage.queries import push_endpoints
from backend.storage.queries import signing_in as queries

TOKEN_BYTES = 32
LASTS = {
    ActorKind.STUDENT: dt.timedelta(days=180),
    ActorKind.GUARDIAN: dt.timedelta(days=180),
    ActorKind.STAFF: dt.timedelta(days=30),
    ActorKind.DISTRICT_OFFICER: dt.timedelta(days=30),
    ActorKind.TABLET: dt.timedelta(days=400),
}


@dataclass(frozen=True)
class SignedIn:
    """A session just opened, with the only copy of its token."""

    token: str
    expires_at: dt.datetime
    actor: Actor


def open_session(
    session: Session, *, holder: Actor, device_name: str, installation_id: uuid.UUID | None, now: dt.datetime
) -> SignedIn:
    """Open a session for ``holder``, whose ``session_id`` becomes the session's id.

    An earlier session of the same holder on the same installation ends: a phone has one.
    """
    mine = queries.held_by(holder.school_id, holder.id)
    if installation_id is not None:
        queries.revoke_sessions(session, mine, AuthSession.installation_id == installation_id, now=now)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    expires_at = now + LASTS[holder.kind]
    session.add(
        AuthSession(
            token_hash=token_hash(token),
            id=holder.session_id,
            school_id=holder.school_id,
            **{_COLUMN[holder.kind]: holder.id},
            created_at=now,
            expires_at=expires_at,
            device_name=device_name,
            installation_id=installation_id,
        )
    )
    if holder.school_id is not None:
        audit.record(session, actor=holder, action="session.opened", now=now, details={"id": str(holder.session_id)})
    return SignedIn(token, expires_at, holder)


_COLUMN = {
    ActorKind.STUDENT: "person_id",
    ActorKind.GUARDIAN: "person_id",
    ActorKind.STAFF: "person_id",
    ActorKind.DISTRICT_OFFICER: "officer_id",
    ActorKind.TABLET: "tablet_id",
}


def new_session_id() -> uuid.UUID:
    """An id for a session about to be opened."""
    return new_id()


def list_sessions(session: Session, *, actor: Actor, now: dt.datetime) -> list[AuthSession]:
    """The actor's own devices that are signed in, the newest first."""
    return queries.standing_sessions(session, queries.held_by(actor.school_id, actor.id), now)


def end_session(session: Session, *, actor: Actor, session_id: uuid.UUID, now: dt.datetime) -> None:
    """Sign one of the actor's own devices out; it gets no more reminders. Raises ``NotFound`` for any other id."""
    mine = queries.held_by(actor.school_id, actor.id)
    ended = queries.revoke_sessions(session, mine, AuthSession.id == session_id, now=now)
    if not ended:
        raise NotFound("no such session")
    _close(session, actor, ended, now)


def end_other_sessions(session: Session, *, actor: Actor, now: dt.datetime) -> None:
    """Sign out every device of the actor but this one: after a change of password."""
    mine = queries.held_by(actor.school_id, actor.id)
    ended = queries.revoke_sessions(session, mine, AuthSession.id != actor.session_id, now=now)
    _close(session, actor, ended, now)


def end_all_sessions(session: Session, *, school_id: uuid.UUID | None, holder_id: uuid.UUID, now: dt.datetime) -> None:
    """Sign somebody out of every device, by whoever may: after a password given anew, for a phone may be lost.

    ``school_id`` is None for an officer of a district.
    """
    ended = queries.revoke_sessions(session, queries.held_by(school_id, holder_id), now=now)
    _remove_endpoints(session, school_id, holder_id, ended, now)


def _close(session: Session, actor: Actor, ended: Sequence[uuid.UUID | None], now: dt.datetime) -> None:
    _remove_endpoints(session, actor.school_id, actor.id, ended, now)
    if actor.school_id is not None and ended:
        audit.record(session, actor=actor, action="session.ended", now=now, details={"count": len(ended)})


def _remove_endpoints(
    session: Session,
    school_id: uuid.UUID | None,
    holder_id: uuid.UUID,
    ended: Sequence[uuid.UUID | None],
    now: dt.datetime,
) -> None:
    """No reminders to the installations of ended sessions; an officer is sent none."""
    installations = [each for each in ended if each is not None]
    if school_id is not None and installations:
        push_endpoints.remove_left_endpoints(session, school_id, holder_id, installations, now)
