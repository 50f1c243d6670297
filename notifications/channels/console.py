"""The console, a developer's first channel: each reminder is a line on standard output. It reaches everybody."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TextIO

from backend.services.reminders.delivering import AddressKind
from notifications.channels.base import Message, Outcome, Result


class ConsoleChannel:
    """Prints code, opaque id and words."""

    name = "console"
    kinds: frozenset[AddressKind] = frozenset()
    replaces_first_copy = False

    def __init__(self, stream: TextIO | None = None) -> None:
        """Print to `stream`; None is standard output as it is when a line is printed."""
        self._stream = stream

    def send(self, batch: Sequence[Message]) -> list[Outcome]:
        """Print a line for each message."""
        stream = self._stream or sys.stdout
        for message in batch:
            print(f"reminder {message.code} {message.id} {message.title}: {message.body}", file=stream)
        stream.flush()
        return [Outcome(Result.ACCEPTED) for _ in batch]

    def close(self) -> None:
        """Nothing is held."""
