"""Where a person can be reached: the push address of each installation. What is sent there is not decided here."""

import datetime as dt
import ipaddress
import uuid
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from backend.domain.errors import FieldProblem, Invalid
from backend.services.actor import Actor
from backend.storage.models import DEVICE_KINDS, AddressKind
from backend.storage.queries import push_endpoints as queries

MOST_DEVICES = 20
WEB_PUSH_KEYS = frozenset({"p256dh", "auth"})


def put_device(
    session: Session,
    *,
    actor: Actor,
    installation_id: uuid.UUID,
    kind: AddressKind,
    address: str,
    keys: dict[str, Any],
    now: dt.datetime,
) -> None:
    """Register this installation's address for the actor, or replace it: the same twice is one.

    Raises ``Invalid`` for a Web Push address that is no public HTTPS address or lacks its keys, for an address
    that only the school gives (mail, telephone, messenger), and for a 21st device.
    """
    problems = _web_push_problems(address, keys) if kind is AddressKind.WEB_PUSH else []
    if kind not in DEVICE_KINDS:
        problems.append(FieldProblem("kind", "not_a_device"))
    if queries.other_devices(session, actor.school, actor.id, installation_id) >= MOST_DEVICES:
        problems.append(FieldProblem("installation_id", "too_many_devices"))
    if problems:
        raise Invalid("this device cannot be registered", fields=problems)
    queries.put_endpoint(
        session,
        school_id=actor.school,
        person_id=actor.id,
        installation_id=installation_id,
        kind=kind,
        address=address,
        keys=keys,
        now=now,
    )


PERMISSION_REVOKED = "permission_revoked"


def remove_device(
    session: Session, *, actor: Actor, installation_id: uuid.UUID, because: str | None, now: dt.datetime
) -> None:
    """Send nothing to this installation any more; nothing happens when it was not registered.

    Where the system took the permission back (`PERMISSION_REVOKED`) the address stays, turned off: it is why the family
    is not reached. A person's own wish leaves nothing behind.
    """
    if because == PERMISSION_REVOKED:
        queries.turn_off_installation(session, actor.school, actor.id, installation_id, reason=because, now=now)
    else:
        queries.remove_endpoint(session, actor.school, actor.id, installation_id)


def _web_push_problems(address: str, keys: dict[str, Any]) -> list[FieldProblem]:
    problems = [] if is_public_address(address) else [FieldProblem("address", "not_a_push_address")]
    if set(keys) != WEB_PUSH_KEYS or not all(isinstance(value, str) and value for value in keys.values()):
        problems.append(FieldProblem("keys", "keys_missing"))
    return problems


def is_public_address(address: str) -> bool:
    """Whether it is an HTTPS address of a named host: we shall call it, so it must not lead into the school."""
    try:
        parts = urlsplit(address)
        host, named = parts.hostname or "", parts.username is None and parts.port in {None, 443}
    except ValueError:
        return False
    return parts.scheme == "https" and named and "." in host.strip(".") and not _is_number(host) and _is_outside(host)


def _is_outside(host: str) -> bool:
    return not host.endswith((".local", ".internal", ".lan", ".localhost", ".home.arpa"))


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.replace(".", "").isdigit()
    return True
