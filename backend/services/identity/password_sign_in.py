"""Signing in with a name and a password, and changing it: members of staff and district officers.

Hashing a password takes long on purpose. ``pause`` therefore comes in as an argument: it ends the transaction so far,
keeping the attempt counted, so that nobody waits for the database's one writer while argon2 works.
"""

import datetime as dt
import unicodedata
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.domain.errors import CredentialsRefused, FieldProblem, Invalid, PasswordTooWeak, Unauthenticated
from backend.services import audit
from backend.services.actor import Actor, ActorKind
from backend.services.identity import attempts, sessions
from backend.services.identity.attempts import Key
from backend.services.identity.common_passwords import is_common
from backend.services.identity.passwords import hash_password, verify_password
from backend.services.identity.sessions import SignedIn, open_session
from backend.storage.queries import signing_in as queries
from backend.storage.queries.signing_in import PasswordRow

SHORTEST_PASSWORD = 10


@dataclass(frozen=True)
class Credentials:
    """What was typed at sign-in. Exactly one of the slugs is given."""

    login: str
    password: str
    school: str | None = None
    district: str | None = None


def sign_in(
    session: Session,
    *,
    credentials: Credentials,
    device_name: str,
    installation_id: uuid.UUID | None,
    address: str,
    secret_key: str,
    now: dt.datetime,
    pause: Callable[[], None],
) -> SignedIn:
    """Sign a member of staff or an officer in.

    Raises ``CredentialsRefused``, the same and after the same work for an unknown school, name or password, and
    ``TooManyAttempts`` while the name or the address have to wait.
    """
    typed = normalise_login(credentials.login)
    keys = _keys(credentials, typed, address, secret_key)
    attempts.check(session, keys=keys, now=now)
    attempts.count(session, keys=keys, now=now)
    found = _find(session, credentials, typed, now)
    pause()
    is_right = verify_password(found.password_hash if found else None, credentials.password)
    # While it was hashed a new one may have been given out, which ended every device's sign-in: this is none more.
    if found is None or not is_right or not queries.password_stands(session, found):
        raise CredentialsRefused("the name or the password is wrong")
    of_login, of_address = keys
    attempts.forgive(session, key=of_login, now=now)
    attempts.take_back(session, key=of_address)
    holder = _holder(found)
    return open_session(session, holder=holder, device_name=device_name, installation_id=installation_id, now=now)


def normalise_login(login: str) -> str:
    """A name as typed: full-width letters folded, outer spaces gone."""
    return unicodedata.normalize("NFKC", login).strip()


def _keys(credentials: Credentials, login: str, address: str, secret_key: str) -> tuple[Key, Key]:
    whose = f"{credentials.school}\0{credentials.district}\0{login}"
    return (
        attempts.key_of("login", whose, limit=attempts.PER_LOGIN, secret_key=secret_key),
        attempts.key_of("address", address, limit=attempts.PER_ADDRESS, secret_key=secret_key),
    )


def _find(session: Session, credentials: Credentials, login: str, now: dt.datetime) -> PasswordRow | None:
    if credentials.school is not None:
        found = queries.find_staff_password(session, credentials.school, login)
    else:
        found = queries.find_officer_password(session, credentials.district or "", login)
    gone = found is not None and found.left_at is not None and found.left_at <= now
    return None if gone else found


def _holder(found: PasswordRow) -> Actor:
    return Actor(
        kind=ActorKind.DISTRICT_OFFICER if found.school_id is None else ActorKind.STAFF,
        id=found.holder_id,
        school_id=found.school_id,
        session_id=sessions.new_session_id(),
        district_id=found.district_id,
        must_change_password=found.must_change,
    )


def change_password(
    session: Session,
    *,
    actor: Actor,
    old_password: str,
    new_password: str,
    secret_key: str,
    now: dt.datetime,
    pause: Callable[[], None],
) -> None:
    """Replace one's own password and sign every other device out.

    Raises ``PasswordTooWeak`` (under 10 characters, the old one, the name, or one that guessers try first),
    ``Invalid`` with the field ``old_password`` when that one is wrong, and ``TooManyAttempts``.
    """
    found = _own(session, actor)
    key = attempts.key_of("login", actor.id.bytes, limit=attempts.PER_LOGIN, secret_key=secret_key)
    attempts.check(session, keys=(key,), now=now)
    _check_strength(new_password, old_password=old_password, login=found.login)
    attempts.count(session, keys=(key,), now=now)
    pause()
    hashed = hash_password(new_password) if verify_password(found.password_hash, old_password) else None
    if hashed is None or not queries.password_stands(session, found):
        raise Invalid("that is not the old password", fields=(FieldProblem("old_password", "wrong_password"),))
    attempts.forgive(session, key=key, now=now)
    queries.store_password(session, found, hashed, now)
    sessions.end_other_sessions(session, actor=actor, now=now)
    if actor.school_id is not None:
        audit.record(session, actor=actor, action="password.changed", now=now)


def _own(session: Session, actor: Actor) -> PasswordRow:
    if actor.school_id is None:
        found = queries.find_own_officer_password(session, actor.id)
    else:
        found = queries.find_own_staff_password(session, actor.school_id, actor.id)
    if found is None:
        raise Unauthenticated("this holder has no password")
    return found


def _check_strength(new_password: str, *, old_password: str, login: str) -> None:
    code = None
    if len(new_password) < SHORTEST_PASSWORD:
        code = "password_too_short"
    elif new_password == old_password:
        code = "password_unchanged"
    elif normalise_login(new_password).casefold() == login.casefold():
        code = "password_is_login"
    elif is_common(new_password):
        code = "password_common"
    if code is not None:
        raise PasswordTooWeak("choose another password", fields=(FieldProblem("new_password", code),))
