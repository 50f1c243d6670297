"""A line from the homeroom teacher to a subject teacher: this took 48 minutes against 20.

The figure is the class's and is taken by the server when the line is sent; no student is in it. It waits on the
teacher's desk: nobody is pushed, at night or by day.
"""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy.orm import Session

from backend.domain import homework
from backend.domain.errors import FieldProblem, Invalid, NotFound
from backend.domain.load import Tier
from backend.services import access, audit
from backend.services.actor import Actor
from backend.services.planning.work_figures import reports_by_tier
from backend.services.school import schools
from backend.storage.models import Assignment, Class
from backend.storage.queries import assignments as plan_queries
from backend.storage.queries import boards
from backend.storage.queries import handoffs as queries

#: The newest shown to a teacher; older ones stand on the boards of their nights.
MOST = 100


def hand_on(
    session: Session,
    *,
    actor: Actor,
    class_id: uuid.UUID,
    night: dt.date,
    assignment_id: uuid.UUID,
    line: str,
    now: dt.datetime,
) -> list[dict[str, Any]]:
    """Tell the other teachers of that subject what the class needed; answers what now stands of the night.

    Sent again it replaces the line and the figure, and is unread again. Raises ``NotFound`` to all but the homeroom
    teacher, ``Invalid`` for homework not of this class and night, that nobody has finished, or that only oneself
    teaches.
    """
    place = schools.get_school(session, school_id=actor.school, now=now)
    visible = access.homeroom(actor, class_id, night, today=place.today)
    class_ = schools.get_class(session, school_id=place.id, class_id=class_id, visible=visible)
    assignment = _assignment(session, place.id, class_, night, assignment_id)
    figure = _figure(session, place.id, assignment)
    teachers = queries.teachers_of(session, place.id, class_id, assignment.subject, place.today)
    others = [person for person in teachers if person != actor.id]
    if not others:
        raise Invalid("nobody else teaches it", fields=[FieldProblem("assignment_id", "no_other_teacher")])
    sent = {"class_id": class_id, "night": night, "from_person_id": actor.id, "line": line, "sent_at": now}
    about = {"school_id": place.id, "assignment_id": assignment_id, "read_at": None} | sent | figure
    queries.save(session, [about | {"id": _id(assignment_id, night, to), "to_person_id": to} for to in others])
    details = {"assignment_id": str(assignment_id), "to": [str(person) for person in others]}
    audit.record(
        session, actor=actor, action="class.handed_on", now=now, class_id=class_id, night=night, details=details
    )
    return queries.handoffs_of_class(session, place.id, class_id, night)


def _assignment(
    session: Session, school_id: uuid.UUID, class_: Class, night: dt.date, assignment_id: uuid.UUID
) -> Assignment:
    found = plan_queries.assignments_of_class(session, school_id, class_.id, night, night)
    for each in found:
        if each.id == assignment_id and night in homework.nights(each.given_on, each.due_on):
            return each
    raise Invalid("not homework of that night", fields=[FieldProblem("assignment_id", "unknown_assignment")])


def _figure(session: Session, school_id: uuid.UUID, assignment: Assignment) -> dict[str, Any]:
    """The class's figure for the tier in which most finished it."""
    reports = reports_by_tier(boards.work_on(session, school_id, [assignment.id]))
    tier = max(reports, key=lambda each: reports[each][0].n, default=Tier.standard)
    if tier not in reports or reports[tier][0].median is None:
        raise Invalid("nobody has finished it", fields=[FieldProblem("assignment_id", "nobody_finished")])
    report, estimated = reports[tier]
    return {"tier": tier, "n": report.n, "median_minutes": report.median, "estimated_minutes": estimated}


def _id(assignment_id: uuid.UUID, night: dt.date, to: uuid.UUID) -> uuid.UUID:
    """The same for the same work and recipient, so that sending again replaces."""
    return uuid.uuid5(assignment_id, f"{night} {to}")


def list_handoffs(session: Session, *, actor: Actor) -> list[dict[str, Any]]:
    """What was handed on to the actor, newest first."""
    return queries.handoffs_to(session, actor.school, actor.id, most=MOST)


def read_handoff(session: Session, *, actor: Actor, handoff_id: uuid.UUID, now: dt.datetime) -> None:
    """Mark as read; again is nothing. Raises ``NotFound`` for another person's."""
    if not queries.mark_read(session, actor.school, actor.id, handoff_id, now):
        raise NotFound("no such handoff")
