"""A school's own relay through Apprise (`pip install nightsheet[apprise]`); the only file that imports it.

Apprise answers yes or no and nothing else, and most of its plugins say yes whatever the relay answered. Only those
that read the answer's body are let in (`APPRISE_SCHEMES`). Why a message was refused is not to be learnt even there:
the address stays, and the next channel has its turn.
"""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from backend.services.reminders.delivering import AddressKind
from backend.settings import SettingsError
from notifications.channels.base import Message, Outcome, Result
from notifications.channels.calls import TIMEOUT_SECONDS, Caller


class RelayChannel:
    """Sends through the relay at `url`, in which ``{address}`` stands for a person's id there."""

    name = "apprise"
    kinds = frozenset({AddressKind.APPRISE})
    replaces_first_copy = False

    def __init__(self, url: str, *, caller: Caller | None = None, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        """Raises SettingsError where Apprise is not installed, or cannot read `url`."""
        try:
            import apprise
        except ImportError:
            raise SettingsError(
                "NIGHTSHEET_CHANNELS names apprise, which is not installed; type: pip install 'nightsheet[apprise]'"
            ) from None
        # It writes whole addresses, secrets included, at DEBUG and some at WARNING.
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
        self._apprise: Any = apprise
        self._url, self._timeout = url, timeout_seconds
        self._caller = caller or Caller(at_once=4)
        with warnings.catch_warnings():
            # Its plugins are loaded by the first address that it reads; some import what Python will drop.
            warnings.simplefilter("ignore", DeprecationWarning)
            if self._relay("UID_0") is None:
                raise SettingsError("NIGHTSHEET_APPRISE_URL: Apprise cannot read this address")

    def send(self, batch: Sequence[Message]) -> list[Outcome]:
        """Send side by side; an outcome for each message, in order."""
        return self._caller.each(self._send_one, batch)

    def close(self) -> None:
        """Close connections."""
        self._caller.close()

    def _send_one(self, message: Message) -> Outcome:
        relay = self._relay(message.address or "")
        if relay is None:
            return Outcome(Result.REFUSED, error_code="relay_address")
        until = time.monotonic() + self._timeout
        if relay.notify(body=f"{message.body}\n{message.link}", title=message.title):
            return Outcome(Result.ACCEPTED)
        # No is all that it says. A quick no is the relay's own; after the whole time-out it may have come through.
        if time.monotonic() >= until:
            return Outcome(Result.UNCLEAR, error_code="no_answer")
        return Outcome(Result.REFUSED, error_code="relay_refused")

    def _relay(self, address: str) -> Any:
        url = self._url.replace("{address}", quote(address, safe=""))
        timeout = f"cto={self._timeout}&rto={self._timeout}"
        return self._apprise.Apprise.instantiate(
            f"{url}{'&' if '?' in url else '?'}{timeout}", suppress_exceptions=True
        )
