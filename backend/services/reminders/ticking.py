"""Who ticks: one worker at a time by a lease, and when anybody last did (the heartbeat).

What a tick does is `outbox.put_due`; when it comes round is the worker's schedule.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from backend.storage.queries import worker_leases

TICKER = "ticker"
ADDER = "adding_up"
#: A minute and a half: one missed minute and the margin, then another worker takes over.
TICKER_LEASE = dt.timedelta(seconds=90)
#: After so long without a tick an operator has to be told.
DEAD_AFTER = dt.timedelta(minutes=10)


def may_tick(session: Session, *, holder: str, now: dt.datetime) -> bool:
    """Take or keep the lease; False while another worker has it."""
    return worker_leases.take_lease(session, name=TICKER, holder=holder, now=now, until=now + TICKER_LEASE)


def note_tick(session: Session, *, holder: str, now: dt.datetime) -> None:
    """Leave the heartbeat of a finished tick."""
    worker_leases.note_tick(session, name=TICKER, holder=holder, now=now)


def stop_ticking(session: Session, *, holder: str, now: dt.datetime) -> None:
    """Give the lease up at shutdown, so that another worker need not wait for its end."""
    worker_leases.give_up_lease(session, name=TICKER, holder=holder, now=now)


def may_add_up(session: Session, *, holder: str, now: dt.datetime) -> bool:
    """Take or keep the lease on adding figures up; False while another worker has it."""
    return worker_leases.take_lease(session, name=ADDER, holder=holder, now=now, until=now + TICKER_LEASE)


def stop_adding_up(session: Session, *, holder: str, now: dt.datetime) -> None:
    """Give that lease up."""
    worker_leases.give_up_lease(session, name=ADDER, holder=holder, now=now)


def last_tick(session: Session) -> dt.datetime | None:
    """When any worker last finished a tick; None before the first."""
    return worker_leases.last_tick(session, TICKER)


def is_dead(session: Session, *, now: dt.datetime) -> bool:
    """Whether no worker has ticked for ten minutes, or ever."""
    at = last_tick(session)
    return at is None or is_silent_since(at, now=now)


def is_silent_since(last: dt.datetime, *, now: dt.datetime) -> bool:
    """Whether ten minutes have passed since an instant at which a worker ticked, or might have begun to."""
    return now - last > DEAD_AFTER
