"""Reading the audit log, by the academic office: ids and codes, no name and no text of anybody's."""

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy.orm import Session

from backend.services.actor import Actor
from backend.services.school import schools
from backend.storage.models import AuditEvent
from backend.storage.queries import audit as queries


def list_events(
    session: Session,
    *,
    actor: Actor,
    school_id: uuid.UUID,
    limit: int,
    before: tuple[dt.datetime, uuid.UUID] | None,
    now: dt.datetime,
    student_id: uuid.UUID | None = None,
    class_id: uuid.UUID | None = None,
    action: str | None = None,
) -> Sequence[AuditEvent]:
    """Up to ``limit`` events older than ``before``, newest first. Raises ``NotFound``."""
    schools.get_own_school(session, actor=actor, school_id=school_id, now=now)
    return queries.page_of_events(
        session,
        school_id,
        limit=limit,
        before=before,
        student_id=student_id,
        class_id=class_id,
        action=action,
    )
