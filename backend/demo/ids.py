"""Ids that come out the same for the same seed: UUIDs of version 7's shape, so that later rows sort later.

The database's own ids are made by `backend.storage.base.new_id`; these are only for rows of the demonstration.
"""

from datetime import UTC, datetime
from random import Random
from uuid import UUID

_VERSION = 7 << 76
_VARIANT = 2 << 62
_LOW = (1 << 62) - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(at: datetime) -> int:
    """Milliseconds since 1970 of an aware instant."""
    since = at - _EPOCH
    return since.days * 86_400_000 + since.seconds * 1000


def new_id(rng: Random, at_milliseconds: int) -> UUID:
    """An id whose time is `at_milliseconds` and whose other bits come from `rng`."""
    bits = rng.getrandbits(74)
    return UUID(int=at_milliseconds << 80 | _VERSION | (bits >> 62) << 64 | _VARIANT | bits & _LOW)
