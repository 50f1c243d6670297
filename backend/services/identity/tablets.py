"""The class tablet: a signed-in thing in a classroom on which pupils add today's work done at school, and nothing else.

A pupil is known on it by three pictures, chosen with the homeroom teacher or at home. That keeps neighbours honest, no
more: so the tablet shows names and whether a code is set, takes entries, and answers with a receipt only. What an entry
may be is `recording`'s matter, which knows the tablet as an actor.
"""

import datetime as dt
import hashlib
import hmac
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.errors import FieldProblem, Invalid, NotFound
from backend.domain.load import Place
from backend.services import audit
from backend.services.access import issues_claim, keeps_class
from backend.services.actor import Actor, ActorKind
from backend.services.identity import attempts, sessions
from backend.services.nights.changes import PutEntry
from backend.services.nights.recording import Recorded, record_changes
from backend.services.school.schools import get_class, get_school
from backend.storage.models import AuthSession
from backend.storage.queries import signing_in
from backend.storage.queries import tablets as queries
from backend.storage.queries.assignments import assignments_of_class, tiers_of
from backend.storage.queries.tablets import PupilRow

PICTURES = ("sun", "moon", "star", "tree", "fish", "bird", "cat", "dog", "apple", "boat", "house", "key")
CODE_LENGTH = 3


@dataclass(frozen=True)
class TabletState:
    """Whether a class has a tablet; its token only in the answer that made it."""

    class_id: uuid.UUID
    enabled: bool
    token: str | None = None
    expires_at: dt.datetime | None = None


def set_tablet(session: Session, *, actor: Actor, class_id: uuid.UUID, enabled: bool, now: dt.datetime) -> TabletState:
    """Give the class a tablet, ending the one before, or take it away. Homeroom teacher only, else ``NotFound``."""
    place = get_school(session, school_id=actor.school_id, now=now)
    visible = keeps_class(actor, class_id, today=place.today)
    get_class(session, school_id=place.id, class_id=class_id, visible=visible)
    for tablet_id in queries.disable_tablets(session, place.id, class_id, now):
        signing_in.revoke_sessions(
            session, AuthSession.school_id == place.id, AuthSession.tablet_id == tablet_id, now=now
        )
    action = "tablet.enabled" if enabled else "tablet.disabled"
    audit.record(session, actor=actor, action=action, now=now, class_id=class_id)
    if not enabled:
        return TabletState(class_id, enabled=False)
    tablet_id = queries.add_tablet(session, place.id, class_id, actor.id, now)
    holder = Actor(ActorKind.TABLET, tablet_id, place.id, sessions.new_session_id(), class_id=class_id)
    opened = sessions.open_session(session, holder=holder, device_name="", installation_id=None, now=now)
    return TabletState(class_id, enabled=True, token=opened.token, expires_at=opened.expires_at)


def list_pupils(session: Session, *, actor: Actor, now: dt.datetime) -> list[PupilRow]:
    """The pupils of the tablet's class today, in the order of the roll."""
    place = get_school(session, school_id=actor.school_id, now=now)
    return queries.pupils(session, place.id, _class_of(actor), place.today)


def list_assignments(session: Session, *, actor: Actor, now: dt.datetime) -> list[dict[str, Any]]:
    """Tonight's published homework of the tablet's class with its tiers, so that a pupil can name what was done.

    Without titles where the school hides them. Nothing about any pupil.
    """
    place = get_school(session, school_id=actor.school_id, now=now)
    found = assignments_of_class(session, place.id, _class_of(actor), place.today, place.today)
    tiers = tiers_of(session, place.id, found)
    return [
        {
            "id": each.id,
            "subject": each.subject,
            "title": None if place.school.hide_titles else each.title,
            "kind": each.kind,
            "tiers": [tier.tier for tier in tiers[each.id]],
        }
        for each in found
    ]


def set_picture_code(
    session: Session, *, actor: Actor, student_id: uuid.UUID, pictures: Sequence[str], secret_key: str, now: dt.datetime
) -> None:
    """Set or replace a pupil's picture code: a guardian, the homeroom teacher or the office; else ``NotFound``."""
    place = get_school(session, school_id=actor.school_id, now=now)
    visible = issues_claim(actor, student_id, today=place.today)
    if not queries.student_shown(session, place.id, student_id, visible):
        raise NotFound("no such student")
    if len(pictures) != CODE_LENGTH or not set(pictures) <= set(PICTURES):
        raise Invalid("no such pictures", fields=(FieldProblem("pictures", "unknown_pictures"),))
    hashed = _hash(student_id, pictures, secret_key)
    queries.put_picture_code(session, place.id, student_id, hashed, now)
    audit.record(session, actor=actor, action="picture_code.set", now=now, student_id=student_id)


def add_entry(
    session: Session,
    *,
    actor: Actor,
    token_hash: bytes,
    student_id: uuid.UUID,
    pictures: Sequence[str],
    entry: PutEntry,
    secret_key: str,
    now: dt.datetime,
    offset: dt.timedelta = dt.timedelta(),
) -> Recorded:
    """Add one entry of today, done at school, for the pupil whom the pictures name.

    Raises ``NotFound`` for a pupil of another class, ``Invalid`` with the field ``picture_code`` for wrong pictures or
    none set (the edge keeps the counted failure), ``TooManyAttempts``, and what `record_changes` raises.
    """
    place = get_school(session, school_id=actor.school_id, now=now)
    is_pupil, stored = queries.find_picture_code(session, place.id, _class_of(actor), student_id, place.today)
    if not is_pupil:
        raise NotFound("no such pupil")
    _check_pictures(session, student_id, pictures, stored, secret_key, now)
    return record_changes(
        session,
        token_hash=token_hash,
        student_id=student_id,
        night=place.today,
        changes=[replace(entry, place=Place.school)],
        now=now,
        offset=offset,
        admits=frozenset({ActorKind.TABLET}),
    )


def _check_pictures(
    session: Session,
    student_id: uuid.UUID,
    pictures: Sequence[str],
    stored: bytes | None,
    secret_key: str,
    now: dt.datetime,
) -> None:
    key = attempts.key_of("pictures", student_id.bytes, limit=attempts.PER_PICTURE_CODE, secret_key=secret_key)
    attempts.check(session, keys=(key,), now=now)
    if stored is None or not hmac.compare_digest(stored, _hash(student_id, pictures, secret_key)):
        attempts.count(session, keys=(key,), now=now)
        raise WrongPictures("not these pictures", fields=(FieldProblem("picture_code", "wrong_pictures"),))
    attempts.forgive(session, key=key, now=now)


class WrongPictures(Invalid):
    """The pictures are not the pupil's; an ``Invalid`` of its own so that the edge keeps the counted failure."""


def _class_of(actor: Actor) -> uuid.UUID:
    if actor.class_id is None:
        raise NotFound("this holder stands in no class")
    return actor.class_id


def _hash(student_id: uuid.UUID, pictures: Sequence[str], secret_key: str) -> bytes:
    data = b"pictures\0" + student_id.bytes + "\0".join(pictures).encode()
    return hmac.new(secret_key.encode(), data, hashlib.sha256).digest()
