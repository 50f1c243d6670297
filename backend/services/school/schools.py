"""A school and its local date: what nearly every use case of teachers and the office asks first."""

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.domain.errors import NotFound
from backend.domain.night import zone_of
from backend.services import access
from backend.services.actor import Actor
from backend.storage.models import Class, School
from backend.storage.queries import classes as queries
from backend.storage.queries.access import Predicate


@dataclass(frozen=True)
class SchoolToday:
    """A school with its local date at the instant of a request."""

    school: School
    today: dt.date

    @property
    def id(self) -> uuid.UUID:
        """The school's id."""
        return self.school.id


def local_date(now: dt.datetime, zone: str) -> dt.date:
    """The date on the school's wall at an instant."""
    return now.astimezone(zone_of(zone)).date()


def get_school(session: Session, *, school_id: uuid.UUID | None, now: dt.datetime) -> SchoolToday:
    """The school and its date; raises ``NotFound``."""
    school = queries.find_school(session, school_id) if school_id else None
    if school is None:
        raise NotFound("no such school")
    return SchoolToday(school, local_date(now, school.zone))


def get_own_school(session: Session, *, actor: Actor, school_id: uuid.UUID, now: dt.datetime) -> SchoolToday:
    """The school if the actor is of its academic office; raises ``NotFound``."""
    place = get_school(session, school_id=school_id, now=now)
    if not queries.is_true(session, access.runs_school(actor, school_id, today=place.today)):
        raise NotFound("no such school")
    return place


def get_class(session: Session, *, school_id: uuid.UUID, class_id: uuid.UUID, visible: Predicate) -> Class:
    """The class if the predicate admits the actor; raises ``NotFound``."""
    found = queries.find_class(session, school_id, class_id, visible)
    if found is None:
        raise NotFound("no such class")
    return found
