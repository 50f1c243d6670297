"""What became of every reminder in a database: for the played evening's last table and its invariants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from backend.storage.queries import demonstration as queries


@dataclass(frozen=True, slots=True)
class Told:
    """One reminder: to whom, about whom, of which night, put in when, and how it ended with why."""

    code: str
    recipient_id: UUID
    recipient_kind: str
    subject_id: UUID
    night: date
    occasion: int
    state: str
    reason: str | None
    created_at: datetime
    finished_at: datetime | None


def reminders(engine: sa.Engine) -> list[Told]:
    """Every reminder of the database, in the order in which they were put in."""
    with engine.connect() as connection:
        return [Told(**row) for row in queries.every_reminder(connection)]
