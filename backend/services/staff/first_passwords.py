"""First passwords of staff: told once, changed at the first sign-in, given anew by the command when one is forgotten.

Signing in and changing one's own is `identity`'s; an officer's are given in `district_officers`.
"""

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.domain.errors import NotFound
from backend.services import audit
from backend.services.actor import Actor
from backend.services.identity.passwords import hash_password, make_first_password
from backend.services.identity.sessions import end_all_sessions
from backend.storage.queries import staff as queries


@dataclass(frozen=True)
class FirstPassword:
    """A first sign-in, told once: it is stored only as a hash."""

    name: str
    login: str
    password: str


def reset_password(
    session: Session, *, actor: Actor, school_id: uuid.UUID, login: str, now: dt.datetime
) -> FirstPassword:
    """Give a member of staff a new first password; the old one ends at once, and every device is signed out.

    Raises NotFound.
    """
    stored = queries.find_password(session, school_id, login)
    if stored is None:
        raise NotFound(f"nobody signs in as {login}", params={"what": "login", "login": login})
    made = make_first_password()
    stored.password_hash, stored.must_change, stored.changed_at = hash_password(made), True, now
    end_all_sessions(session, school_id=school_id, holder_id=stored.person_id, now=now)
    audit.record(
        session, actor=actor, action="staff.password_reset", now=now, school_id=school_id,
        details={"person_id": str(stored.person_id)},
    )  # fmt: skip
    return FirstPassword(login, login, made)
