"""`cap_near`: the child hears that the cap is close while there is still time to stop."""

from backend.services.reminders.outbox import Recipient
from backend.storage.queries.reminder_reasons import cap
from notifications.rule import Rule

RULE = Rule(
    code="cap_near",
    says="80 % of a cap above 0, a written segment is running, `cap_reached` not yet due",
    reasons={Recipient.STUDENT: cap.near},
)
