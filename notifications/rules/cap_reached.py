"""`cap_reached`: above the cap, running or recorded tonight before bedtime; typed afterwards it is the guardian's."""

from backend.services.reminders.outbox import Recipient
from backend.storage.queries.reminder_reasons import cap
from notifications.rule import Rule

RULE = Rule(
    code="cap_reached",
    says="above the cap, running or recorded tonight before bedtime",
    reasons={Recipient.STUDENT: cap.reached_by_timer, Recipient.GUARDIAN: cap.reached},
)
