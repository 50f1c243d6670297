"""`bedtime_passed`: ten minutes after latest lights-out, for guardians only; without a sheet only if they asked."""

from backend.services.reminders.outbox import Recipient
from backend.storage.queries.reminder_reasons import bedtime
from notifications.rule import Rule

RULE = Rule(
    code=bedtime.CODE,
    says="10 min after latest lights-out, tonight's sheet was used or the guardian asked, no lights-out logged",
    reasons={
        Recipient.GUARDIAN: bedtime.passed,
        Recipient.GUARDIAN_WHO_ASKED: bedtime.passed_without_sheet,
    },
)
