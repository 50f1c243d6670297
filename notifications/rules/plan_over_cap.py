"""`plan_over_cap`: at publication, for the homeroom teacher and the academic office."""

from backend.services.reminders.outbox import Recipient
from backend.storage.queries.reminder_reasons import publication
from notifications.rule import Rule

RULE = Rule(
    code="plan_over_cap",
    says="at publication, the class's plan exceeds the cap",
    reasons={Recipient.NAMED: publication.over_cap},
)
