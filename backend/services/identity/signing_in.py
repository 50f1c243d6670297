"""One-time codes: a printed slip (or a guardian's screen) turns a phone into a student's or guardian's own.

A code is short because a person types it, so it is kept only as an HMAC under the installation's secret, expires, is
used once, and failures are counted (`attempts`). A guardian is also asked the last four digits of the telephone in the
roster: a slip found in a schoolbag does not open a family. Passwords are in `password_sign_in`, paper in `slips`.
"""

import datetime as dt
import hashlib
import hmac
import secrets
import unicodedata
import uuid

from sqlalchemy.orm import Session

from backend.domain.errors import ClaimRefused, NotFound
from backend.domain.people import PersonKind, last_four
from backend.services import audit
from backend.services.access import issues_claim
from backend.services.actor import Actor, ActorKind
from backend.services.identity import attempts, sessions
from backend.services.identity.sessions import SignedIn, open_session
from backend.services.school.schools import get_school
from backend.storage.base import new_id
from backend.storage.models import AuthSession, Claim
from backend.storage.queries import people
from backend.storage.queries import signing_in as queries
from backend.storage.queries.signing_in import ClaimRow

#: Nothing that is mistaken for something else when read from paper: no 0 O 1 I L.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 8
SLIP_LASTS = dt.timedelta(days=60)
CHILD_CODE_LASTS = dt.timedelta(hours=1)
#: How long a phone that lost the answer may ask again with the same code.
ANSWER_LOST_FOR = dt.timedelta(minutes=10)

_KINDS = {PersonKind.student: ActorKind.STUDENT, PersonKind.guardian: ActorKind.GUARDIAN}


def normalise_code(text: str) -> str:
    """A code as typed, made equal: upper case, without spaces, dashes or other marks; full-width signs are folded."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).upper() if sign.isalnum())


def code_hash(code: str, *, secret_key: str) -> bytes:
    """HMAC-SHA-256 of a code in any writing, under the installation's secret (32 bytes)."""
    return hmac.new(secret_key.encode(), b"claim\0" + normalise_code(code).encode(), hashlib.sha256).digest()


def make_code() -> str:
    """A random code, like ``K7QM-3XRA``: 39 bits."""
    signs = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    return f"{signs[:4]}-{signs[4:]}"


def make_claim(
    session: Session,
    *,
    actor: Actor,
    person_id: uuid.UUID,
    secret_key: str,
    now: dt.datetime,
    lasts: dt.timedelta = SLIP_LASTS,
) -> str:
    """Make a new code for a person of the actor's school and return it: it can be read nowhere afterwards.

    The person's earlier unused codes end. Whether the actor may is the caller's matter; `issue_claim` asks.
    """
    queries.revoke_unused_claims(session, actor.school, person_id, now)
    code = make_code()
    session.add(
        Claim(
            school_id=actor.school,
            id=new_id(),
            person_id=person_id,
            code_hash=code_hash(code, secret_key=secret_key),
            issued_at=now,
            issued_by=None if actor.kind is ActorKind.COMMAND else actor.id,
            expires_at=now + lasts,
        )
    )
    audit.record(session, actor=actor, action="claim.issued", now=now, details={"person_id": str(person_id)})
    return code


def issue_claim(
    session: Session, *, actor: Actor, person_id: uuid.UUID, secret_key: str, now: dt.datetime
) -> tuple[str, dt.datetime]:
    """A new code for a student or guardian, and when it expires.

    The homeroom teacher of the student's class and the academic office renew slips (60 days); a guardian binds the own
    child's phone (an hour). Raises ``NotFound`` for anybody else's.
    """
    place = get_school(session, school_id=actor.school_id, now=now)
    if not people.family_member_exists(
        session, actor.school, person_id, issues_claim(actor, person_id, today=place.today)
    ):
        raise NotFound("no such person")
    lasts = CHILD_CODE_LASTS if actor.kind is ActorKind.GUARDIAN else SLIP_LASTS
    code = make_claim(session, actor=actor, person_id=person_id, secret_key=secret_key, now=now, lasts=lasts)
    return code, now + lasts


def claim(
    session: Session,
    *,
    code: str,
    telephone_last_four: str | None,
    installation_id: uuid.UUID,
    device_name: str,
    address: str,
    secret_key: str,
    now: dt.datetime,
) -> SignedIn:
    """Sign a phone in with a one-time code.

    An unknown, used, expired or revoked code and wrong digits are one answer, ``ClaimRefused``; the edge keeps the
    counted failure. The same phone may ask again for ten minutes (its answer was lost): it gets a fresh token and the
    first one ends. Raises ``TooManyAttempts`` while code or address have to wait.
    """
    hashed = code_hash(code, secret_key=secret_key)
    found = queries.lock_claim(session, hashed)
    of_code = attempts.key_of("code", hashed, limit=attempts.PER_CODE, secret_key=secret_key)
    of_address = attempts.key_of("address", address, limit=attempts.PER_ADDRESS, secret_key=secret_key)
    attempts.check(session, keys=(of_code, of_address), now=now)
    digits = telephone_last_four or ""
    if found is None or not _fits(session, found, digits=digits, installation_id=installation_id, now=now):
        attempts.count(session, keys=(of_code, of_address), now=now)
        raise ClaimRefused("the code or the digits do not fit")
    attempts.forgive(session, key=of_code, now=now)
    if found.used_at is None:
        queries.mark_claim_used(session, found, now)
    holder = _holder(found)
    return open_session(session, holder=holder, device_name=device_name, installation_id=installation_id, now=now)


def _fits(session: Session, found: ClaimRow, *, digits: str, installation_id: uuid.UUID, now: dt.datetime) -> bool:
    stands = found.revoked_at is None and now < found.expires_at and found.left_at is None
    return stands and _digits_fit(found, digits) and _unused_or_lost(session, found, installation_id, now)


def _digits_fit(found: ClaimRow, digits: str) -> bool:
    """Only a guardian with a telephone in the roster is asked."""
    if found.person_kind is not PersonKind.guardian or not found.telephone:
        return True
    return hmac.compare_digest(last_four(found.telephone).encode(), last_four(digits).encode())


def _unused_or_lost(session: Session, found: ClaimRow, installation_id: uuid.UUID, now: dt.datetime) -> bool:
    if found.used_at is None:
        return True
    if now - found.used_at > ANSWER_LOST_FOR:
        return False
    mine = queries.held_by(found.school_id, found.person_id)
    standing = queries.standing_sessions(session, mine, now)
    return any(_opened_by(row, found.used_at, installation_id) for row in standing)


def _opened_by(row: AuthSession, used_at: dt.datetime, installation_id: uuid.UUID) -> bool:
    return row.installation_id == installation_id and row.created_at >= used_at


def _holder(found: ClaimRow) -> Actor:
    return Actor(
        kind=_KINDS[found.person_kind],
        id=found.person_id,
        school_id=found.school_id,
        session_id=sessions.new_session_id(),
        locale=found.locale,
    )
