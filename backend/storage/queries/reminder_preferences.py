"""Statements about what reminders people want. What they may choose from is `services.reminders`."""

import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.storage.models import ReminderPreference, ReminderSetting
from backend.storage.queries.upsert import insert_or_replace


def preferences_of(session: Session, school_id: uuid.UUID, person_id: uuid.UUID) -> dict[str, ReminderPreference]:
    """What a person has chosen, by code; codes that were left alone are missing."""
    mine = (ReminderPreference.school_id == school_id, ReminderPreference.person_id == person_id)
    statement = sa.select(ReminderPreference).where(*mine).execution_options(populate_existing=True)
    return {row.code: row for row in session.scalars(statement)}


def setting_of(session: Session, school_id: uuid.UUID, person_id: uuid.UUID) -> ReminderSetting | None:
    """A person's quiet hours, pause and lock screen."""
    return session.get(ReminderSetting, (school_id, person_id), populate_existing=True)


def replace_preferences(
    session: Session, school_id: uuid.UUID, person_id: uuid.UUID, codes: list[str], rows: list[dict[str, Any]]
) -> None:
    """Make `rows` all that a person has chosen among `codes`."""
    gone = (
        ReminderPreference.school_id == school_id,
        ReminderPreference.person_id == person_id,
        ReminderPreference.code.in_(codes),
        ReminderPreference.code.not_in([row["code"] for row in rows]),
    )
    session.execute(sa.delete(ReminderPreference).where(*gone), execution_options={"synchronize_session": False})
    insert_or_replace(session, ReminderPreference, rows)


def replace_setting(session: Session, row: dict[str, Any]) -> None:
    """Store a person's settings."""
    insert_or_replace(session, ReminderSetting, [row])
