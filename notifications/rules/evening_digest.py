"""`evening_digest`: one message in the evening, for guardians who want what can wait together."""

from backend.services.reminders.outbox import Recipient
from backend.storage.queries.reminder_reasons import evening
from notifications.rule import Rule

RULE = Rule(
    code="evening_digest",
    says="guardian who wants it: one message at the chosen hour with all that could wait, if there is something to say",
    reasons={Recipient.NAMED: evening.to_guardians},
)
