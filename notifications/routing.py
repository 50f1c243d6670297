"""Which channel a row takes next, from the school's order, the person's endpoints and what was tried already.

Pure: it reads what `delivering.hold` loaded and touches nothing. The next channel is taken when one has failed for
good; a row that nothing can carry stands in the inbox all the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from backend.services.reminders.delivering import Attempt, Endpoint, Held, Target
from backend.services.reminders.outbox import Fate, OutboxState, Outgoing
from notifications.channels.base import Channel
from notifications.groups import may_reach

#: So often is one address tried over one channel before the next channel's turn.
MOST_TRIES = 5
_ARRIVED = frozenset({"accepted", "unknown", "elsewhere"})
#: Any of these may stand on a phone: another channel would show it a second time.
_MAY_STAND = _ARRIVED | {"lost"}


@dataclass(frozen=True)
class Route:
    """Either attempts to make now, or where the row ends."""

    targets: tuple[Target, ...] = ()
    fate: Fate | None = None


def route(row: Outgoing, channels: Mapping[str, Channel], held: Held) -> Route:
    """The first channel of the school's order that has an address left to try, else the row's end."""
    past = held.attempts.get(row.key, [])
    endpoints = [
        each
        for each in held.endpoints.get((row.school_id, row.recipient_id), [])
        if may_reach(each.kind, code=row.code, recipient=row.recipient_kind)
    ]
    for name in in_order(row.channels, channels):
        tried = [each for each in past if each.channel == name]
        if any(each.outcome in _MAY_STAND for each in tried) and not _open(channels[name], endpoints, tried):
            break
        left = _open(channels[name], endpoints, tried)
        if left:
            return Route(tuple(Target(row, name, each, _tries(each, tried)) for each in left))
    return Route(fate=_end(past))


def in_order(wanted: Sequence[str], channels: Mapping[str, Channel]) -> list[str]:
    """The school's channels as far as this worker has them; without a choice of its own, the installation's."""
    return [name for name in wanted if name in channels] if wanted else list(channels)


def _tries(endpoint: Endpoint | None, tried: Iterable[Attempt]) -> int:
    installation_id = endpoint.installation_id if endpoint else None
    return sum(each.installation_id == installation_id for each in tried)


def _open(channel: Channel, endpoints: Iterable[Endpoint], tried: Sequence[Attempt]) -> list[Endpoint | None]:
    """The addresses of a channel that are neither reached nor given up."""
    tries = Counter(each.installation_id for each in tried)
    over = {each.installation_id for each in tried if each.outcome in _ARRIVED or each.outcome == "failed"}
    over |= {installation_id for installation_id, times in tries.items() if times >= MOST_TRIES}
    if not channel.kinds:
        return [] if None in over else [None]
    return [each for each in endpoints if each.kind in channel.kinds and each.installation_id not in over]


def _end(past: Sequence[Attempt]) -> Fate:
    outcomes = {each.outcome for each in past}
    if not outcomes:
        return Fate(OutboxState.SENT, "inbox_only")
    if "accepted" in outcomes:
        return Fate(OutboxState.SENT)
    if outcomes & {"unknown", "lost"}:
        return Fate(OutboxState.UNKNOWN, "no_answer")
    if "elsewhere" in outcomes:
        return Fate(OutboxState.SENT, "one_copy")
    return Fate(OutboxState.FAILED, "no_channel_left")
