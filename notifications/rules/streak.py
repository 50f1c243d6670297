"""`streak`: once per run of missed nights, next morning, for guardians."""

from backend.services.reminders.outbox import Recipient
from backend.storage.queries.reminder_reasons import missed_nights
from notifications.rule import Rule

RULE = Rule(
    code="streak",
    says="next morning, once per run, cap or sleep missed on 3 of the last 5 school nights",
    reasons={Recipient.GUARDIAN: missed_nights.run_begins},
)
