"""Class recorders (学习委员): the homeroom teacher names one or two pupils, who log what was really set (`set_log`).

A recorder sees nobody's figures: the post opens that log of the own class and nothing else.
"""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.errors import FieldProblem, Invalid, NotFound
from backend.services import access, audit
from backend.services.actor import Actor
from backend.services.school import schools
from backend.storage.models import Class
from backend.storage.queries import classes as places
from backend.storage.queries import recorders as queries
from backend.storage.queries.recorders import RollRow

#: One who does it and one who stands in.
MOST = 2


def list_recorders(session: Session, *, actor: Actor, class_id: uuid.UUID, now: dt.datetime) -> dict[str, Any]:
    """The class in the order of the roll with who records since when. Homeroom teacher alone, else ``NotFound``."""
    place, class_ = _own(session, actor, class_id, now)
    return _document(class_, queries.roll(session, place.id, class_.id, place.today))


def appoint_recorder(
    session: Session, *, actor: Actor, class_id: uuid.UUID, student_id: uuid.UUID, now: dt.datetime
) -> dict[str, Any]:
    """Make a pupil of the class a recorder from today on; who is one already stays one.

    Raises ``NotFound`` for a pupil of another class too; ``Invalid`` when two record already. Two teachers at once wait
    for each other at the class's row.
    """
    place, class_ = _own(session, actor, class_id, now)
    places.lock_class(session, place.id, class_id)
    rows = queries.roll(session, place.id, class_.id, place.today)
    pupil = _pupil(rows, student_id)
    if pupil.since is not None:
        return _document(class_, rows)
    if sum(row.since is not None for row in rows) >= MOST:
        raise Invalid("two record already", fields=[FieldProblem("student_id", "too_many_recorders")])
    queries.appoint(session, place.id, class_.id, student_id, place.today)
    _note(session, actor, "recorder.appointed", class_id, student_id, now)
    return _document(class_, queries.roll(session, place.id, class_.id, place.today))


def end_recorder(
    session: Session, *, actor: Actor, class_id: uuid.UUID, student_id: uuid.UUID, now: dt.datetime
) -> dict[str, Any]:
    """End a pupil's post at once; who has none has none. What was logged stays. Raises ``NotFound``."""
    place, class_ = _own(session, actor, class_id, now)
    _pupil(queries.roll(session, place.id, class_.id, place.today), student_id)
    if queries.end(session, place.id, class_.id, student_id, place.today):
        _note(session, actor, "recorder.ended", class_id, student_id, now)
    return _document(class_, queries.roll(session, place.id, class_.id, place.today))


def _own(session: Session, actor: Actor, class_id: uuid.UUID, now: dt.datetime) -> tuple[schools.SchoolToday, Class]:
    place = schools.get_school(session, school_id=actor.school, now=now)
    visible = access.keeps_class(actor, class_id, today=place.today)
    return place, schools.get_class(session, school_id=place.id, class_id=class_id, visible=visible)


def _pupil(rows: list[RollRow], student_id: uuid.UUID) -> RollRow:
    found = next((row for row in rows if row.id == student_id), None)
    if found is None:
        raise NotFound("no such pupil")
    return found


def _document(class_: Class, rows: list[RollRow]) -> dict[str, Any]:
    items = [{"student_id": row.id, "name": row.name, "recorder_since": row.since} for row in rows]
    return {"class_id": class_.id, "class_name": class_.name, "most": MOST, "items": items}


def _note(
    session: Session, actor: Actor, action: str, class_id: uuid.UUID, student_id: uuid.UUID, now: dt.datetime
) -> None:
    audit.record(session, actor=actor, action=action, now=now, class_id=class_id, student_id=student_id)
