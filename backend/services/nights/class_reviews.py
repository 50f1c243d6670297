"""A whole class's sheets marked as read at once: those handed in, unread and without a guardian's line.

A line deserves its own reading, so sheets with one stay unread. Each mark goes the night's one writing path; the audit
log has one row for the class.
"""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.sheet import ChangeResult, SheetState
from backend.services import access, audit
from backend.services.actor import Actor
from backend.services.nights.changes import MarkReview
from backend.services.nights.recording import record_changes
from backend.services.school import schools
from backend.storage.queries import boards as queries

_DONE = frozenset({SheetState.submitted, SheetState.confirmed})


def review_class(
    session: Session, *, actor: Actor, token_hash: bytes, class_id: uuid.UUID, night: dt.date, now: dt.datetime
) -> dict[str, Any]:
    """Mark them read: ``{reviewed, left}``, ``left`` the unread ones with a line. Homeroom teacher, else ``NotFound``.

    Raises ``Contention`` when a sheet was written meanwhile: the edge begins again, and nothing is marked unseen.
    """
    place = schools.get_school(session, school_id=actor.school, now=now)
    visible = access.homeroom(actor, class_id, night, today=place.today)
    schools.get_class(session, school_id=place.id, class_id=class_id, visible=visible)
    rows = queries.students_of_night(session, place.id, class_id, night)
    unread = [row for row in rows if row.state in _DONE and not _is_read(row)]
    reviewed = 0
    for row in unread:
        if not row.guardian_note:
            change = MarkReview(row.version, row.teacher_reply or "", with_class=True)
            made = record_changes(
                session, token_hash=token_hash, student_id=row.id, night=night, changes=[change], now=now
            )
            reviewed += made.outcomes[0].result is ChangeResult.applied
    if reviewed:
        details = {"sheets": reviewed}
        audit.record(
            session, actor=actor, action="class.reviewed", now=now, class_id=class_id, night=night, details=details
        )
    return {"reviewed": reviewed, "left": sum(bool(row.guardian_note) for row in unread)}


def _is_read(row: Any) -> bool:
    return row.reviewed_at is not None and row.reviewed_version == row.version
