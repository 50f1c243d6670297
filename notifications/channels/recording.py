"""A channel that keeps what it is given instead of sending it: for the played evening and for tests.

It can be busy between two instants, as a provider is now and then: it asks to be tried again later.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from backend.clock import Clock
from backend.services.reminders.delivering import AddressKind
from notifications.channels.base import Message, Outcome, Result


class RecordingChannel:
    """Takes everything for everybody and remembers it with the instant."""

    name = "recording"
    kinds: frozenset[AddressKind] = frozenset()
    replaces_first_copy = False

    def __init__(
        self, clock: Clock, *, busy: tuple[datetime, datetime] | None = None, retry_after_seconds: float = 60
    ) -> None:
        """`busy`: from, included, until, excluded."""
        self._clock, self._busy, self._retry_after_seconds = clock, busy, retry_after_seconds
        self.taken: list[tuple[datetime, Message]] = []

    def send(self, batch: Sequence[Message]) -> list[Outcome]:
        """Remember the messages, or say that now is not the time."""
        now = self._clock.now()
        if self._busy is not None and self._busy[0] <= now < self._busy[1]:
            return [Outcome(Result.RETRY, retry_after_seconds=self._retry_after_seconds) for _ in batch]
        self.taken += [(now, message) for message in batch]
        return [Outcome(Result.ACCEPTED) for _ in batch]

    def close(self) -> None:
        """Nothing is held."""
