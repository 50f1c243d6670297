"""Statements that put reminders into the outbox and ask again whether they still hold; and the hand-over to workers.

Marking, delivering and recording are in `deliveries`. A row's way: pending → leased → sending → sent, dropped, failed
or unknown. The unique key ``(school, code, recipient, subject, night, occasion)`` is what makes a reminder go out once.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.storage.models import OutboxRow, OutboxState
from backend.storage.queries.moments import local_moment, moments_table, zones_in_use
from backend.storage.queries.portable import new_uuid7, uuid7_prefix
from backend.storage.queries.reminder_reasons.reason import Asking, Reasons
from backend.storage.queries.reminder_recipients import Recipient, told
from backend.storage.queries.upsert import insert_for

Key = tuple[uuid.UUID, uuid.UUID]
"""``(school_id, id)`` of an outbox row."""

#: How far two machines' clocks may differ: a lease is another's only when it is over by this much.
MARGIN = dt.timedelta(seconds=30)

_UNIQUE = ("school_id", "recipient_id", "subject_id", "night", "occasion")


@dataclass(frozen=True)
class Fate:
    """How a row enters the outbox or leaves a stage: its state and, where it is over, why."""

    state: OutboxState
    reason: str | None = None


PENDING = Fate(OutboxState.PENDING)


def asking_now(session: Session, now: dt.datetime) -> Asking | None:
    """What the clocks of all schools show at `now`; None where there is no school."""
    moments = [local_moment(zone, now) for zone in zones_in_use(session)]
    return Asking(now, moments_table(moments)) if moments else None


def insert_due(
    session: Session, asking: Asking, *, code: str, reasons: Mapping[Recipient, Reasons], fate: Fate = PENDING
) -> int:
    """Insert everything due now of one reminder, in one statement; returns how many rows are new."""
    due = sa.union_all(*(_told(asking, code, reasons, each) for each in reasons)).subquery("due")
    row = {
        "id": new_uuid7(sa.literal(uuid7_prefix(asking.now), sa.String)),
        "school_id": due.c.school_id,
        "code": sa.literal(code, sa.String),
        "recipient_id": due.c.recipient_id,
        "subject_id": due.c.subject_id,
        "night": due.c.night,
        "occasion": due.c.occasion,
        "params": due.c.params,
        "state": sa.literal(fate.state, OutboxRow.state.type),
        "outcome_reason": sa.literal(fate.reason, sa.String),
        "finished_at": sa.literal(asking.now if fate.reason else None, OutboxRow.finished_at.type),
        "created_at": sa.literal(asking.now, OutboxRow.created_at.type),
        "due_at": sa.literal(asking.now, OutboxRow.due_at.type),
        "expires_at": due.c.expires_at,
        "attempts": sa.literal(0, sa.Integer),
    }
    known = sa.exists().where(OutboxRow.code == code, *(getattr(OutboxRow, k) == due.c[k] for k in _UNIQUE))
    statement = insert_for(session, OutboxRow).from_select(list(row), sa.select(*row.values()).where(~known))
    statement = statement.on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    inserted = session.connection().execute(statement).rowcount
    # Python's SQLite driver does not count an INSERT that begins with WITH; SQLite itself does.
    return inserted if inserted >= 0 else session.scalars(sa.select(sa.func.changes())).one()


def _told(asking: Asking, code: str, reasons: Mapping[Recipient, Reasons], recipient: Recipient) -> sa.Select[Any]:
    return told(asking, code=code, recipient=recipient, reasons=reasons[recipient])


def still_true(
    session: Session,
    asking: Asking,
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
    if not keys:
        return set()
    queries = [
        _still(told(asking, code=code, recipient=r, reasons=why, heeding=heeding), keys, subjects)
        for r, why in reasons.items()
    ]
    return {(row.school_id, row.id) for row in session.execute(sa.union_all(*queries))}


def _still(
    query: sa.Select[Any], keys: Collection[Key], subjects: Collection[uuid.UUID]
) -> sa.Select[uuid.UUID, uuid.UUID]:
    due = query.subquery("due")
    matches = sa.and_(*(getattr(OutboxRow, k) == due.c[k] for k in _UNIQUE))
    return (
        sa.select(OutboxRow.school_id, OutboxRow.id)
        .join(due, matches)
        .where(among(keys), due.c.subject_id.in_(list(subjects)))
    )


def among(keys: Collection[Key]) -> sa.ColumnElement[bool]:
    """The outbox rows of these keys."""
    return sa.tuple_(OutboxRow.school_id, OutboxRow.id).in_(list(keys))


def claim(session: Session, *, holder: str, now: dt.datetime, until: dt.datetime, limit: int) -> list[Key]:
    """Lease up to `limit` due rows to `holder` until then, the longest due first; rows of others are passed over.

    A row whose lease ended unused is due again.
    """
    over = sa.and_(OutboxRow.state == OutboxState.LEASED, OutboxRow.leased_until < now - MARGIN)
    picked = (
        sa.select(OutboxRow.school_id, OutboxRow.id)
        .where(
            OutboxRow.state.in_([OutboxState.PENDING, OutboxState.LEASED]),
            OutboxRow.due_at <= now,
            sa.or_(OutboxRow.state == OutboxState.PENDING, over),
        )
        .order_by(OutboxRow.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)  # SQLite has one writer at a time and ignores it
        .cte("picked")
    )
    lease = (
        sa.update(OutboxRow)
        .where(OutboxRow.school_id == picked.c.school_id, OutboxRow.id == picked.c.id)
        .values(state=OutboxState.LEASED, lease_holder=holder, leased_until=until)
        .returning(OutboxRow.school_id, OutboxRow.id)
        .execution_options(synchronize_session=False)
    )
    return [(row.school_id, row.id) for row in session.execute(lease)]


def release(session: Session, *, holder: str, keys: Collection[Key]) -> None:
    """Give back rows that were leased and not begun."""
    if keys:
        _update(
            session, keys, holder, OutboxState.LEASED, state=OutboxState.PENDING, lease_holder=None, leased_until=None
        )


def mark_sending(
    session: Session, *, holder: str, keys: Collection[Key], now: dt.datetime, until: dt.datetime
) -> set[Key]:
    """Mark leased rows as being sent and renew their lease; returns those that are still the holder's."""
    if not keys:
        return set()
    marked = (
        sa.update(OutboxRow)
        .where(
            among(keys),
            OutboxRow.state == OutboxState.LEASED,
            OutboxRow.lease_holder == holder,
            OutboxRow.leased_until > now,
        )
        .values(state=OutboxState.SENDING, leased_until=until, attempts=OutboxRow.attempts + 1)
        .returning(OutboxRow.school_id, OutboxRow.id)
        .execution_options(synchronize_session=False)
    )
    return {(row.school_id, row.id) for row in session.execute(marked)}


def finish(
    session: Session, *, holder: str, keys: Collection[Key], begun: OutboxState, fate: Fate, now: dt.datetime
) -> None:
    """End rows that the holder has in state `begun`."""
    if keys:
        _update(session, keys, holder, begun, state=fate.state, outcome_reason=fate.reason, finished_at=now)


def put_back(session: Session, *, holder: str, keys: Collection[Key], due_at: dt.datetime) -> None:
    """Make rows that were being sent due again at an instant."""
    if keys:
        _update(session, keys, holder, OutboxState.SENDING, state=OutboxState.PENDING, due_at=due_at, lease_holder=None)


def _update(session: Session, keys: Collection[Key], holder: str, begun: OutboxState, **values: Any) -> None:
    session.execute(
        sa.update(OutboxRow)
        .where(among(keys), OutboxRow.lease_holder == holder, OutboxRow.state == begun)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def lost(session: Session, *, now: dt.datetime, limit: int) -> Sequence[Key]:
    """Lock and return rows found being sent after their lease: whoever sent them is gone."""
    rows = session.execute(
        sa.select(OutboxRow.school_id, OutboxRow.id)
        .where(OutboxRow.state == OutboxState.SENDING, OutboxRow.leased_until < now - MARGIN)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [(row.school_id, row.id) for row in rows]


def settle_lost(session: Session, *, keys: Collection[Key], state: OutboxState, now: dt.datetime) -> None:
    """Make lost rows due again (pending), or end them as unknown."""
    ended = state is not OutboxState.PENDING
    values: dict[str, Any] = {"outcome_reason": "worker_lost", "finished_at": now} if ended else {"due_at": now}
    if keys:
        session.execute(
            sa.update(OutboxRow)
            .where(among(keys), OutboxRow.state == OutboxState.SENDING)
            .values(state=state, lease_holder=None, **values)
            .execution_options(synchronize_session=False)
        )


def anything_to_do(session: Session, now: dt.datetime) -> bool:
    """Whether a row is due or may have been lost; asked before taking a write lock."""
    waiting = sa.and_(OutboxRow.state.in_([OutboxState.PENDING, OutboxState.LEASED]), OutboxRow.due_at <= now)
    stuck = sa.and_(OutboxRow.state == OutboxState.SENDING, OutboxRow.leased_until < now - MARGIN)
    return bool(session.scalar(sa.select(sa.or_(sa.exists().where(waiting), sa.exists().where(stuck)))))
