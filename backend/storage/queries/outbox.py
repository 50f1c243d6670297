"""Statements that put reminders into the outbox and ask again whether they still hold; and the hand-over to workers.

Marking, delivering and recording are in `deliveries`. A row's way: pending → leased → sending → sent, dropped, failed
or unknown. The unique key ``(school, code, recipient, subject, night, occasion)`` is what makes a reminder go out once.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.storage.models import OutboxRow, OutboxState
from backend.storage.queries.given_rows import PARAMETER, given_rows, given_text
from backend.storage.queries.moments import LocalMoment, local_moment, moments_table, zones_in_use
from backend.storage.queries.portable import new_uuid7, uuid7_prefix
from backend.storage.queries.reminder_reasons.reason import Asking, Reasons
from backend.storage.queries.reminder_reasons.windows import can_hold
from backend.storage.queries.reminder_recipients import Recipient, told
from backend.storage.queries.upsert import insert_of

Key = tuple[uuid.UUID, uuid.UUID]
"""``(school_id, id)`` of an outbox row."""

#: How far two machines' clocks may differ: a lease is another's only when it is over by this much.
MARGIN = dt.timedelta(seconds=30)

#: A copy that somebody asked for again has this much more for an occasion, each time: 1, 11, 21.
SNOOZED = 10

_UNIQUE = ("school_id", "recipient_id", "subject_id", "night", "occasion")


@dataclass(frozen=True)
class Fate:
    """How a row enters the outbox or leaves a stage: its state and, where it is over, why."""

    state: OutboxState
    reason: str | None = None


PENDING = Fate(OutboxState.PENDING)


ByRecipient = tuple[tuple[Recipient, Reasons], ...]
"""A reminder's reasons as something that can be looked up by."""


@dataclass(frozen=True)
class Moments:
    """An instant and what the clocks of all schools show then."""

    now: dt.datetime
    local: tuple[LocalMoment, ...]

    def open(self, reasons: Mapping[Recipient, Reasons]) -> ByRecipient:
        """Those reasons of a reminder that can hold anywhere now."""
        return tuple((to, why) for to, why in reasons.items() if can_hold(why, self.local))


def moments_at(session: Session, now: dt.datetime) -> Moments | None:
    """What the clocks of all schools show at `now`; None where there is no school."""
    local = tuple(local_moment(zone, now) for zone in zones_in_use(session))
    return Moments(now, local) if local else None


@dataclass(frozen=True)
class _Built:
    """A statement with what it asks about beside the moments."""

    statement: Any
    asking: Asking

    def parameters(self, moments: Moments) -> dict[str, Any]:
        return self.asking.parameters(moments.now, moments.local)


def insert_due(
    session: Session, moments: Moments, *, code: str, reasons: Mapping[Recipient, Reasons], fate: Fate = PENDING
) -> int:
    """Insert everything due now of one reminder, in one statement; returns how many rows are new.

    Outside the windows of all its reasons there is no statement.
    """
    open_now = moments.open(reasons)
    if not open_now:
        return 0
    dialect = session.get_bind().dialect.name
    built = _insert_statement(dialect, code, open_now, len(moments.local))
    parameters = built.parameters(moments) | {
        "id_prefix": uuid7_prefix(moments.now),
        "new_state": fate.state,
        "new_reason": fate.reason,
        "new_finished_at": moments.now if fate.reason else None,
    }
    inserted = session.connection().execute(built.statement, parameters).rowcount
    # Python's SQLite driver does not count an INSERT that begins with WITH; SQLite itself does.
    return inserted if inserted >= 0 else session.scalars(_CHANGES).one()


_CHANGES = sa.select(sa.func.changes())


@lru_cache(maxsize=256)
def _insert_statement(dialect: str, code: str, reasons: ByRecipient, zones: int) -> _Built:
    asking = Asking(moments_table(zones))
    asked = (told(asking, code=code, recipient=recipient, reasons=why) for recipient, why in reasons)
    due = sa.union_all(*asked).subquery("due")
    row: dict[str, Any] = {
        "id": new_uuid7(sa.bindparam("id_prefix", type_=sa.String)),
        "school_id": due.c.school_id,
        "code": sa.literal(code, sa.String),
        "recipient_id": due.c.recipient_id,
        "subject_id": due.c.subject_id,
        "night": due.c.night,
        "occasion": due.c.occasion,
        "params": due.c.params,
        "state": sa.bindparam("new_state", type_=OutboxRow.state.type),
        "outcome_reason": sa.bindparam("new_reason", type_=sa.String),
        "finished_at": sa.bindparam("new_finished_at", type_=OutboxRow.finished_at.type),
        "created_at": asking.now,
        "due_at": asking.now,
        "expires_at": due.c.expires_at,
        "attempts": sa.literal(0, sa.Integer),
    }
    # What is there already is left to the unique key. Asked for beside it, a planner that believes the outbox to be
    # small reads a school's whole outbox for every row: of a digest to everybody, its square.
    selected: Any = sa.select(*row.values()).where(sa.true())  # without a WHERE SQLite would take "ON" for a join's
    statement = insert_of(dialect, OutboxRow).from_select(list(row), selected)
    statement = statement.on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    return _Built(statement, asking)


def still_true(
    session: Session,
    moments: Moments,
    *,
    code: str,
    reasons: Mapping[Recipient, Reasons],
    keys: Collection[Key],
    subjects: Collection[uuid.UUID],
    heeding: bool = True,
) -> set[Key]:
    """Which of these rows of one reminder the same queries would insert now; wishes and silence only if `heeding`.

    `subjects` are the rows' own: they let the database begin at these children instead of at everybody's night.
    """
    open_now = moments.open(reasons)
    if not keys or not open_now:
        return set()
    built = _still_statement(code, open_now, len(moments.local), heeding)
    parameters = built.parameters(moments) | {"keys": list(keys), "subjects": list(subjects)}
    return {(row.school_id, row.id) for row in session.connection().execute(built.statement, parameters)}


@lru_cache(maxsize=256)
def _still_statement(code: str, reasons: ByRecipient, zones: int, heeding: bool) -> _Built:
    asking = Asking(moments_table(zones))
    asked = (told(asking, code=code, recipient=to, reasons=why, heeding=heeding) for to, why in reasons)
    return _Built(sa.union_all(*(_still(query) for query in asked)), asking)


def _still(query: sa.Select[Any]) -> sa.Select[uuid.UUID, uuid.UUID]:
    due = query.subquery("due")
    same = (getattr(OutboxRow, k) == due.c[k] for k in _UNIQUE if k != "occasion")
    matches = sa.and_(*same, OutboxRow.occasion % SNOOZED == due.c.occasion)
    subjects = sa.bindparam("subjects", expanding=True, type_=sa.Uuid())
    return (
        sa.select(OutboxRow.school_id, OutboxRow.id)
        .join(due, matches)
        .where(among_keys(), due.c.subject_id.in_(subjects))
    )


def among_keys() -> sa.ColumnElement[bool]:
    """The outbox rows of the parameter ``keys``, a list of `Key`."""
    return sa.tuple_(OutboxRow.school_id, OutboxRow.id).in_(sa.bindparam("keys", expanding=True))


def _instant(name: str) -> sa.BindParameter[dt.datetime]:
    return sa.bindparam(name, type_=OutboxRow.due_at.type)


def claim(session: Session, *, holder: str, now: dt.datetime, until: dt.datetime, limit: int) -> list[Key]:
    """Lease up to `limit` due rows to `holder` until then, the longest due first; rows of others are passed over.

    A row whose lease ended unused is due again.
    """
    parameters = {"now": now, "over_by": now - MARGIN, "until": until, "holder": holder, "most": limit}
    rows = session.connection().execute(_claim_statement(), parameters)
    return [(row.school_id, row.id) for row in rows]


@cache
def _claim_statement() -> Any:
    over = sa.and_(OutboxRow.state == OutboxState.LEASED, OutboxRow.leased_until < _instant("over_by"))
    picked = (
        sa.select(OutboxRow.school_id, OutboxRow.id)
        .where(
            OutboxRow.state.in_([OutboxState.PENDING, OutboxState.LEASED]),
            OutboxRow.due_at <= _instant("now"),
            sa.or_(OutboxRow.state == OutboxState.PENDING, over),
        )
        .order_by(OutboxRow.due_at)
        .limit(sa.bindparam("most", type_=sa.Integer))
        .with_for_update(skip_locked=True)  # SQLite has one writer at a time and ignores it
        .cte("picked")
    )
    return (
        sa.update(OutboxRow)
        .where(OutboxRow.school_id == picked.c.school_id, OutboxRow.id == picked.c.id)
        .values(state=OutboxState.LEASED, lease_holder=sa.bindparam("holder"), leased_until=_instant("until"))
        .returning(OutboxRow.school_id, OutboxRow.id)
    )


def release(session: Session, *, holder: str, keys: Collection[Key]) -> None:
    """Give back rows that were leased and not begun."""
    values = {"state": OutboxState.PENDING, "lease_holder": None, "leased_until": None}
    _update(session, keys, holder, OutboxState.LEASED, values)


def mark_sending(
    session: Session, *, holder: str, keys: Collection[Key], now: dt.datetime, until: dt.datetime
) -> set[Key]:
    """Mark leased rows as being sent and renew their lease; returns those that are still the holder's."""
    if not keys:
        return set()
    parameters = {"keys": list(keys), "holder": holder, "now": now, "until": until}
    rows = session.connection().execute(_mark_statement(), parameters)
    return {(row.school_id, row.id) for row in rows}


@cache
def _mark_statement() -> Any:
    return (
        sa.update(OutboxRow)
        .where(
            among_keys(),
            OutboxRow.state == OutboxState.LEASED,
            OutboxRow.lease_holder == sa.bindparam("holder"),
            OutboxRow.leased_until > _instant("now"),
        )
        .values(state=OutboxState.SENDING, leased_until=_instant("until"), attempts=OutboxRow.attempts + 1)
        .returning(OutboxRow.school_id, OutboxRow.id)
    )


def finish(
    session: Session, *, holder: str, keys: Collection[Key], begun: OutboxState, fate: Fate, now: dt.datetime
) -> None:
    """End rows that the holder has in state `begun`."""
    values = {"state": fate.state, "outcome_reason": fate.reason, "finished_at": now}
    _update(session, keys, holder, begun, values)


def put_back(session: Session, *, holder: str, due_at: Mapping[Key, dt.datetime]) -> None:
    """Make rows that were being sent due again, each at its own instant, in one statement."""
    if due_at:
        connection = session.connection()
        dialect = connection.dialect.name
        rows = [{"school_id": school_id, "id": row_id, "due_at": at} for (school_id, row_id), at in due_at.items()]
        parameters = {PARAMETER: given_text(dialect, rows), "holder": holder}
        connection.execute(_put_back_statement(dialect), parameters)


@cache
def _put_back_statement(dialect: str) -> Any:
    again = given_rows(dialect, school_id=sa.Uuid(), id=sa.Uuid(), due_at=OutboxRow.due_at.type).c
    return (
        sa.update(OutboxRow)
        .where(
            OutboxRow.school_id == again.school_id,
            OutboxRow.id == again.id,
            OutboxRow.lease_holder == sa.bindparam("holder"),
            OutboxRow.state == OutboxState.SENDING,
        )
        .values(state=OutboxState.PENDING, due_at=again.due_at, lease_holder=None)
    )


def _update(
    session: Session, keys: Collection[Key], holder: str, begun: OutboxState, values: Mapping[str, Any]
) -> None:
    if keys:
        parameters = {f"new_{name}": value for name, value in values.items()}
        parameters |= {"keys": list(keys), "holder": holder, "begun": begun}
        session.connection().execute(_update_statement(tuple(values)), parameters)


@cache
def _update_statement(names: tuple[str, ...]) -> Any:
    held = (OutboxRow.lease_holder == sa.bindparam("holder"), OutboxRow.state == sa.bindparam("begun"))
    return sa.update(OutboxRow).where(among_keys(), *held).values({name: sa.bindparam(f"new_{name}") for name in names})


def lost(session: Session, *, now: dt.datetime, limit: int) -> Sequence[Key]:
    """Lock and return rows found being sent after their lease: whoever sent them is gone."""
    rows = session.connection().execute(_lost_statement(), {"over_by": now - MARGIN, "most": limit})
    return [(row.school_id, row.id) for row in rows]


@cache
def _lost_statement() -> Any:
    return (
        sa.select(OutboxRow.school_id, OutboxRow.id)
        .where(_stuck())
        .limit(sa.bindparam("most", type_=sa.Integer))
        .with_for_update(skip_locked=True)
    )


def _stuck() -> sa.ColumnElement[bool]:
    return sa.and_(OutboxRow.state == OutboxState.SENDING, OutboxRow.leased_until < _instant("over_by"))


def settle_lost(session: Session, *, keys: Collection[Key], state: OutboxState, now: dt.datetime) -> None:
    """Make lost rows due again (pending), or end them as unknown."""
    ended = state is not OutboxState.PENDING
    values: dict[str, Any] = {"outcome_reason": "worker_lost", "finished_at": now} if ended else {"due_at": now}
    if keys:
        session.execute(
            sa.update(OutboxRow)
            .where(among_keys(), OutboxRow.state == OutboxState.SENDING)
            .values(state=state, lease_holder=None, **values)
            .execution_options(synchronize_session=False),
            {"keys": list(keys)},
        )


def anything_to_do(session: Session, now: dt.datetime) -> bool:
    """Whether a row is due or may have been lost; asked before taking a write lock."""
    found = session.connection().execute(_to_do_statement(), {"now": now, "over_by": now - MARGIN})
    return bool(found.scalar_one())


@cache
def _to_do_statement() -> Any:
    waiting = sa.and_(
        OutboxRow.state.in_([OutboxState.PENDING, OutboxState.LEASED]), OutboxRow.due_at <= _instant("now")
    )
    return sa.select(sa.or_(sa.exists().where(waiting), sa.exists().where(_stuck())))
