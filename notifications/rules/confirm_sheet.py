"""`confirm_sheet`: at submission, and once more at 07:30 (occasion 2), while no guardian has confirmed."""

from backend.services.reminders.outbox import Recipient
from backend.storage.queries.reminder_reasons import confirmation
from notifications.rule import Rule

RULE = Rule(
    code="confirm_sheet",
    says="at submission, once more at 07:30 next day, not confirmed",
    reasons={Recipient.GUARDIAN: confirmation.unconfirmed},
)
