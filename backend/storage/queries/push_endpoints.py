"""Statements about where people can be reached: installations of the client, and addresses that the school gave."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.people import PersonKind
from backend.storage.models import DEVICE_KINDS, AddressKind, AuthSession, Person, PushEndpoint, StaffPassword, Student
from backend.storage.queries.upsert import insert_or_replace

AT_ONCE = 500


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


def remove_left_endpoints(
    session: Session, school_id: uuid.UUID, person_id: uuid.UUID, installations: Sequence[uuid.UUID], now: dt.datetime
) -> None:
    """Forget a person's addresses on installations where no session stands: one who signed in again keeps theirs."""
    stands = sa.exists().where(
        AuthSession.school_id == PushEndpoint.school_id,
        AuthSession.person_id == PushEndpoint.person_id,
        AuthSession.installation_id == PushEndpoint.installation_id,
        AuthSession.revoked_at.is_(None),
        AuthSession.expires_at > now,
    )
    session.execute(
        sa.delete(PushEndpoint).where(
            PushEndpoint.school_id == school_id,
            PushEndpoint.person_id == person_id,
            PushEndpoint.installation_id.in_(installations),
            ~stands,
        ),
        execution_options={"synchronize_session": False},
    )


def other_devices(session: Session, school_id: uuid.UUID, person_id: uuid.UUID, installation_id: uuid.UUID) -> int:
    """How many other installations of the client a person has registered."""
    statement = sa.select(sa.func.count()).where(
        PushEndpoint.school_id == school_id,
        PushEndpoint.person_id == person_id,
        PushEndpoint.installation_id != installation_id,
        PushEndpoint.kind.in_(DEVICE_KINDS),
    )
    return session.scalar(statement) or 0


def turn_off_installation(
    session: Session,
    school_id: uuid.UUID,
    person_id: uuid.UUID,
    installation_id: uuid.UUID,
    *,
    reason: str,
    now: dt.datetime,
) -> None:
    """Use an installation's address no more and forget it: only that there was one, and why it is off, is kept."""
    session.execute(
        sa.update(PushEndpoint)
        .where(
            PushEndpoint.school_id == school_id,
            PushEndpoint.person_id == person_id,
            PushEndpoint.installation_id == installation_id,
        )
        .values(address="", keys={}, disabled_at=now, disabled_reason=reason)
        .execution_options(synchronize_session=False)
    )


def turn_off(
    session: Session, school_id: uuid.UUID, person_id: uuid.UUID, kind: AddressKind, *, reason: str, now: dt.datetime
) -> None:
    """Use a person's addresses of one kind no more; the reason replaces a provider's."""
    session.execute(
        sa.update(PushEndpoint)
        .where(
            PushEndpoint.school_id == school_id,
            PushEndpoint.person_id == person_id,
            PushEndpoint.kind == kind,
            sa.or_(PushEndpoint.disabled_reason.is_(None), PushEndpoint.disabled_reason != reason),
        )
        .values(disabled_at=now, disabled_reason=reason)
        .execution_options(synchronize_session=False)
    )


@dataclass(frozen=True, slots=True)
class Contact:
    """An adult of a school with what the school has to reach them by."""

    person_id: uuid.UUID
    telephone: str | None
    email: str | None


def contacts_of(session: Session, school_id: uuid.UUID) -> list[Contact]:
    """Guardians and staff who have not left. A student is reached by the client alone."""
    statement = sa.select(Person.id, Person.telephone, Person.email).where(
        Person.school_id == school_id,
        Person.kind.in_((PersonKind.guardian, PersonKind.staff)),
        Person.left_at.is_(None),
    )
    return [Contact(*row) for row in session.execute(statement)]


@dataclass(frozen=True, slots=True)
class Held:
    """An address that the school has given."""

    person_id: uuid.UUID
    installation_id: uuid.UUID
    kind: AddressKind
    address: str
    disabled_at: dt.datetime | None
    disabled_reason: str | None


def given_addresses(session: Session, school_id: uuid.UUID) -> list[Held]:
    """Every address of a school that no installation of the client registered."""
    columns = (
        PushEndpoint.person_id,
        PushEndpoint.installation_id,
        PushEndpoint.kind,
        PushEndpoint.address,
        PushEndpoint.disabled_at,
        PushEndpoint.disabled_reason,
    )
    statement = sa.select(*columns).where(PushEndpoint.school_id == school_id, PushEndpoint.kind.not_in(DEVICE_KINDS))
    return [Held(*row) for row in session.execute(statement)]


def add_endpoints(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Insert addresses; rows of every column."""
    if rows:
        session.execute(sa.insert(PushEndpoint), list(rows))


def remove_endpoints(session: Session, school_id: uuid.UUID, keys: Sequence[tuple[uuid.UUID, uuid.UUID]]) -> None:
    """Forget addresses by ``(person_id, installation_id)``."""
    for start in range(0, len(keys), AT_ONCE):
        session.execute(
            sa.delete(PushEndpoint).where(
                PushEndpoint.school_id == school_id,
                sa.tuple_(PushEndpoint.person_id, PushEndpoint.installation_id).in_(keys[start : start + AT_ONCE]),
            ),
            execution_options={"synchronize_session": False},
        )


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody of a school by what a list may say of them."""

    person_id: uuid.UUID
    kind: PersonKind
    name_key: str
    telephone: str | None
    login: str | None
    school_number: str | None


def known_people(session: Session, school_id: uuid.UUID) -> list[Known]:
    """Everybody who has not left, with telephone, login and school number as far as there are any."""
    statement = (
        sa.select(Person.id, Person.kind, Person.name_key, Person.telephone, StaffPassword.login, Student.school_number)
        .outerjoin(
            StaffPassword, sa.and_(StaffPassword.school_id == Person.school_id, StaffPassword.person_id == Person.id)
        )
        .outerjoin(Student, sa.and_(Student.school_id == Person.school_id, Student.id == Person.id))
        .where(Person.school_id == school_id, Person.left_at.is_(None))
    )
    return [Known(*row) for row in session.execute(statement)]


def set_email(session: Session, school_id: uuid.UUID, person_id: uuid.UUID, email: str) -> None:
    """Write a person's e-mail address."""
    session.execute(
        sa.update(Person)
        .where(Person.school_id == school_id, Person.id == person_id)
        .values(email=email)
        .execution_options(synchronize_session=False)
    )


def count_given(session: Session, school_id: uuid.UUID) -> dict[AddressKind, int]:
    """How many addresses of each kind are in use at a school."""
    statement = (
        sa.select(PushEndpoint.kind, sa.func.count().label("used"))
        .where(PushEndpoint.school_id == school_id, PushEndpoint.disabled_at.is_(None))
        .group_by(PushEndpoint.kind)
    )
    return {row.kind: row.used for row in session.execute(statement)}
