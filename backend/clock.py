"""The only place that asks what time it is.

Everything else takes a `Clock`, or the instant itself, as an argument: so an evening can be tested at noon and played
in seconds. Converting instants to a school's local time belongs to `backend.domain.night`, not here.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the present instant."""

    def now(self) -> datetime:
        """Return the present instant, aware and in UTC."""
        ...


class SystemClock:
    """The computer's own clock."""

    def now(self) -> datetime:
        """Return the present instant, aware and in UTC."""
        return datetime.now(UTC)


class FrozenClock:
    """A clock that stands still until it is moved; for tests and for `nightsheet demo --play`."""

    def __init__(self, at: datetime) -> None:
        """Stand at `at`; raises ValueError when it is naive."""
        self._at = _in_utc(at)

    def now(self) -> datetime:
        """Return the instant at which the clock stands, aware and in UTC."""
        return self._at

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> datetime:
        """Move on by a duration (backwards when negative) and return the new instant."""
        self._at += timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        return self._at

    def move_to(self, at: datetime) -> datetime:
        """Stand at another instant and return it in UTC; raises ValueError when it is naive."""
        self._at = _in_utc(at)
        return self._at


def _in_utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a clock needs an aware instant, got a naive one")
    return at.astimezone(UTC)
