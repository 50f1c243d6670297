"""What an assignment was before each change, with the author: a change after publication stays visible (rule 8)."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.errors import NotFound
from backend.services import access
from backend.services.actor import Actor
from backend.services.planning import plans
from backend.services.school import schools
from backend.storage.models import Assignment, AssignmentChange, AssignmentState
from backend.storage.queries import assignments as queries
from backend.storage.queries import classes as places

Names = Mapping[uuid.UUID, str]
_STATED = ("title", "kind", "place", "given_on", "due_on", "state", "tiers")


def list_versions(session: Session, *, actor: Actor, assignment_id: uuid.UUID, now: dt.datetime) -> dict[str, Any]:
    """Every version, the newest first, to whoever sees the assignment. Raises ``NotFound``."""
    place = schools.get_school(session, school_id=actor.school, now=now)
    plans_it = access.plans_class(actor, Assignment.class_id, Assignment.subject, today=place.today)
    sees = access.sees_plan(actor, Assignment.class_id, today=place.today)
    visible = plans_it | (sees & (Assignment.state == AssignmentState.PUBLISHED))
    assignment = queries.find_assignment(session, place.id, assignment_id, visible)
    if assignment is None:
        raise NotFound("no such assignment")
    changes = queries.changes_of(session, place.id, assignment_id)
    people = {assignment.created_by, *(each.changed_by for each in changes)}
    names = places.person_names(session, place.id, sorted(people))
    present = plans.assignment_document(assignment, queries.tiers_of(session, place.id, [assignment])[assignment.id])
    return {
        "assignment_id": assignment.id,
        "published_at": assignment.published_at,
        "items": _versions(assignment, present, changes, names),
    }


def _versions(
    assignment: Assignment, present: Mapping[str, Any], changes: list[AssignmentChange], names: Names
) -> list[dict[str, Any]]:
    """Each version was stated by whoever made the change before it; the first by whoever made the assignment."""
    authors = [(assignment.created_by, assignment.created_at)]
    authors += [(each.changed_by, each.changed_at) for each in changes]
    documents = [(each.version, each.document) for each in changes] + [(assignment.version, present)]
    versions = [
        {"version": version, "by": {"person_id": by, "name": names.get(by, "")}, "from_at": at}
        | {name: _stated(name, document) for name in _STATED}
        for (version, document), (by, at) in zip(documents, authors, strict=True)
    ]
    return versions[::-1]


def _stated(name: str, document: Mapping[str, Any]) -> Any:
    value = document[name]
    return dt.date.fromisoformat(value) if name.endswith("_on") and isinstance(value, str) else value
