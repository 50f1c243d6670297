"""`start_homework`: at the time that a student or a guardian chose; nobody who has not asked hears it."""

from backend.services.reminders.outbox import Recipient
from backend.storage.queries.reminder_reasons import starting
from notifications.rule import Rule

RULE = Rule(
    code=starting.CODE,
    says="published homework and nothing started, at the chosen time",
    reasons={
        Recipient.STUDENT: starting.not_started,
        Recipient.NAMED: starting.child_has_not_started,
    },
)
