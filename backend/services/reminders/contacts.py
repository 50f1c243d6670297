"""Addresses that the school gives: telephone and e-mail as they stand at the person, messenger ids, groups of staff.

They stand beside the phones' own addresses, so that a provider's "gone" turns them off in the same way. Their
`installation_id` is made from kind and address: two people with one mailbox, or in one group, get one copy of a
reminder. What phones register themselves is in `devices`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from backend.services.reminders.unsubscribing import UNSUBSCRIBED
from backend.storage.models import AddressKind
from backend.storage.queries import push_endpoints as queries
from backend.storage.queries.push_endpoints import Held

#: Addresses that are made from what stands at the person.
FROM_THE_PERSON = (AddressKind.SMS, AddressKind.EMAIL)
#: Channels that reach only whom the school has given an address for.
GIVEN_KINDS: Mapping[str, frozenset[AddressKind]] = {
    "email": frozenset({AddressKind.EMAIL}),
    "sms": frozenset({AddressKind.SMS}),
    "wecom": frozenset({AddressKind.WECOM_PARENT, AddressKind.WECOM_STUDENT}),
    "wecom_bot": frozenset({AddressKind.WECOM_BOT}),
    "dingtalk_bot": frozenset({AddressKind.DINGTALK_BOT}),
    "feishu_bot": frozenset({AddressKind.FEISHU_BOT}),
    "apprise": frozenset({AddressKind.APPRISE}),
}
_SPACE = uuid.UUID("3a0d1c0e-6f0b-5c58-9f5b-6a1f5f1f7a10")


def installation_of(kind: AddressKind, address: str) -> uuid.UUID:
    """The id under which an address stands that belongs to no installation of the client."""
    return uuid.uuid5(_SPACE, f"{kind.value}:{address.casefold()}")


def keep_contacts(session: Session, *, school_id: uuid.UUID, now: dt.datetime) -> int:
    """Let telephone and e-mail of a school's guardians and staff be addresses, as they stand now.

    Returns how many changed. Called by whoever changes them: the imports. One that has not changed stays as it is,
    also when it is turned off.
    """
    session.flush()
    wanted = {
        (contact.person_id, kind): address
        for contact in queries.contacts_of(session, school_id)
        for kind, address in zip(FROM_THE_PERSON, (contact.telephone, contact.email), strict=True)
        if address
    }
    held = [each for each in queries.given_addresses(session, school_id) if each.kind in FROM_THE_PERSON]
    return _replace(session, school_id, wanted, held, now)


def forget_mail(session: Session, *, school_id: uuid.UUID, people: Collection[uuid.UUID]) -> None:
    """Forget these people's mail addresses, and that they had ended the letters; `keep_contacts` makes them anew."""
    held = queries.given_addresses(session, school_id)
    keys = [
        (each.person_id, each.installation_id)
        for each in held
        if each.kind is AddressKind.EMAIL and each.person_id in people and each.disabled_at is not None
    ]
    queries.remove_endpoints(session, school_id, keys)


def give_addresses(
    session: Session, *, school_id: uuid.UUID, given: Mapping[tuple[uuid.UUID, AddressKind], str], now: dt.datetime
) -> int:
    """Set messenger ids and groups of ``(person_id, kind)``; returns how many changed.

    One that a provider had turned off is used again: the office says that it is right.
    """
    held = [each for each in queries.given_addresses(session, school_id) if (each.person_id, each.kind) in given]
    off = [each for each in held if each.disabled_at is not None]
    queries.remove_endpoints(session, school_id, [(each.person_id, each.installation_id) for each in off])
    return _replace(session, school_id, given, [each for each in held if each.disabled_at is None], now)


def _replace(
    session: Session,
    school_id: uuid.UUID,
    wanted: Mapping[tuple[uuid.UUID, AddressKind], str],
    held: Iterable[Held],
    now: dt.datetime,
) -> int:
    """Remove what is held and not wanted, add what is wanted and not held."""
    stale = [each for each in held if wanted.get((each.person_id, each.kind)) != each.address]
    kept = {(each.person_id, each.kind) for each in held} - {(each.person_id, each.kind) for each in stale}
    ended = {(each.person_id, each.kind) for each in stale if each.disabled_reason == UNSUBSCRIBED}
    queries.remove_endpoints(session, school_id, [(each.person_id, each.installation_id) for each in stale])
    new = {key: address for key, address in wanted.items() if key not in kept}
    queries.add_endpoints(
        session, [_row(school_id, key, address, now, ended=key in ended) for key, address in new.items()]
    )
    return len(new) + len([each for each in stale if (each.person_id, each.kind) not in new])


def _row(
    school_id: uuid.UUID, key: tuple[uuid.UUID, AddressKind], address: str, now: dt.datetime, *, ended: bool
) -> dict[str, Any]:
    person_id, kind = key
    return {
        "school_id": school_id,
        "person_id": person_id,
        "installation_id": installation_of(kind, address),
        "kind": kind,
        "address": address,
        "keys": {},
        "registered_at": now,
        "disabled_at": now if ended else None,
        "disabled_reason": UNSUBSCRIBED if ended else None,
    }
