"""The button “send me a test message”: puts the code ``test`` into the outbox and says what became of it.

It goes the way of every reminder, so it shows the person what a reminder would do on this phone now: over which channel
it went, or why it stayed here. A child's own device stays silent in its hours for a test as well.
"""

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.domain.errors import TooManyAttempts
from backend.services.actor import Actor
from backend.services.school.schools import get_school
from backend.storage.models import OutboxRow
from backend.storage.queries import trial_messages as queries

#: A test that comes later than this tells nothing about now.
LASTS = dt.timedelta(minutes=10)
PAUSE = dt.timedelta(minutes=1)
MOST_A_DAY = 5
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Attempt:
    """One attempt over one channel, with how it ended: ``accepted``, ``failed``, ``unknown``, ``retry`` …"""

    channel: str
    outcome: str


@dataclass(frozen=True)
class Trial:
    """A test message as it stands: ``state`` and ``reason`` are those of docs/reminders.md."""

    sent_at: dt.datetime
    state: str
    reason: str | None
    attempts: list[Attempt]


def send_trial(session: Session, *, actor: Actor, now: dt.datetime) -> Trial:
    """Send the actor a test message; raises ``TooManyAttempts`` within a minute and after five a day."""
    before = queries.tests_since(session, actor.school, actor.id, now - DAY)
    wait = _wait(before, now)
    today = get_school(session, school_id=actor.school, now=now).today
    put = None if wait else _put(session, actor, today, before, now)
    if put is None:
        raise TooManyAttempts("too many test messages", retry_after_seconds=wait or int(PAUSE.total_seconds()))
    return Trial(now, "pending", None, [])


def find_trial(session: Session, *, actor: Actor, now: dt.datetime) -> Trial | None:
    """The actor's latest test message of the last day, and what became of it."""
    rows = queries.tests_since(session, actor.school, actor.id, now - DAY)
    if not rows:
        return None
    attempts = [Attempt(*each) for each in queries.attempts_of(session, rows[0])]
    return Trial(rows[0].created_at, rows[0].state.value, rows[0].outcome_reason, attempts)


def _put(session: Session, actor: Actor, today: dt.date, before: list[OutboxRow], now: dt.datetime) -> uuid.UUID | None:
    occasion = 1 + max((row.occasion for row in before if row.night == today), default=0)
    return queries.put_test(
        session,
        school_id=actor.school,
        person_id=actor.id,
        night=today,
        occasion=occasion,
        now=now,
        until=now + LASTS,
    )


def _wait(before: list[OutboxRow], now: dt.datetime) -> int:
    """Seconds until the next may be sent; 0 for now."""
    free_at = now
    if before:
        free_at = max(free_at, before[0].created_at + PAUSE)
    if len(before) >= MOST_A_DAY:
        free_at = max(free_at, before[MOST_A_DAY - 1].created_at + DAY)
    left = (free_at - now).total_seconds()
    return int(left) + 1 if left > 0 else 0
