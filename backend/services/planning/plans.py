"""A class's plan (rule 8): what is published for each night, what the cap leaves, and for which tier that is reckoned.

Publishing and changing homework is `assignments`; the arithmetic is `backend.domain.homework`.
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backend.domain import homework
from backend.domain.errors import FieldProblem, Invalid
from backend.domain.estimates import Estimate
from backend.domain.homework import Budget, PlannedWork
from backend.domain.load import Tier
from backend.domain.night import days_after
from backend.domain.policy import ResolvedPolicy
from backend.services import access
from backend.services.actor import Actor
from backend.services.school import policies, schools
from backend.storage.models import Assignment, AssignmentState, AssignmentTier, Class
from backend.storage.queries import assignments as queries
from backend.storage.queries import classes as places

TIER_NIGHTS = 20
MOST_NIGHTS_SHOWN = 62


@dataclass(frozen=True)
class Plan:
    """A class's budgets over some nights, and what they were reckoned from."""

    tier: Tier
    budgets: list[Budget]
    policies: Mapping[dt.date, ResolvedPolicy]


def usual_tier(session: Session, *, school_id: uuid.UUID, class_id: uuid.UUID, today: dt.date) -> Tier:
    """The tier most used in the last 20 nights, else standard."""
    first, last = days_after(today, -TIER_NIGHTS), days_after(today, -1)
    return homework.most_used_tier(queries.tier_counts(session, school_id, class_id, first, last))


def planned_work(assignment: Assignment, tiers: Sequence[AssignmentTier], tier: Tier) -> PlannedWork:
    """An assignment as a budget sees it, reckoned for one tier."""
    estimates = {
        each.tier: Estimate(each.tier, each.estimated_minutes, each.estimated_max_minutes, each.tried_minutes)
        for each in tiers
    }
    estimate = homework.estimate_for(estimates, tier)
    return PlannedWork(
        key=str(assignment.id),
        subject=assignment.subject,
        by_whom=str(assignment.published_by or assignment.created_by),
        kind=assignment.kind,
        given_on=assignment.given_on,
        due_on=assignment.due_on,
        minutes=estimate.estimated_minutes if estimate else 0,
        place=assignment.place,
    )


def plan_for(
    session: Session,
    *,
    place: schools.SchoolToday,
    class_: Class,
    nights: Sequence[dt.date],
    candidate: tuple[Assignment, Sequence[AssignmentTier]] | None = None,
) -> Plan:
    """The budgets of these nights; with a candidate, as they would be once it is published."""
    tier = usual_tier(session, school_id=place.id, class_id=class_.id, today=place.today)
    published = queries.assignments_of_class(session, place.id, class_.id, nights[0], nights[-1])
    pairs = [each for each in published if candidate is None or each.id != candidate[0].id]
    tiers = queries.tiers_of(session, place.id, pairs)
    work = [planned_work(each, tiers[each.id], tier) for each in pairs]
    if candidate is not None:
        work.append(planned_work(candidate[0], candidate[1], tier))
    resolved = policies.resolve_many(session, school=place.school, classes=[class_], nights=nights)
    by_night = {night: resolved[class_.id, night] for night in nights}
    budgets = [
        homework.evening_budget(work, by_night[night].cap_minutes, night, by_night[night].cap_scope) for night in nights
    ]
    return Plan(tier, budgets, by_night)


def get_plan(
    session: Session,
    *,
    actor: Actor,
    class_id: uuid.UUID,
    first: dt.date | None,
    last: dt.date | None,
    now: dt.datetime,
) -> dict[str, Any]:
    """The class's plan between two dates (today and six more unless said). Raises ``NotFound``, ``Invalid``."""
    place = schools.get_school(session, school_id=actor.school, now=now)
    visible = access.sees_plan(actor, class_id, today=place.today)
    class_ = schools.get_class(session, school_id=place.id, class_id=class_id, visible=visible)
    nights = nights_between(first or place.today, last, default=6)
    plan = plan_for(session, place=place, class_=class_, nights=nights)
    mine = access.plans_class(actor, class_id, Assignment.subject, today=place.today)
    shown = (Assignment.state == AssignmentState.PUBLISHED) | ((Assignment.state == AssignmentState.DRAFT) & mine)
    assignments = queries.assignments_of_class(session, place.id, class_id, nights[0], nights[-1], shown)
    tiers = queries.tiers_of(session, place.id, assignments)
    none = queries.none_declared(session, place.id, class_id, nights[0], nights[-1])
    names = places.person_names(session, place.id, sorted({a.published_by or a.created_by for a in assignments}))
    return {
        "class_id": class_id,
        "class_name": class_.name,
        "tier": plan.tier.value,
        "over_cap_mode": place.school.over_cap_mode.value,
        "nights": [
            budget_document(budget, plan.policies[budget.night], names)
            | {"none": [each.subject for each in none if each.night == budget.night]}
            for budget in plan.budgets
        ],
        "assignments": [assignment_document(each, tiers[each.id], names) for each in assignments],
    }


def nights_between(first: dt.date, last: dt.date | None, *, default: int) -> list[dt.date]:
    """The nights from first to last, both included. Raises ``Invalid`` backwards and beyond 62."""
    last = days_after(first, default) if last is None else last
    if last < first:
        raise Invalid("backwards", fields=[FieldProblem("to", "before_from")])
    if (last - first).days >= MOST_NIGHTS_SHOWN:
        raise Invalid("too many nights", fields=[FieldProblem("to", "too_far")])
    return [days_after(first, n) for n in range((last - first).days + 1)]


def budget_document(budget: Budget, policy: ResolvedPolicy, names: Mapping[uuid.UUID, str]) -> dict[str, Any]:
    """One night's budget for an answer: cap, planned by whom, what is left."""
    return {
        "night": budget.night,
        "cap_minutes": budget.cap_minutes,
        "cap_scope": policy.cap_scope.value,
        "subject_cap_minutes": policy.subject_cap_minutes,
        "no_homework_day": homework.is_no_homework_day(budget.night, policy.no_homework_weekday),
        "planned_minutes": budget.planned_minutes,
        "left_minutes": budget.left_minutes,
        "over_minutes": budget.over_minutes,
        "exceeded": budget.exceeded,
        "by_subject": [{"subject": code, "minutes": minutes} for code, minutes in budget.by_subject.items()],
        "by_whom": [
            {"person_id": person, "name": names.get(uuid.UUID(person), ""), "minutes": minutes}
            for person, minutes in budget.by_whom.items()
        ],
    }


def assignment_document(
    assignment: Assignment, tiers: Sequence[AssignmentTier], names: Mapping[uuid.UUID, str] | None = None
) -> dict[str, Any]:
    """An assignment for an answer to staff."""
    author = assignment.published_by or assignment.created_by
    return {
        "id": assignment.id,
        "class_id": assignment.class_id,
        "subject": assignment.subject,
        "title": assignment.title,
        "kind": assignment.kind.value,
        "place": assignment.place.value,
        "given_on": assignment.given_on,
        "due_on": assignment.due_on,
        "nights": homework.nights(assignment.given_on, assignment.due_on),
        "state": assignment.state.value,
        "version": assignment.version,
        "by": {"person_id": author, "name": (names or {}).get(author, "")},
        "published_at": assignment.published_at,
        "over_cap_minutes": assignment.over_cap_minutes,
        "over_cap_reason": assignment.over_cap_reason,
        "tiers": [tier_document(each) for each in sorted(tiers, key=lambda t: list(Tier).index(t.tier))],
    }


def tier_document(tier: AssignmentTier) -> dict[str, Any]:
    """One tier's minutes for an answer."""
    return {
        "tier": tier.tier.value,
        "estimated_minutes": tier.estimated_minutes,
        "estimated_max_minutes": tier.estimated_max_minutes,
        "tried_minutes": tier.tried_minutes,
    }
