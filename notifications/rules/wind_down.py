"""`wind_down`: 45 minutes before latest lights-out, for guardians; for the student only where a guardian allows."""

from backend.services.reminders.outbox import Recipient
from backend.storage.queries.reminder_reasons import winding_down
from notifications.rule import Rule

RULE = Rule(
    code="wind_down",
    says="45 min before latest lights-out, tonight's sheet was used, no lights-out logged",
    reasons={
        Recipient.STUDENT_WHO_ASKED: winding_down.near_bedtime,
        Recipient.GUARDIAN: winding_down.near_bedtime,
    },
)
