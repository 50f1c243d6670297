"""The class tablet: a signed-in thing in a classroom on which pupils add today's work done at school, and nothing else.

A tablet is signed in with a one-time code from the homeroom teacher's screen; a class may have several. A pupil is
known on it by three pictures (`picture_codes`). That keeps neighbours honest, no more: so the tablet shows names and
whether a code is set, takes entries, and answers with a receipt only. What an entry may be is `recording`'s matter,
which knows the tablet as an actor.
"""

import datetime as dt
import hashlib
import hmac
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.errors import ClaimRefused, FieldProblem, Invalid, NotFound
from backend.domain.load import Place
from backend.services import audit
from backend.services.access import keeps_tablets
from backend.services.actor import Actor, ActorKind
from backend.services.identity import attempts, sessions, signing_in
from backend.services.identity.picture_codes import hash_of
from backend.services.identity.sessions import SignedIn
from backend.services.nights.changes import PutEntry
from backend.services.nights.recording import Recorded, record_changes
from backend.services.school.schools import SchoolToday, get_class, get_school
from backend.storage.models import AuthSession, Class
from backend.storage.queries import classes as places
from backend.storage.queries import signing_in as sign_in_queries
from backend.storage.queries import tablets as queries
from backend.storage.queries.assignments import assignments_of_class, tiers_of
from backend.storage.queries.tablets import CodeOfTablet, PupilRow

#: How long a code waits for its tablet: long enough to walk over to it.
CODE_LASTS = dt.timedelta(minutes=30)
WAITING, IN_USE = "waiting", "in_use"


@dataclass(frozen=True)
class NewTablet:
    """A tablet that waits: the code signs one tablet in, once, and can be read nowhere afterwards."""

    id: uuid.UUID
    code: str
    expires_at: dt.datetime


def start_tablet(
    session: Session, *, actor: Actor, class_id: uuid.UUID, secret_key: str, now: dt.datetime
) -> NewTablet:
    """A one-time code for a tablet of the class. The homeroom teacher and the academic office, else ``NotFound``."""
    place, class_ = _kept(session, actor, class_id, now)
    code, expires_at = signing_in.make_code(), now + CODE_LASTS
    hashed = code_hash(code, secret_key)
    tablet_id = queries.add_tablet(
        session, place.id, class_.id, actor.id, now, code_hash=hashed, code_expires_at=expires_at
    )
    _note(session, actor, "tablet.enabled", class_id, tablet_id, now)
    return NewTablet(tablet_id, code, expires_at)


def list_tablets(session: Session, *, actor: Actor, class_id: uuid.UUID, now: dt.datetime) -> dict[str, Any]:
    """The class's tablets that are in use or still wait for their code. Raises ``NotFound``."""
    place, class_ = _kept(session, actor, class_id, now)
    rows = queries.tablets_of_class(session, place.id, class_.id, now)
    names = places.person_names(session, place.id, sorted({row.enabled_by for row in rows}))
    items = [
        {
            "id": row.id,
            "state": IN_USE if row.in_use_since else WAITING,
            "enabled_at": row.enabled_at,
            "by": {"person_id": row.enabled_by, "name": names.get(row.enabled_by, "")},
            "in_use_since": row.in_use_since,
            "code_expires_at": None if row.in_use_since else row.code_expires_at,
        }
        for row in rows
    ]
    return {"class_id": class_.id, "class_name": class_.name, "items": items}


def end_tablet(session: Session, *, actor: Actor, class_id: uuid.UUID, tablet_id: uuid.UUID, now: dt.datetime) -> None:
    """Take one tablet of the class back: its session and its code end. The same twice does nothing more.

    Raises ``NotFound`` for a tablet of another class too.
    """
    place, class_ = _kept(session, actor, class_id, now)
    if not queries.disable_tablet(session, place.id, class_.id, tablet_id, now):
        raise NotFound("no such tablet")
    own = (AuthSession.school_id == place.id, AuthSession.tablet_id == tablet_id)
    sign_in_queries.revoke_sessions(session, *own, now=now)
    _note(session, actor, "tablet.disabled", class_id, tablet_id, now)


def claim_tablet(
    session: Session,
    *,
    code: str,
    device_name: str,
    installation_id: uuid.UUID,
    address: str,
    secret_key: str,
    now: dt.datetime,
) -> SignedIn:
    """Sign a tablet in with its one-time code.

    An unknown, used, expired or ended code is one answer, ``ClaimRefused``; the edge keeps the counted failure. The
    same device may ask again for ten minutes (its answer was lost): it gets a fresh token and the first one ends.
    Raises ``TooManyAttempts`` while the address has to wait.
    """
    of_address = attempts.key_of("address", address, limit=attempts.PER_ADDRESS, secret_key=secret_key)
    attempts.check(session, keys=(of_address,), now=now)
    found = queries.lock_code(session, code_hash(code, secret_key), now)
    if found is None or not _unused_or_lost(session, found, installation_id, now):
        attempts.count(session, keys=(of_address,), now=now)
        raise ClaimRefused("the code does not fit")
    new_id = sessions.new_session_id()
    holder = Actor(ActorKind.TABLET, found.tablet_id, found.school_id, new_id, class_id=found.class_id)
    return sessions.open_session(
        session, holder=holder, device_name=device_name, installation_id=installation_id, now=now
    )


def _unused_or_lost(session: Session, found: CodeOfTablet, installation_id: uuid.UUID, now: dt.datetime) -> bool:
    if found.used_at is None:
        return True
    if now - found.used_at > signing_in.ANSWER_LOST_FOR:
        return False
    mine = sign_in_queries.held_by(found.school_id, found.tablet_id)
    standing = sign_in_queries.standing_sessions(session, mine, now)
    return any(row.installation_id == installation_id for row in standing)


def code_hash(code: str, secret_key: str) -> bytes:
    """HMAC-SHA-256 of a tablet's code in any writing (32 bytes); never equal to the hash of a family's code."""
    data = b"tablet\0" + signing_in.normalise_code(code).encode()
    return hmac.new(secret_key.encode(), data, hashlib.sha256).digest()


def _kept(session: Session, actor: Actor, class_id: uuid.UUID, now: dt.datetime) -> tuple[SchoolToday, Class]:
    place = get_school(session, school_id=actor.school_id, now=now)
    visible = keeps_tablets(actor, class_id, today=place.today)
    return place, get_class(session, school_id=place.id, class_id=class_id, visible=visible)


def _note(
    session: Session, actor: Actor, action: str, class_id: uuid.UUID, tablet_id: uuid.UUID, now: dt.datetime
) -> None:
    details = {"tablet_id": str(tablet_id)}
    audit.record(session, actor=actor, action=action, now=now, class_id=class_id, details=details)


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
    if stored is None or not hmac.compare_digest(stored, hash_of(student_id, pictures, secret_key)):
        attempts.count(session, keys=(key,), now=now)
        raise WrongPictures("not these pictures", fields=(FieldProblem("picture_code", "wrong_pictures"),))
    attempts.forgive(session, key=key, now=now)


class WrongPictures(Invalid):
    """The pictures are not the pupil's; an ``Invalid`` of its own so that the edge keeps the counted failure."""


def _class_of(actor: Actor) -> uuid.UUID:
    if actor.class_id is None:
        raise NotFound("this holder stands in no class")
    return actor.class_id
