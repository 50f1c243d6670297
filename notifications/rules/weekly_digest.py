"""`weekly_digest`: Friday 17:00, to guardians, homeroom teachers and the academic office; one message a person."""

from backend.services.reminders.outbox import Recipient
from backend.storage.queries.reminder_reasons import week
from notifications.rule import Rule

RULE = Rule(
    code="weekly_digest",
    says="Friday 17:00, there is something to say",
    reasons={Recipient.NAMED: week.to_families_and_staff},
)
