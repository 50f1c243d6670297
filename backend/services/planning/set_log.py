"""The class recorder's log: what was really set that day, a third figure beside plan and actual.

The recorder is usually a pupil, who may have no phone but a guardian's, and sees nobody's data here; the board shows
the log to the homeroom teacher.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.errors import FieldProblem, Invalid
from backend.domain.night import child_may_change
from backend.services import access, audit
from backend.services.actor import Actor, ActorKind
from backend.services.planning.plans import tier_document
from backend.services.planning.work_figures import actual_document
from backend.services.school import schools
from backend.storage.models import SetRecord
from backend.storage.queries import assignments as plan_queries
from backend.storage.queries import boards as queries
from backend.storage.queries import classes as places


@dataclass(frozen=True)
class SetItem:
    """One subject's homework as it was set."""

    subject: str
    title: str
    estimated_minutes: int | None


def record_set(
    session: Session, *, actor: Actor, class_id: uuid.UUID, night: dt.date, items: Sequence[SetItem], now: dt.datetime
) -> dict[str, Any]:
    """Make the night's log exactly these items, one a subject. Raises ``NotFound``, ``Invalid``."""
    place = schools.get_school(session, school_id=actor.school, now=now)
    visible = access.records_set(actor, class_id, today=place.today)
    schools.get_class(session, school_id=place.id, class_id=class_id, visible=visible)
    _check(items, places.subject_codes(session, place.id), night, place.today)
    hides = _hides_titles(actor, place)
    kept = {row.subject: row.title for row in queries.set_records(session, place.id, class_id, night)} if hides else {}
    rows = [
        {
            "school_id": place.id,
            "class_id": class_id,
            "night": night,
            "subject": item.subject,
            "title": kept.get(item.subject, "") if hides else item.title,
            "estimated_minutes": item.estimated_minutes,
            "recorded_by": actor.id,
            "recorded_at": now,
        }
        for item in items
    ]
    queries.replace_set_records(session, place.id, class_id, night, rows)
    audit.record(session, actor=actor, action="class.set_recorded", now=now, class_id=class_id, night=night)
    return {"class_id": class_id, "night": night, "items": [row | {"title": ""} for row in rows] if hides else rows}


def get_set(session: Session, *, actor: Actor, class_id: uuid.UUID, night: dt.date, now: dt.datetime) -> dict[str, Any]:
    """Planned, really set, really taken, a row a subject: three figures that stay three. Raises ``NotFound``.

    What it took is the homeroom teacher's to see: to the recorder, who sees nobody's data, it is null. A pupil who
    records, and whose phone it is, is shown no titles where the school hides them from pupils, and writes none.
    """
    place = schools.get_school(session, school_id=actor.school, now=now)
    visible = access.records_set(actor, class_id, today=place.today)
    class_ = schools.get_class(session, school_id=place.id, class_id=class_id, visible=visible)
    assignments = plan_queries.assignments_of_class(session, place.id, class_id, night, night)
    tiers = plan_queries.tiers_of(session, place.id, assignments)
    sees_taken = places.is_true(session, access.homeroom(actor, class_id, night, today=place.today))
    work = queries.work_on(session, place.id, [each.id for each in assignments]) if sees_taken else []
    items = queries.set_records(session, place.id, class_id, night)
    hides = _hides_titles(actor, place)
    return {
        "class_id": class_id,
        "class_name": class_.name,
        "night": night,
        "items": [_without_title(each) for each in items] if hides else items,
        "planned": [
            {
                "assignment_id": each.id,
                "subject": each.subject,
                "title": "" if hides else each.title,
                "kind": each.kind.value,
                "tiers": [tier_document(tier) for tier in tiers[each.id]],
                "actual": actual_document([row for row in work if row[0] == each.id]) if sees_taken else None,
            }
            for each in assignments
        ],
    }


def _hides_titles(actor: Actor, place: schools.SchoolToday) -> bool:
    return actor.kind in (ActorKind.STUDENT, ActorKind.GUARDIAN) and place.school.hide_titles


def _without_title(row: SetRecord) -> SetItem:
    return SetItem(row.subject, "", row.estimated_minutes)


def _check(items: Sequence[SetItem], subjects: Sequence[str], night: dt.date, today: dt.date) -> None:
    problems = [] if child_may_change(night, today) else [FieldProblem("night", "outside_window")]
    seen: set[str] = set()
    for index, item in enumerate(items):
        if item.subject not in subjects:
            problems.append(FieldProblem(f"items.{index}.subject", "unknown_subject"))
        if item.subject in seen:
            problems.append(FieldProblem(f"items.{index}.subject", "used_twice"))
        seen.add(item.subject)
    if problems:
        raise Invalid("this log cannot be kept", fields=problems)
