"""How often somebody may be wrong at signing in: counted per code, per login and per address, with growing waits.

A whole class claims its slips behind one address, so an address is given far more than a code or a login. Keys are
stored as hashes under the installation's secret: neither a code nor an address can be read from the table. An attempt
at a password counts as failed until it has succeeded, so trying many at once gains nothing.
"""

import datetime as dt
import hashlib
import hmac
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.errors import TooManyAttempts
from backend.storage.models import SignInFailure
from backend.storage.queries import failures

QUARTER = dt.timedelta(minutes=15)
LONGEST_WAIT = dt.timedelta(days=1)


@dataclass(frozen=True)
class Limit:
    """`tries` are free, then one waits; with `doubles` each further failure doubles the wait."""

    tries: int
    doubles: bool


PER_CODE = Limit(tries=5, doubles=True)
PER_LOGIN = Limit(tries=10, doubles=True)
PER_PICTURE_CODE = Limit(tries=5, doubles=True)
PER_ADDRESS = Limit(tries=100, doubles=False)


@dataclass(frozen=True)
class Key:
    """Something whose failures are counted, and how many are free."""

    text: str
    limit: Limit


def key_of(kind: str, value: str | bytes, *, limit: Limit, secret_key: str) -> Key:
    """The key under which failures of one code, login, pupil or address are counted (under 80 characters)."""
    data = value if isinstance(value, bytes) else value.encode()
    digest = hmac.new(secret_key.encode(), kind.encode() + b"\0" + data, hashlib.sha256).hexdigest()
    return Key(f"{kind}:{digest}", limit)


def wait_until(limit: Limit, count: int, first_at: dt.datetime, last_at: dt.datetime) -> dt.datetime | None:
    """When the next try counts: 15 minutes after the last failure, doubled for each further one, a day at most.

    Without doubling: 15 minutes after the first of the window. None while tries are left.
    """
    if count < limit.tries:
        return None
    if not limit.doubles:
        return first_at + QUARTER
    doublings = min(count - limit.tries, 10)
    return last_at + min(QUARTER * (1 << doublings), LONGEST_WAIT)


def check(session: Session, *, keys: tuple[Key, ...], now: dt.datetime) -> None:
    """Raise ``TooManyAttempts``, with the seconds to wait, when any of the keys has to wait."""
    counted = failures.failures(session, [key.text for key in keys])
    for key in keys:
        row = counted.get(key.text)
        until = wait_until(key.limit, row.count, row.first_at, row.last_at) if row else None
        if until is not None and now < until:
            seconds = int((until - now).total_seconds()) + 1
            raise TooManyAttempts("too many failed attempts", retry_after_seconds=seconds)


def count(session: Session, *, keys: tuple[Key, ...], now: dt.datetime) -> None:
    """Count one failure under each key."""
    for key in keys:
        failures.count_failure(session, key.text, now, afresh=_afresh(key.limit, now))


def _afresh(limit: Limit, now: dt.datetime) -> sa.ColumnElement[bool]:
    if limit.doubles:
        return SignInFailure.last_at < now - LONGEST_WAIT
    return SignInFailure.first_at < now - QUARTER


def forgive(session: Session, *, key: Key, now: dt.datetime) -> None:
    """Forget the failures of a code or a login that has now succeeded."""
    failures.forget(session, key.text, older_than=now - 2 * LONGEST_WAIT)


def take_back(session: Session, *, key: Key) -> None:
    """Take back one failure counted in advance."""
    failures.take_back(session, key.text)
