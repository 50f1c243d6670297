"""A family's own child: what `reads` and `student_export` ask first."""

import datetime as dt
import uuid

from sqlalchemy.orm import Session

from backend.domain.errors import NotFound
from backend.services.access import sees_night
from backend.services.actor import Actor
from backend.services.school.schools import SchoolToday, get_school
from backend.storage.queries.classes import is_true


def get_school_of_child(session: Session, *, actor: Actor, student_id: uuid.UUID, now: dt.datetime) -> SchoolToday:
    """The school, when the actor is the student or a guardian whose guardianship stands; raises ``NotFound``."""
    place = get_school(session, school_id=actor.school_id, now=now)
    if not is_true(session, sees_night(actor, student_id, place.today, today=place.today)):
        raise NotFound("no such student")
    return place
