"""Ending e-mail by the link in each letter, without signing in (RFC 8058). The link holds a signed token, no address.

Opening the link changes nothing: mail scanners open every link. Only the form behind it, or a mail program's own
button, which posts, ends the letters.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import uuid

from sqlalchemy.orm import Session

from backend.domain.errors import NotFound
from backend.storage.models import AddressKind
from backend.storage.queries import push_endpoints as queries

UNSUBSCRIBED = "unsubscribed"
"""Why an address is off. It stays off when the office enters another: it was the person's wish."""
_PURPOSE = b"nightsheet unsubscribe email v1"
_MAC_BYTES = 16


def token_of(secret_key: str, *, school_id: uuid.UUID, person_id: uuid.UUID) -> str:
    """The token of one person's letters: 64 characters for an address line. It never runs out: letters are kept."""
    who = school_id.bytes + person_id.bytes
    return base64.urlsafe_b64encode(who + _signed(secret_key, who)).decode()


def person_of(secret_key: str, token: str) -> tuple[uuid.UUID, uuid.UUID]:
    """``(school_id, person_id)`` of a token that we signed. Raises NotFound for any other."""
    try:
        raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise NotFound("no such link") from None
    who, signature = raw[:32], raw[32:]
    if len(raw) != 32 + _MAC_BYTES or not hmac.compare_digest(signature, _signed(secret_key, who)):
        raise NotFound("no such link")
    return uuid.UUID(bytes=who[:16]), uuid.UUID(bytes=who[16:])


def unsubscribe(session: Session, *, secret_key: str, token: str, now: dt.datetime) -> None:
    """Send this person no letters any more; the same twice is once. Raises NotFound for a token that is not ours."""
    school_id, person_id = person_of(secret_key, token)
    queries.turn_off(session, school_id, person_id, AddressKind.EMAIL, reason=UNSUBSCRIBED, now=now)


def _signed(secret_key: str, who: bytes) -> bytes:
    key = hmac.new(secret_key.encode(), _PURPOSE, hashlib.sha256).digest()
    return hmac.new(key, who, hashlib.sha256).digest()[:_MAC_BYTES]
