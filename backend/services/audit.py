"""Writing the audit log: every change that is not an entry's, every staff read of one child (rule 11, privacy).

The row is written in the transaction of what it speaks of. ``details`` carry codes and ids only: never a name, a
telephone or a note's text.
"""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy.orm import Session

from backend.services.actor import Actor, ActorKind
from backend.storage.models import AuditEvent


def record(
    session: Session,
    *,
    actor: Actor,
    action: str,
    now: dt.datetime,
    school_id: uuid.UUID | None = None,
    class_id: uuid.UUID | None = None,
    student_id: uuid.UUID | None = None,
    night: dt.date | None = None,
    reason: str | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Note that ``actor`` did ``action`` (a dotted code such as ``class.board_opened``).

    ``school_id`` is needed only where the actor has none: a district's officer acting on a school.
    """
    session.add(
        AuditEvent(
            school_id=school_id or actor.school,
            at=now,
            actor_id=None if actor.kind is ActorKind.COMMAND else actor.id,
            actor_kind=actor.kind.value,
            action=action,
            class_id=class_id,
            student_id=student_id,
            night=night,
            reason=reason,
            details=details or {},
        )
    )
