"""The notice board (作业公示): homework and minutes of every class, open to all, without a teacher or a child."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from backend.domain import homework
from backend.domain.errors import FieldProblem, Invalid, NotFound
from backend.domain.load import CapState, Tier, cap_state
from backend.domain.night import days_after
from backend.domain.policy import ResolvedPolicy
from backend.services import plans, policies, schools
from backend.storage.models import Assignment, AssignmentTier, Class, School, Subject
from backend.storage.queries import assignments as plan_queries
from backend.storage.queries import classes as places
from backend.storage.queries import notice_board as queries

DAYS_BACK, DAYS_AHEAD = 62, 14
YEAR_BEGINS_IN = 8


def get_notice_board(session: Session, *, slug: str, night: dt.date | None, now: dt.datetime) -> dict[str, Any]:
    """One night of a school's board; today unless said. Raises ``NotFound``, ``Invalid`` for a day too far away."""
    school = places.find_school_by_slug(session, slug)
    if school is None:
        raise NotFound("no such school")
    today = schools.local_date(now, school.zone)
    night = night or today
    if not -DAYS_BACK <= (night - today).days <= DAYS_AHEAD:
        raise Invalid("too far", fields=[FieldProblem("date", "too_far")])
    classes = queries.classes_of_year(session, school.id, school_year(night))
    resolved = policies.resolve_many(session, school=school, classes=classes, nights=[night])
    assignments = queries.published_on(session, school.id, night)
    tiers = plan_queries.tiers_of(session, school.id, assignments)
    first, last = days_after(today, -plans.TIER_NIGHTS), days_after(today, -1)
    used = queries.tier_counts_by_class(session, school.id, first, last)
    none = queries.none_on(session, school.id, night)
    names = {subject.code: subject for subject in queries.subjects(session, school.id)}
    return {
        "school": {"slug": school.slug, "name": school.name},
        "date": night,
        "classes": [
            _class(
                school,
                each,
                resolved[each.id, night],
                [a for a in assignments if a.class_id == each.id],
                tiers,
                homework.most_used_tier(used.get(each.id, {})),
                night,
                names,
            )
            | {"none": [_subject(code, names) for code in none.get(each.id, [])]}
            for each in classes
        ],
    }


def school_year(day: dt.date) -> int:
    """The year in which the school year of a date began: it turns in August."""
    return day.year if day.month >= YEAR_BEGINS_IN else day.year - 1


def _class(
    school: School,
    class_: Class,
    policy: ResolvedPolicy,
    assignments: Sequence[Assignment],
    tiers: Mapping[uuid.UUID, Sequence[AssignmentTier]],
    tier: Tier,
    night: dt.date,
    names: Mapping[str, Subject],
) -> dict[str, Any]:
    work = [plans.planned_work(each, tiers.get(each.id, ()), tier) for each in assignments]
    budget = homework.evening_budget(work, policy.cap_minutes, night, policy.cap_scope)
    state = CapState.exceeded if budget.exceeded else cap_state(budget.planned_minutes, budget.cap_minutes)
    return {
        "name": class_.name,
        "stage": class_.stage.value,
        "grade": class_.grade,
        "cap_minutes": budget.cap_minutes,
        "planned_minutes": budget.planned_minutes,
        "cap_state": state.value,
        "homework": [
            _item(school, each, tiers.get(each.id, ()), homework.minutes_on(part, night), names)
            for each, part in zip(assignments, work, strict=True)
        ],
    }


def _item(
    school: School,
    assignment: Assignment,
    tiers: Sequence[AssignmentTier],
    tonight: int,
    names: Mapping[str, Subject],
) -> dict[str, Any]:
    return {
        "subject": _subject(assignment.subject, names),
        "title": None if school.hide_titles else assignment.title,
        "kind": assignment.kind.value,
        "place": assignment.place.value,
        "given_on": assignment.given_on,
        "due_on": assignment.due_on,
        "minutes": tonight,
        "tiers": [
            {name: value for name, value in plans.tier_document(each).items() if name != "tried_minutes"}
            for each in sorted(tiers, key=lambda each: list(Tier).index(each.tier))
        ],
    }


def _subject(code: str, names: Mapping[str, Subject]) -> dict[str, str]:
    subject = names.get(code)
    if subject is None:
        return {"code": code, "name_zh": code, "name_en": code, "glyph": ""}
    return {"code": code, "name_zh": subject.name_zh, "name_en": subject.name_en, "glyph": subject.glyph}
