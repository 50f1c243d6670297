"""`class_over_cap`: one message a person, listing classes, on the morning of the next school day."""

from backend.services.reminders.outbox import Recipient
from backend.storage.queries.reminder_reasons import class_load
from notifications.rule import Rule

RULE = Rule(
    code="class_over_cap",
    says="07:30 next school day, class average above the cap, n at least 5",
    reasons={Recipient.NAMED: class_load.over_cap},
)
