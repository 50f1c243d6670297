"""Statements about messages that come again: copies in the outbox, told apart by their occasion (`outbox.SNOOZED`)."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from backend.storage.base import new_id
from backend.storage.models import OutboxRow, OutboxState
from backend.storage.queries.outbox import SNOOZED
from backend.storage.queries.upsert import insert_for

_COPIED = ("school_id", "code", "recipient_id", "subject_id", "night", "params", "expires_at")
_SAME = ("school_id", "code", "recipient_id", "subject_id", "night")
_WAITING = (OutboxState.PENDING, OutboxState.LEASED)


def times_of(row: OutboxRow) -> int:
    """How often a message was asked for again; 0 for the first."""
    return row.occasion // SNOOZED


def is_waiting(row: OutboxRow) -> bool:
    """Whether a row is a copy that has not gone out."""
    return times_of(row) > 0 and row.state in _WAITING


def latest_copy(session: Session, row: OutboxRow) -> OutboxRow:
    """The last of a message and its copies."""
    statement = sa.select(OutboxRow).where(*_copies(row)).order_by(OutboxRow.occasion.desc()).limit(1)
    return session.scalars(statement).one()


def put_again(session: Session, latest: OutboxRow, at: dt.datetime) -> None:
    """Make the copy that waits due at an instant, or put a new one."""
    if is_waiting(latest):
        _update(session, latest, {"due_at": at, "created_at": at})
        return
    copy = {name: getattr(latest, name) for name in _COPIED}
    own = {"id": new_id(), "occasion": latest.occasion + SNOOZED, "state": OutboxState.PENDING, "attempts": 0}
    row = copy | own | {"created_at": at, "due_at": at}
    # Two taps at once: the second finds the first's copy.
    session.execute(insert_for(session, OutboxRow).values([row]).on_conflict_do_nothing())


def call_off(session: Session, row: OutboxRow, now: dt.datetime) -> None:
    """Drop the copy of a message that waits, if there is one."""
    latest = latest_copy(session, row)
    if is_waiting(latest):
        _update(session, latest, {"state": OutboxState.DROPPED, "outcome_reason": "called_off", "finished_at": now})


def again_at() -> sa.ScalarSelect[dt.datetime]:
    """When a message of the enclosing statement comes again; null where no copy waits."""
    copy = aliased(OutboxRow)
    return (
        sa.select(sa.func.max(copy.due_at))
        .where(
            *(getattr(copy, name) == getattr(OutboxRow, name) for name in _SAME),
            copy.occasion > OutboxRow.occasion,
            copy.occasion % SNOOZED == OutboxRow.occasion % SNOOZED,
            copy.state.in_(_WAITING),
        )
        .correlate(OutboxRow)
        .scalar_subquery()
    )


def _copies(row: OutboxRow) -> list[sa.ColumnElement[bool]]:
    same = [getattr(OutboxRow, name) == getattr(row, name) for name in _SAME]
    return [*same, OutboxRow.occasion % SNOOZED == row.occasion % SNOOZED]


def _update(session: Session, row: OutboxRow, values: dict[str, object]) -> None:
    """Only while no worker has it."""
    session.execute(
        sa.update(OutboxRow)
        .where(OutboxRow.school_id == row.school_id, OutboxRow.id == row.id, OutboxRow.state == OutboxState.PENDING)
        .values(**values),
        execution_options={"synchronize_session": False},
    )
