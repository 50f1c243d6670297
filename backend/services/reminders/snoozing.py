"""“Remind me again in 15 or 30 minutes”: a copy of one's own message, due later, only while it still means something.

The copy goes the way of every reminder: its reason, wishes and a student's silence are asked again at sending, and it
ends when the first one would have. So snoozing can never carry a reminder past its reason or into a child's night.
"""

import datetime as dt
import uuid

from sqlalchemy.orm import Session

from backend.domain.errors import FieldProblem, Invalid, NotFound
from backend.domain.silence import in_quiet_hours
from backend.services.actor import Actor
from backend.services.reminders.reminder_preferences import CODES
from backend.services.school.schools import get_school
from backend.storage.models import OutboxRow
from backend.storage.queries import inbox, snoozing
from backend.storage.queries import reminder_preferences as wishes

MINUTES = (15, 30)
#: A fourth time it is no reminder any more.
MOST_TIMES = 3
#: Digests are there to be read when one likes; what stands only in the inbox never was a reminder.
SNOOZABLE = frozenset(each.code for each in CODES) - {"weekly_digest", "evening_digest"}


def choices_of(row: OutboxRow, now: dt.datetime) -> list[int]:
    """After how many minutes a message could come again; empty where it could not."""
    if row.code not in SNOOZABLE or snoozing.times_of(row) >= MOST_TIMES:
        return []
    return [each for each in MINUTES if now + dt.timedelta(minutes=each) < row.expires_at]


def snooze(session: Session, *, actor: Actor, message_id: uuid.UUID, minutes: int, now: dt.datetime) -> dt.datetime:
    """Let a message of the actor's come again; returns when. Asked again, the time moves, and there is still one copy.

    Raises ``NotFound`` for another person's, ``Invalid`` where its reason or the student's silence comes first, in
    quiet hours, for what cannot be snoozed, and after three times.
    """
    row = inbox.find_message(session, actor.school, actor.id, message_id)
    if row is None:
        raise NotFound("no such message")
    latest = snoozing.latest_copy(session, row)
    again_at = now + dt.timedelta(minutes=minutes)
    code = _problem(session, actor, latest, minutes, now)
    if code is not None:
        raise Invalid("this cannot come again then", fields=[FieldProblem("minutes", code)])
    inbox.mark_read(session, actor.school, actor.id, message_id, now)
    snoozing.put_again(session, latest, again_at)
    return again_at


def call_off(session: Session, *, actor: Actor, message_id: uuid.UUID, now: dt.datetime) -> None:
    """Let it be: a copy that has not gone out is dropped. Nothing happens where there is none; raises ``NotFound``."""
    row = inbox.find_message(session, actor.school, actor.id, message_id)
    if row is None:
        raise NotFound("no such message")
    snoozing.call_off(session, row, now)


def _problem(session: Session, actor: Actor, latest: OutboxRow, minutes: int, now: dt.datetime) -> str | None:
    if latest.code not in SNOOZABLE:
        return "not_here"
    if not snoozing.is_waiting(latest) and snoozing.times_of(latest) >= MOST_TIMES:
        return "snoozed_enough"
    again_at = now + dt.timedelta(minutes=minutes)
    if again_at >= latest.expires_at:
        return "too_late_to_snooze"
    setting = wishes.setting_of(session, actor.school, actor.id)
    if setting is None or setting.quiet_from is None or setting.quiet_to is None:
        return None
    zone = get_school(session, school_id=actor.school, now=now).school.zone
    return "in_quiet_hours" if in_quiet_hours(again_at, zone, setting.quiet_from, setting.quiet_to) else None
