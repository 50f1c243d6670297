"""What a worker does with the rows it holds: read what routing needs, begin attempts, record how they ended.

Beginning commits before the network is touched and recording comes after, in a transaction of its own: no session is
open while a provider answers. Whether a row may go out at all is `outbox.judge`; which channel, `notifications`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from backend.services.reminders.outbox import LEASE, Fate, Key, OutboxState, Outgoing
from backend.storage.base import new_id
from backend.storage.models import AddressKind
from backend.storage.queries import deliveries, outbox
from backend.storage.queries.deliveries import Attempt, Endpoint

__all__ = [
    "AddressKind",
    "Attempt",
    "Ended",
    "Endpoint",
    "Held",
    "Target",
    "begin",
    "drop",
    "hold",
    "record",
    "tag_of",
]

#: What is kept of a provider's own words about an attempt.
LONGEST_ID, LONGEST_CODE = 200, 64


@dataclass(frozen=True)
class Held:
    """The rows of a chunk with the endpoints of their recipients and earlier attempts."""

    rows: list[Outgoing]
    endpoints: Mapping[Key, list[Endpoint]]
    """By ``(school_id, person_id)``."""
    attempts: Mapping[Key, list[Attempt]]
    """By outbox row."""


def hold(session: Session, *, holder: str, keys: Collection[Key]) -> Held:
    """Everything that routing and wording of these leased rows need, in three statements."""
    rows = deliveries.outgoing(session, holder=holder, keys=keys)
    endpoints: dict[Key, list[Endpoint]] = defaultdict(list)
    for endpoint in deliveries.endpoints_of(session, {(row.school_id, row.recipient_id) for row in rows}):
        endpoints[endpoint.school_id, endpoint.person_id].append(endpoint)
    attempts: dict[Key, list[Attempt]] = defaultdict(list)
    for attempt in deliveries.attempts_of(session, [row.key for row in rows if row.attempts]):
        attempts[attempt.school_id, attempt.outbox_id].append(attempt)
    return Held(rows, endpoints, attempts)


def drop(session: Session, *, holder: str, fates: Mapping[Key, Fate], now: dt.datetime) -> None:
    """End leased rows without an attempt, each with its reason."""
    by_fate: dict[Fate, list[Key]] = defaultdict(list)
    for key, fate in fates.items():
        by_fate[fate].append(key)
    for fate, keys in by_fate.items():
        outbox.finish(session, holder=holder, keys=keys, begun=OutboxState.LEASED, fate=fate, now=now)


@dataclass(frozen=True, slots=True)
class Target:
    """One attempt to be made: a row over a channel, to an endpoint or, where the channel needs none, to the person.

    `tries` is how often this address was tried over this channel before.
    """

    row: Outgoing
    channel: str
    endpoint: Endpoint | None
    tries: int
    id: uuid.UUID = field(default_factory=new_id)


def tag_of(row: Outgoing) -> str:
    """A stable opaque tag: the same for every copy of one reminder about one subject and night; 32 characters."""
    return _digest(row.school_id, row.code, row.subject_id, row.night)


def copy_key_of(row: Outgoing, installation_id: uuid.UUID) -> str:
    """What two persons' copies of one reminder on one installation share."""
    return _digest(row.school_id, row.code, row.subject_id, row.night, row.occasion, installation_id)


def _digest(*parts: object) -> str:
    return hashlib.sha256("|".join(str(part) for part in parts).encode()).hexdigest()[:32]


def begin(session: Session, *, holder: str, targets: Sequence[Target], now: dt.datetime) -> list[Target]:
    """Mark the rows as being sent and record each attempt; returns the attempts that are to be made.

    Left out: rows whose lease is over, and second copies for one installation (recorded as ``elsewhere``; a row with
    nothing else left ends as sent by that copy).
    """
    keys = {target.row.key for target in targets}
    marked = outbox.mark_sending(session, holder=holder, keys=keys, now=now, until=now + LEASE)
    ours = [target for target in targets if target.row.key in marked]
    begun = deliveries.begin_deliveries(session, [_record(each, deliveries.SENDING, now) for each in ours])
    second = [target for target in ours if target.id not in begun]
    deliveries.add_deliveries(
        session, [_record(each, deliveries.ELSEWHERE, now) | {"copy_key": None} for each in second]
    )
    going = [target for target in ours if target.id in begun]
    only_second = {each.row.key for each in second} - {each.row.key for each in going}
    fate = Fate(OutboxState.SENT, "one_copy")
    outbox.finish(session, holder=holder, keys=only_second, begun=OutboxState.SENDING, fate=fate, now=now)
    return going


def _record(target: Target, outcome: str, now: dt.datetime) -> dict[str, object]:
    endpoint = target.endpoint
    return {
        "school_id": target.row.school_id,
        "id": target.id,
        "outbox_id": target.row.id,
        "channel": target.channel,
        "installation_id": endpoint.installation_id if endpoint else None,
        "copy_key": copy_key_of(target.row, endpoint.installation_id) if endpoint else None,
        "attempted_at": now,
        "outcome": outcome,
    }


@dataclass(frozen=True, slots=True)
class Ended:
    """How one attempt ended. `retry_at` only with ``retry`` and ``lost``; `address_gone` turns the endpoint off."""

    target: Target
    outcome: str
    provider_id: str | None = None
    error_code: str | None = None
    retry_at: dt.datetime | None = None
    address_gone: bool = False


def record(session: Session, *, holder: str, ended: Sequence[Ended], now: dt.datetime) -> None:
    """Write outcomes, turn off addresses that are gone, and move each row on: sent, due again, or unknown.

    A row all of whose attempts failed is due at once: the next claim finds the next channel, or that none is left.
    """
    deliveries.end_deliveries(session, [_outcome(each) for each in ended])
    _turn_off(session, ended, now)
    by_row: dict[Key, list[Ended]] = defaultdict(list)
    for each in ended:
        by_row[each.target.row.key].append(each)
    again: dict[Key, dt.datetime] = {}
    over: dict[Fate, list[Key]] = defaultdict(list)
    for key, results in by_row.items():
        fate = _fate(results)
        if fate is None:
            again[key] = min((r.retry_at for r in results if r.retry_at), default=now)
        else:
            over[fate].append(key)
    outbox.put_back(session, holder=holder, due_at=again)
    for fate, keys in over.items():
        outbox.finish(session, holder=holder, keys=keys, begun=OutboxState.SENDING, fate=fate, now=now)


def _fate(results: Iterable[Ended]) -> Fate | None:
    """Where a row is after a round; None when it has to be taken up again."""
    outcomes = {each.outcome for each in results}
    if outcomes & {deliveries.RETRY, deliveries.LOST}:
        return None
    if deliveries.ACCEPTED in outcomes:
        return Fate(OutboxState.SENT)
    if deliveries.UNKNOWN in outcomes:
        return Fate(OutboxState.UNKNOWN, "no_answer")
    return None


def _outcome(each: Ended) -> dict[str, object]:
    return {
        "school_id": each.target.row.school_id,
        "id": each.target.id,
        "outcome": each.outcome,
        "provider_id": _told(each.provider_id, LONGEST_ID),
        "error_code": _told(each.error_code, LONGEST_CODE),
    }


def _told(text: str | None, longest: int) -> str | None:
    """What a provider said, as every database can keep it: one strange answer must not undo a batch's outcomes."""
    return None if text is None else text.replace("\0", "").encode(errors="replace").decode()[:longest]


def _turn_off(session: Session, ended: Iterable[Ended], now: dt.datetime) -> None:
    gone = {
        (each.target.row.school_id, each.target.endpoint.address): _told(each.error_code, LONGEST_CODE)
        or "address_gone"
        for each in ended
        if each.address_gone and each.target.endpoint is not None
    }
    rows = [{"school_id": school_id, "address": address, "reason": why} for (school_id, address), why in gone.items()]
    deliveries.disable_endpoints(session, rows, now=now)
