"""Statements about the audit log: read in pages by ``(at, id)``, newest first."""

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.storage.models import AuditEvent


def page_of_events(
    session: Session,
    school_id: uuid.UUID,
    *,
    limit: int,
    before: tuple[dt.datetime, uuid.UUID] | None,
    student_id: uuid.UUID | None,
    class_id: uuid.UUID | None,
    action: str | None,
) -> Sequence[AuditEvent]:
    """`limit` events older than `before`, newest first, narrowed to a child, a class or an action."""
    where = [AuditEvent.school_id == school_id]
    where += [AuditEvent.student_id == student_id] if student_id else []
    where += [AuditEvent.class_id == class_id] if class_id else []
    where += [AuditEvent.action == action] if action else []
    if before is not None:
        at, row_id = before
        older = sa.and_(AuditEvent.at == at, AuditEvent.id < row_id)
        where.append(sa.or_(AuditEvent.at < at, older))
    statement = sa.select(AuditEvent).where(*where).order_by(AuditEvent.at.desc(), AuditEvent.id.desc()).limit(limit)
    return session.scalars(statement).all()
