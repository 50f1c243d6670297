"""What a reminder is: a code, whom it is for and why, each why a query of `backend.storage.queries.reminder_reasons`.

One query serves twice: it fills the outbox at a tick and is asked again before a row is sent. Expiry is its column
``expires_at``. Preferences, quiet hours, pauses and a student's silence are added around it and cannot be forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backend.services.reminders.outbox import Reasons, Recipient


@dataclass(frozen=True)
class Rule:
    """One reminder. `says` is its line of the table in docs/reminders.md."""

    code: str
    says: str
    reasons: Mapping[Recipient, Reasons]

    @property
    def reaches_students(self) -> bool:
        """Whether a student's own device may ever get it."""
        return bool(self.reasons.keys() & {Recipient.STUDENT, Recipient.STUDENT_WHO_ASKED})
