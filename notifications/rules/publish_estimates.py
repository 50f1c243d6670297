"""`publish_estimates`: at 15:30 on school days, for subject teachers who set homework on that timetable weekday."""

from backend.services.reminders.outbox import Recipient
from backend.storage.queries.reminder_reasons import publication
from notifications.rule import Rule

RULE = Rule(
    code="publish_estimates",
    says='15:30 on school days, neither homework nor "none today"',
    reasons={Recipient.NAMED: publication.missing},
)
