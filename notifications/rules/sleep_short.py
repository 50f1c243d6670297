"""`sleep_short`: next morning, after waking is logged or at 09:00, for guardians."""

from backend.services.reminders.outbox import Recipient
from backend.storage.queries.reminder_reasons import sleep
from notifications.rule import Rule

RULE = Rule(
    code="sleep_short",
    says="next morning after waking is logged or at 09:00, target missed by more than the school's tolerance",
    reasons={Recipient.GUARDIAN: sleep.short},
)
