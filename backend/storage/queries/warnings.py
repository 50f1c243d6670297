"""Statements about closed early warnings."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.storage.base import new_id
from backend.storage.models import WarningAction
from backend.storage.queries.upsert import insert_for


def close(session: Session, row: dict[str, Any]) -> bool:
    """Store what was done; False where somebody had closed it already, which stands."""
    statement = insert_for(session, WarningAction).values(row | {"id": new_id()})
    keys = [WarningAction.school_id, WarningAction.warning_id]
    kept = statement.on_conflict_do_nothing(index_elements=keys).returning(WarningAction.id)
    return session.execute(kept).scalar_one_or_none() is not None


def closings(
    session: Session, school_id: uuid.UUID, warning_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, WarningAction]:
    """What was done about these warnings, by id."""
    statement = sa.select(WarningAction).where(
        WarningAction.school_id == school_id, WarningAction.warning_id.in_(warning_ids)
    )
    return {row.warning_id: row for row in session.scalars(statement)} if warning_ids else {}


def closed_between(
    session: Session, school_id: uuid.UUID, class_ids: Sequence[uuid.UUID], first: dt.date, last: dt.date
) -> list[WarningAction]:
    """Warnings of classes that were closed having last spoken of nights between two dates."""
    statement = sa.select(WarningAction).where(
        WarningAction.school_id == school_id,
        WarningAction.class_id.in_(class_ids),
        WarningAction.last_on >= first,
        WarningAction.last_on <= last,
    )
    return list(session.scalars(statement))
