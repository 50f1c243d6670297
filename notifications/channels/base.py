"""What a channel is: it takes messages to one provider and says of each how it went. It knows no database.

A channel never decides whether a message may go out, and never tries again by itself beyond what its library does:
that belongs to `delivery`.
"""

from __future__ import annotations

import enum
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from backend.services.reminders.delivering import AddressKind


class Result(enum.Enum):
    """How sending one message ended."""

    ACCEPTED = "accepted"
    """The provider has it."""
    RETRY = "retry"
    """Not now; `retry_after_seconds` if the provider said when."""
    UNCLEAR = "unclear"
    """No answer came: it may have arrived or not."""
    ADDRESS_GONE = "address_gone"
    """This address will never work again."""
    REFUSED = "refused"
    """This message will never be taken; the address may be good."""
    BROKEN = "broken"
    """Our own credentials or set-up are refused: every message would be. An operator has to know."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A message's result with the provider's id of it or its error code (never an address, never words)."""

    result: Result
    provider_id: str | None = None
    error_code: str | None = None
    retry_after_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one address (or, without one, to one person): a code, an opaque id and the words to show.

    `tag` is the same for every copy of one reminder: a provider that replaces by tag shows one. `ttl_seconds` is above
    0; `link` opens the right screen. `keys` are those of a browser's subscription; `recipient` is
    ``(school_id, person_id)``.
    """

    id: uuid.UUID
    code: str
    title: str
    body: str
    tag: str
    ttl_seconds: int
    link: str
    kind: AddressKind | None = None
    address: str | None = None
    keys: Mapping[str, Any] = field(default_factory=dict)
    locale: str = "zh-CN"
    recipient: tuple[uuid.UUID, uuid.UUID] | None = None


class Channel(Protocol):
    """One way out."""

    name: str
    kinds: frozenset[AddressKind]
    """Kinds of endpoint it can reach; empty when it reaches a person without an endpoint."""
    replaces_first_copy: bool
    """Whether a second copy of the same reminder is not seen: it takes the place of the first, or is left out."""

    def send(self, batch: Sequence[Message]) -> list[Outcome]:
        """Send, and answer for each message in order. Raises nothing that an outcome can say."""
        ...

    def close(self) -> None:
        """Let go of connections and threads; nothing is sent afterwards."""
        ...
