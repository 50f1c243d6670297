"""Providers that fail one time in twenty, and the phones behind them: what stands on each, and how often it came.

What a provider does with an attempt depends on the seed, the reminder, the address and which attempt it is, not on the
order in which workers come: the same seed has the same accidents.
"""

from __future__ import annotations

import random
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from backend.storage.models import AddressKind
from notifications.channels.base import Message, Outcome, Result

FAULTS = 0.05


@dataclass
class Phones:
    """What has been shown, by reminder and by address; and what the providers answered."""

    shown: dict[uuid.UUID, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    """By outbox row: each time it came to a phone, over which channel and to which address."""
    tries: Counter[tuple[uuid.UUID, str, str]] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    accepted: set[uuid.UUID] = field(default_factory=set)
    doubtful: set[uuid.UUID] = field(default_factory=set)
    """Rows of which nobody can know for certain: no answer came in time, or their worker died."""
    gone: set[str] = field(default_factory=set)
    """Addresses that providers said are gone."""


class Provider:
    """One channel as its provider behaves. Called by a worker, whose death may come at any message."""

    def __init__(
        self,
        name: str,
        kind: AddressKind,
        *,
        replaces: bool,
        phones: Phones,
        identify: Callable[[uuid.UUID], str],
        allow: Callable[[Message], None],
        step: Callable[[], None],
        meanwhile: Callable[[Sequence[Message]], None],
        seed: int,
    ) -> None:
        """`allow` objects to what may not go out; `step` is where death may come; `meanwhile` lets others act."""
        self.name = name
        self.kinds = frozenset({kind})
        self.replaces_first_copy = replaces
        self._phones = phones
        self._identify = identify
        self._allow = allow
        self._step = step
        self._meanwhile = meanwhile
        self._seed = seed

    def send(self, batch: Sequence[Message]) -> list[Outcome]:
        """Take a batch; each message may fail in its own way."""
        self._step()
        for message in batch:
            self._allow(message)
        outcomes = [self._one(message) for message in batch]
        self._meanwhile(batch)
        self._step()  # the provider has answered, and nobody has marked it yet
        return outcomes

    def close(self) -> None:
        """Nothing is held."""

    def _one(self, message: Message) -> Outcome:
        self._step()
        address = message.address or ""
        attempt = message.id, self.name, address
        self._phones.tries[attempt] += 1
        number = self._phones.tries[attempt]
        chance = random.Random(f"{self._seed} {self._identify(message.id)} {self.name} {address} {number}")
        outcome, arrives = self._decide(chance)
        if arrives:
            self._phones.shown[message.id].append((self.name, address))
        if outcome.result is Result.ACCEPTED:
            self._phones.accepted.add(message.id)
        if outcome.result is Result.ADDRESS_GONE:
            self._phones.gone.add(address)
        if outcome.result is Result.UNCLEAR:
            self._phones.doubtful.add(message.id)
        self._phones.answers[f"{self.name} {outcome.result.value}"] += 1
        return outcome

    def _decide(self, chance: random.Random) -> tuple[Outcome, bool]:
        """The answer, and whether the message comes to the phone all the same."""
        if chance.random() >= FAULTS:
            return Outcome(Result.ACCEPTED, provider_id="taken"), True
        kind = chance.choice(
            ["later", "later", "retry_after", "timeout", "timeout_delivered", "refused", "gone", "broken"]
        )
        answers = {
            "later": (Outcome(Result.RETRY, error_code="503"), False),
            "retry_after": (
                Outcome(Result.RETRY, error_code="429", retry_after_seconds=chance.choice([5, 60, 900])),
                False,
            ),
            "timeout": (Outcome(Result.UNCLEAR, error_code="timeout"), False),
            "timeout_delivered": (Outcome(Result.UNCLEAR, error_code="timeout"), True),
            "refused": (Outcome(Result.REFUSED, error_code="refused"), False),
            "gone": (Outcome(Result.ADDRESS_GONE, error_code="gone"), False),
            "broken": (Outcome(Result.BROKEN, error_code="credentials"), False),
        }
        return answers[kind]
