"""Planned, really set, really taken: a class's night by subject, three figures that stay three.

What was planned (week plan, publication) and set (the recorder's log) speaks of no child. What was taken comes from the
class's trends, with their suppression and freezing (rule 11) for those who may not see names.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.night import days_after
from backend.domain.stretches import LONGEST
from backend.services import access
from backend.services.actor import Actor
from backend.services.figures import trends
from backend.services.figures.class_figures import stretches_of
from backend.services.figures.trend_parts import TrendBy, monday_of
from backend.services.planning.week_totals import read_week
from backend.services.school import schools
from backend.storage.models import WeekPlanState
from backend.storage.queries import boards as set_queries
from backend.storage.queries import classes as places
from backend.storage.queries import week_plans as queries

Document = dict[str, Any]


def get_three_figures(
    session: Session, *, actor: Actor, class_id: uuid.UUID, night: dt.date, now: dt.datetime
) -> Document:
    """A class's night, a row a subject, to whoever sees the class's trends. Raises ``NotFound``.

    Planned minutes are those that count against the cap. What a weekend took is a night's share of it.
    """
    place = schools.get_school(session, school_id=actor.school, now=now)
    visible = access.sees_class_trends(actor, class_id, today=place.today)
    class_ = schools.get_class(session, school_id=place.id, class_id=class_id, visible=visible)
    monday = monday_of(night)
    filed = queries.filed_plans(session, place.id, monday, class_.stage, class_.grade)
    approved = [each for each in filed if each.state is WeekPlanState.APPROVED]
    week = read_week(session, place=place, classes=[class_], week_plans=approved, week_starts_on=monday)
    ours = week.night_of(class_, night)
    planned = ours.parts.get(WeekPlanState.APPROVED.value, {})
    published = ours.published_by_subject
    items = {each.subject: each for each in set_queries.set_records(session, place.id, class_id, night)}
    until, taken, total = _taken(session, actor, place, class_id, night, now)
    order = places.subject_codes(session, place.id)
    subjects = [code for code in order if code in {*planned, *published, *items, *taken}]
    return {
        "class_id": class_id,
        "class_name": class_.name,
        "night": night,
        "cap_minutes": ours.budget.cap_minutes,
        "taken_nights": until,
        "items": [
            {
                "subject": code,
                "planned_minutes": planned.get(code),
                "published_minutes": published.get(code),
                "is_set": code in items,
                "set_minutes": items[code].estimated_minutes if code in items else None,
                "taken": taken.get(code),
            }
            for code in subjects
        ],
        "total": {
            "planned_minutes": sum(planned.values()) if planned else None,
            "published_minutes": sum(published.values()) if published else None,
            "is_set": bool(items),
            "set_minutes": _sum([each.estimated_minutes for each in items.values()]),
            "taken": total,
        },
    }


def _sum(minutes: list[int | None]) -> int | None:
    """The sum of what was noted; None as long as a subject was noted without minutes, or none was."""
    known = [each for each in minutes if each is not None]
    return sum(known) if known and len(known) == len(minutes) else None


def _taken(
    session: Session,
    actor: Actor,
    place: schools.SchoolToday,
    class_id: uuid.UUID,
    night: dt.date,
    now: dt.datetime,
) -> tuple[Document | None, Mapping[str, Document], Document | None]:
    """The stretch that holds the night, its figures by subject, and the whole's; nothing without a stretch."""
    last = days_after(night, LONGEST)
    spans = stretches_of(session, school=place.school, first=night, last=last)
    span = next((each for each in spans if each.since <= night <= each.until), None)
    if span is None:
        return None, {}, None
    end = span.until

    def rows(by: TrendBy) -> list[Document]:
        found = trends.class_trends(session, actor=actor, class_id=class_id, first=end, last=end, by=by, now=now)
        items: list[Document] = found["items"]
        return items

    by_subject = {row["subject"]: row for row in rows(TrendBy.subject)}
    whole = next(iter(rows(TrendBy.day)), None)
    return {"from": span.since, "to": end, "nights": span.nights}, by_subject, whole
