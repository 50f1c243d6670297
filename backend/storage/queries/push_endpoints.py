"""Statements about the installations at which people can be reached."""

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.storage.models import AddressKind, PushEndpoint
from backend.storage.queries.upsert import insert_or_replace


def put_endpoint(
    session: Session,
    *,
    school_id: uuid.UUID,
    person_id: uuid.UUID,
    installation_id: uuid.UUID,
    kind: AddressKind,
    address: str,
    keys: dict[str, Any],
    now: dt.datetime,
) -> None:
    """Register an address of a person's installation, or replace it; one that was disabled works again."""
    row = {
        "school_id": school_id,
        "person_id": person_id,
        "installation_id": installation_id,
        "kind": kind,
        "address": address,
        "keys": keys,
        "registered_at": now,
        "disabled_at": None,
        "disabled_reason": None,
    }
    insert_or_replace(session, PushEndpoint, [row])


def remove_endpoint(session: Session, school_id: uuid.UUID, person_id: uuid.UUID, installation_id: uuid.UUID) -> None:
    """Forget an address; nothing happens when there is none."""
    session.execute(
        sa.delete(PushEndpoint).where(
            PushEndpoint.school_id == school_id,
            PushEndpoint.person_id == person_id,
            PushEndpoint.installation_id == installation_id,
        ),
        execution_options={"synchronize_session": False},
    )


def other_endpoints(session: Session, school_id: uuid.UUID, person_id: uuid.UUID, installation_id: uuid.UUID) -> int:
    """How many other installations a person has registered."""
    statement = sa.select(sa.func.count()).where(
        PushEndpoint.school_id == school_id,
        PushEndpoint.person_id == person_id,
        PushEndpoint.installation_id != installation_id,
    )
    return session.scalar(statement) or 0
