"""Nights that a guardian has excused by pausing a child, for illness or travel: nobody asks which.

An excused night without a submitted sheet is a number beside the class's figures and never a name (rule 4, the official
measure). What is logged on such a night all the same counts like any other. What a pause keeps quiet is decided in
`reminder_recipients`.
"""

import datetime as dt
import uuid
from typing import TypeAlias

from sqlalchemy.orm import Session

from backend.services import audit
from backend.services.actor import Actor
from backend.services.school.schools import get_school
from backend.storage.queries import absences as queries

Pause: TypeAlias = tuple[dt.date, dt.date] | None
"""First and last night, both included."""


def excuse(
    session: Session, *, actor: Actor, student_id: uuid.UUID, before: Pause, after: Pause, now: dt.datetime
) -> None:
    """Make the excused nights those of the pause `after` in place of the pause `before`.

    A pause that ends leaves what is over excused; one that is corrected takes its wrong nights back.
    """
    today = get_school(session, school_id=actor.school, now=now).today
    gone = [night for night in _nights(before) if night >= today or after is not None]
    queries.remove_absences(session, actor.school, student_id, sorted(set(gone) - set(_nights(after))))
    queries.add_absences(session, actor.school, student_id, _nights(after), set_by=actor.id, now=now)
    audit.record(
        session,
        actor=actor,
        action="student.paused" if after else "student.resumed",
        now=now,
        student_id=student_id,
    )


def _nights(pause: Pause) -> list[dt.date]:
    if pause is None:
        return []
    first, last = pause
    return [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
