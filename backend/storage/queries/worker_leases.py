"""Statements about leases that workers hold: who may tick. The row is the heartbeat as well."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.storage.models import WorkerLease
from backend.storage.queries.outbox import MARGIN
from backend.storage.queries.upsert import insert_for


def take_lease(session: Session, *, name: str, holder: str, now: dt.datetime, until: dt.datetime) -> bool:
    """Take or renew the lease `name`; False while another's lease is not over (by more than the margin)."""
    statement = insert_for(session, WorkerLease).values(name=name, holder=holder, until=until)
    taken = statement.on_conflict_do_update(
        index_elements=["name"],
        set_={"holder": holder, "until": until},
        where=sa.or_(WorkerLease.holder == holder, WorkerLease.until < now - MARGIN),
    ).returning(WorkerLease.holder)
    return session.connection().execute(taken).scalar_one_or_none() == holder


def note_tick(session: Session, *, name: str, holder: str, now: dt.datetime) -> None:
    """Record when the holder last finished a tick."""
    session.execute(
        sa.update(WorkerLease).where(WorkerLease.name == name, WorkerLease.holder == holder).values(ticked_at=now)
    )


def give_up_lease(session: Session, *, name: str, holder: str, now: dt.datetime) -> None:
    """Let another worker take over at once: the lease is over, and by the margin."""
    session.execute(
        sa.update(WorkerLease)
        .where(WorkerLease.name == name, WorkerLease.holder == holder)
        .values(until=now - 2 * MARGIN)
    )


def last_tick(session: Session, name: str) -> dt.datetime | None:
    """When anybody last finished a tick; None before the first."""
    return session.scalar(sa.select(WorkerLease.ticked_at).where(WorkerLease.name == name))
