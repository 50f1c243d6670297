"""Statements about delivering: what a worker must know of the rows it holds, one record per attempt, endpoints.

The outbox row's own states are in `outbox`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from backend.domain.people import PersonKind
from backend.storage.models import (
    AddressKind,
    Delivery,
    NightSheet,
    OutboxRow,
    OutboxState,
    Person,
    PushEndpoint,
    ReminderSetting,
    School,
    SchoolDay,
    Sleep,
)
from backend.storage.queries.given_rows import PARAMETER, given_rows, given_text
from backend.storage.queries.outbox import Key, among_keys
from backend.storage.queries.upsert import insert_of

SENDING, ACCEPTED, UNKNOWN, FAILED, RETRY, LOST, ELSEWHERE = (
    "sending",
    "accepted",
    "unknown",
    "failed",
    "retry",
    "lost",
    "elsewhere",
)
"""Outcomes of a delivery. ``lost``: it may have arrived (its worker died, or no answer came), and the channel replaces
a first copy; ``elsewhere``: another person's copy of the same reminder went to this installation."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One leased row with what routing and wording need. ``subject_name`` is None for anything but a student."""

    school_id: uuid.UUID
    id: uuid.UUID
    code: str
    recipient_id: uuid.UUID
    recipient_kind: PersonKind
    locale: str
    shows_names: bool
    subject_id: uuid.UUID
    subject_name: str | None
    night: dt.date
    occasion: int
    params: dict[str, Any]
    expires_at: dt.datetime
    attempts: int
    zone: str
    channels: tuple[str, ...]

    @property
    def key(self) -> Key:
        """The outbox row's key."""
        return self.school_id, self.id


def outgoing(session: Session, *, holder: str, keys: Collection[Key]) -> list[Outgoing]:
    """The rows of `keys` that are leased to `holder`, longest due first."""
    rows = session.connection().execute(_outgoing_statement(), {"keys": list(keys), "holder": holder})
    return [Outgoing(**{**row._mapping, "channels": tuple(row.channels), "params": row.params or {}}) for row in rows]


@cache
def _outgoing_statement() -> Any:
    subject = aliased(Person)
    return (
        sa.select(
            OutboxRow.school_id,
            OutboxRow.id,
            OutboxRow.code,
            OutboxRow.recipient_id,
            Person.kind.label("recipient_kind"),
            Person.locale,
            sa.func.coalesce(ReminderSetting.shows_names, sa.false()).label("shows_names"),
            OutboxRow.subject_id,
            subject.name.label("subject_name"),
            OutboxRow.night,
            OutboxRow.occasion,
            OutboxRow.params,
            OutboxRow.expires_at,
            OutboxRow.attempts,
            School.zone,
            School.channels,
        )
        .join(Person, _same(Person, OutboxRow.recipient_id, "id"))
        .join(School, School.id == OutboxRow.school_id)
        .outerjoin(ReminderSetting, _same(ReminderSetting, OutboxRow.recipient_id, "person_id"))
        .outerjoin(subject, sa.and_(_same(subject, OutboxRow.subject_id, "id"), subject.kind == PersonKind.student))
        .where(among_keys(), OutboxRow.state == OutboxState.LEASED, OutboxRow.lease_holder == sa.bindparam("holder"))
        .order_by(OutboxRow.due_at, OutboxRow.id)
    )


def _same(table: Any, value: Any, column: str) -> sa.ColumnElement[bool]:
    return sa.and_(table.school_id == OutboxRow.school_id, getattr(table, column) == value)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an installation of a person can be reached."""

    school_id: uuid.UUID
    person_id: uuid.UUID
    installation_id: uuid.UUID
    kind: AddressKind
    address: str
    keys: dict[str, Any]


def endpoints_of(session: Session, people: Collection[Key]) -> list[Endpoint]:
    """The endpoints in use of ``(school_id, person_id)``, in a steady order."""
    if not people:
        return []
    rows = session.connection().execute(_endpoints_statement(), {"people": list(people)})
    return [Endpoint(**row._mapping) for row in rows]


@cache
def _endpoints_statement() -> Any:
    people: Any = sa.bindparam("people", expanding=True)
    return (
        sa.select(
            PushEndpoint.school_id,
            PushEndpoint.person_id,
            PushEndpoint.installation_id,
            PushEndpoint.kind,
            PushEndpoint.address,
            PushEndpoint.keys,
        )
        .where(
            sa.tuple_(PushEndpoint.school_id, PushEndpoint.person_id).in_(people),
            PushEndpoint.disabled_at.is_(None),
        )
        .order_by(PushEndpoint.registered_at, PushEndpoint.installation_id)
    )


@dataclass(frozen=True, slots=True)
class Attempt:
    """An earlier delivery of a row."""

    school_id: uuid.UUID
    outbox_id: uuid.UUID
    channel: str
    installation_id: uuid.UUID | None
    outcome: str


def attempts_of(session: Session, keys: Collection[Key]) -> list[Attempt]:
    """Every delivery so far of these rows."""
    if not keys:
        return []
    rows = session.connection().execute(_attempts_statement(), {"keys": list(keys)})
    return [Attempt(**row._mapping) for row in rows]


@cache
def _attempts_statement() -> Any:
    columns = (Delivery.school_id, Delivery.outbox_id, Delivery.channel, Delivery.installation_id, Delivery.outcome)
    return sa.select(*columns).where(_of_keys())


def _of_keys() -> sa.ColumnElement[bool]:
    """The deliveries of the outbox rows of the parameter ``keys``."""
    return sa.tuple_(Delivery.school_id, Delivery.outbox_id).in_(sa.bindparam("keys", expanding=True))


def begin_deliveries(session: Session, rows: Sequence[dict[str, Any]]) -> set[uuid.UUID]:
    """Record attempts as ``sending`` before they are made; returns the ids of those that may be made.

    The others would be a second copy on one installation: the database refuses them.
    """
    if not rows:
        return set()
    connection = session.connection()
    return set(connection.execute(_begin_statement(connection.dialect.name), list(rows)).scalars())


@cache
def _begin_statement(dialect: str) -> Any:
    return insert_of(dialect, Delivery).on_conflict_do_nothing().returning(Delivery.id)


def add_deliveries(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Record what was decided without an attempt."""
    if rows:
        session.connection().execute(sa.insert(Delivery), list(rows))


def end_deliveries(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Write the outcomes: rows of ``school_id, id, outcome, provider_id, error_code``, in one statement.

    An attempt that another worker has settled meanwhile stays as it is: its row may have gone out again by now.
    """
    if rows:
        connection = session.connection()
        dialect = connection.dialect.name
        connection.execute(_end_statement(dialect), {PARAMETER: given_text(dialect, rows)})


@cache
def _end_statement(dialect: str) -> Any:
    texts = dict.fromkeys(("outcome", "provider_id", "error_code"), sa.String())
    ended = given_rows(dialect, school_id=sa.Uuid(), id=sa.Uuid(), **texts).c
    return (
        sa.update(Delivery)
        .where(Delivery.school_id == ended.school_id, Delivery.id == ended.id, Delivery.outcome == SENDING)
        .values({name: ended[name] for name in texts})
    )


def settle_lost_deliveries(session: Session, *, keys: Collection[Key], replacing: Collection[str]) -> set[Key]:
    """Of attempts that nobody ended: ``lost`` where the channel replaces the first copy, else ``unknown``.

    Returns the rows that have an unknown attempt now.
    """
    if not keys:
        return set()
    rows = session.execute(
        sa.update(Delivery)
        .where(_of_keys(), Delivery.outcome == SENDING)
        .values(outcome=sa.case((Delivery.channel.in_(list(replacing)), LOST), else_=UNKNOWN), error_code="worker_lost")
        .returning(Delivery.school_id, Delivery.outbox_id, Delivery.outcome)
        .execution_options(synchronize_session=False),
        {"keys": list(keys)},
    )
    return {(row.school_id, row.outbox_id) for row in rows if row.outcome == UNKNOWN}


def disable_endpoints(session: Session, gone: Sequence[dict[str, Any]], *, now: dt.datetime) -> None:
    """Stop using addresses that a provider says are gone (``school_id, address, reason``), whoever registered them.

    By address, not by installation: a phone may have registered a fresh one meanwhile.
    """
    if gone:
        connection = session.connection()
        dialect = connection.dialect.name
        connection.execute(_disable_statement(dialect), {PARAMETER: given_text(dialect, gone), "now": now})


@cache
def _disable_statement(dialect: str) -> Any:
    gone = given_rows(dialect, school_id=sa.Uuid(), address=sa.Text(), reason=sa.String()).c
    return (
        sa.update(PushEndpoint)
        .where(
            PushEndpoint.school_id == gone.school_id,
            PushEndpoint.address == gone.address,
            PushEndpoint.disabled_at.is_(None),
        )
        .values(disabled_at=sa.bindparam("now", type_=PushEndpoint.disabled_at.type), disabled_reason=gone.reason)
    )


@dataclass(frozen=True, slots=True)
class NightFact:
    """What decides a student's silence of one night, as far as a sheet says."""

    school_id: uuid.UUID
    student_id: uuid.UUID
    night: dt.date
    latest_lights_out: dt.time | None
    woke_at: dt.datetime | None


def night_facts(session: Session, students: Collection[Key], first: dt.date, last: dt.date) -> list[NightFact]:
    """Latest lights-out and waking of students' nights from `first` to `last`; nights without a sheet are absent."""
    parameters = {"students": list(students), "first": first, "last": last}
    rows = session.connection().execute(_night_facts_statement(), parameters)
    return [NightFact(**row._mapping) for row in rows]


@cache
def _night_facts_statement() -> Any:
    students: Any = sa.bindparam("students", expanding=True)
    woke = sa.and_(
        Sleep.school_id == NightSheet.school_id,
        Sleep.student_id == NightSheet.student_id,
        Sleep.night == NightSheet.night,
    )
    return (
        sa.select(
            NightSheet.school_id, NightSheet.student_id, NightSheet.night, NightSheet.latest_lights_out, Sleep.woke_at
        )
        .outerjoin(Sleep, woke)
        .where(
            sa.tuple_(NightSheet.school_id, NightSheet.student_id).in_(students),
            NightSheet.night.between(sa.bindparam("first"), sa.bindparam("last")),
        )
    )


def school_days_of(
    session: Session, schools: Collection[uuid.UUID], first: dt.date, last: dt.date
) -> set[tuple[uuid.UUID, dt.date]]:
    """The school days of some schools from `first` to `last`."""
    parameters = {"schools": list(schools), "first": first, "last": last}
    rows = session.connection().execute(_school_days_statement(), parameters)
    return {(row.school_id, row.day) for row in rows}


@cache
def _school_days_statement() -> Any:
    return sa.select(SchoolDay.school_id, SchoolDay.day).where(
        SchoolDay.school_id.in_(sa.bindparam("schools", expanding=True)),
        SchoolDay.day.between(sa.bindparam("first"), sa.bindparam("last")),
        SchoolDay.is_school_day.is_(True),
    )
