"""Week plans (周作业预布置清单): filed by a prep group, decided by the academic office, drafts for every class then.

Daily totals of each class stand beside every plan, so that a day over the cap is seen before it is approved.
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backend.domain import homework
from backend.domain.errors import FieldProblem, Invalid, NotFound
from backend.domain.estimates import Estimate
from backend.domain.homework import PlannedWork
from backend.domain.load import Kind, Place, Tier
from backend.domain.night import days_after
from backend.domain.policy import Stage
from backend.services import access, audit, plans, policies, schools, stated_homework
from backend.services.actor import Actor
from backend.services.stated_homework import Homework
from backend.storage.base import new_id
from backend.storage.models import WeekPlan, WeekPlanState
from backend.storage.queries import assignments as plan_queries
from backend.storage.queries import classes as places
from backend.storage.queries import week_plans as queries

WEEK = 7


@dataclass(frozen=True)
class FiledPlan:
    """What a prep group files: its week (a Monday) and the homework, each item of the plan's own subject."""

    stage: Stage
    grade: int
    subject: str
    week_starts_on: dt.date
    items: tuple[Homework, ...]


def file_week_plan(
    session: Session, *, actor: Actor, school_id: uuid.UUID, plan: FiledPlan, now: dt.datetime
) -> dict[str, Any]:
    """File next week's plan, or file it anew after it was sent back. Raises ``NotFound``, ``Invalid``."""
    place = _place(session, actor, school_id, now)
    files = access.files_week_plan(actor, plan.stage, plan.grade, plan.subject, today=place.today)
    if not places.is_true(session, files):
        raise NotFound("no such prep group")
    _check(session, place, plan)
    values = {
        "school_id": school_id,
        "id": new_id(),
        "stage": plan.stage,
        "grade": plan.grade,
        "subject": plan.subject,
        "week_starts_on": plan.week_starts_on,
        "state": WeekPlanState.FILED,
        "items": [_item_document(item) for item in plan.items],
        "filed_by": actor.id,
        "filed_at": now,
        "note": "",
    }
    stored = queries.file_plan(session, values)
    if stored is None:
        raise Invalid("approved already", fields=[FieldProblem("week_starts_on", "already_decided")])
    _note(session, actor, "week_plan.filed", stored, now)
    return _answer(session, place, stored)


def list_week_plans(
    session: Session, *, actor: Actor, school_id: uuid.UUID, week_starts_on: dt.date | None, now: dt.datetime
) -> dict[str, Any]:
    """The plans that the actor may see: all to the office, the grade's to its head, the own to a prep group."""
    place = _place(session, actor, school_id, now)
    if not places.is_true(session, access.sees_week_plans(actor, school_id, today=place.today)):
        raise NotFound("no such school")
    visible = access.sees_week_plan(actor, WeekPlan.stage, WeekPlan.grade, WeekPlan.subject, today=place.today)
    return {"items": [_document(each) for each in queries.plans_of_week(session, school_id, week_starts_on, visible)]}


def decide_week_plan(
    session: Session,
    *,
    actor: Actor,
    school_id: uuid.UUID,
    plan_id: uuid.UUID,
    approved: bool,
    note: str,
    now: dt.datetime,
) -> dict[str, Any]:
    """Approve a filed plan, making drafts for every class of the grade, or send it back with a note.

    The same decision twice does nothing the second time; another one afterwards is ``Invalid`` (already_decided).
    """
    place = schools.get_own_school(session, actor=actor, school_id=school_id, now=now)
    plan = queries.find_plan(session, school_id, plan_id, access.everyone())
    if plan is None:
        raise NotFound("no such plan")
    state = WeekPlanState.APPROVED if approved else WeekPlanState.SENT_BACK
    if plan.state is state:
        return _answer(session, place, plan)
    if not approved and not note:
        raise Invalid("say why", fields=[FieldProblem("note", "note_required")])
    decided = queries.decide(session, school_id, plan_id, state=state, note=note, decided_by=actor.id, decided_at=now)
    plan = queries.find_plan(session, school_id, plan_id, access.everyone())
    if plan is None or not decided:
        raise Invalid("decided already", fields=[FieldProblem("decision", "already_decided")])
    if approved:
        _make_drafts(session, place, plan, actor=actor, now=now)
    _note(session, actor, "week_plan.approved" if approved else "week_plan.sent_back", plan, now)
    return _answer(session, place, plan)


def _place(session: Session, actor: Actor, school_id: uuid.UUID, now: dt.datetime) -> schools.SchoolToday:
    if actor.school != school_id:
        raise NotFound("no such school")
    return schools.get_school(session, school_id=school_id, now=now)


def _check(session: Session, place: schools.SchoolToday, plan: FiledPlan) -> None:
    problems = []
    if plan.week_starts_on.isoweekday() != 1:
        problems.append(FieldProblem("week_starts_on", "week_begins_monday"))
    last = days_after(plan.week_starts_on, WEEK - 1)
    for index, item in enumerate(plan.items):
        if not plan.week_starts_on <= item.given_on <= last:
            problems.append(FieldProblem(f"items.{index}.given_on", "outside_week"))
    if problems:
        raise Invalid("this plan cannot be filed", fields=problems)
    for index, item in enumerate(plan.items):
        _check_item(session, place, item, index)


def _check_item(session: Session, place: schools.SchoolToday, item: Homework, index: int) -> None:
    try:
        stated_homework.check(session, place, item)
    except Invalid as error:
        fields = [FieldProblem(f"items.{index}.{f.path}", f.code, f.message) for f in error.fields]
        raise Invalid(error.detail, fields=fields) from error


def _item_document(item: Homework) -> dict[str, Any]:
    return {
        "title": item.title,
        "kind": item.kind.value,
        "place": item.place.value,
        "given_on": item.given_on.isoformat(),
        "due_on": item.due_on.isoformat(),
        "tiers": [
            {
                "tier": each.tier.value,
                "estimated_minutes": each.estimated_minutes,
                "estimated_max_minutes": each.estimated_max_minutes,
                "tried_minutes": each.tried_minutes,
            }
            for each in item.tiers
        ],
    }


def _homework(plan: WeekPlan, item: Mapping[str, Any]) -> Homework:
    return Homework(
        subject=plan.subject,
        title=item["title"],
        kind=Kind(item["kind"]),
        place=Place(item["place"]),
        given_on=dt.date.fromisoformat(item["given_on"]),
        due_on=dt.date.fromisoformat(item["due_on"]),
        tiers=tuple(Estimate(**(each | {"tier": Tier(each["tier"])})) for each in item["tiers"]),
    )


def _make_drafts(
    session: Session, place: schools.SchoolToday, plan: WeekPlan, *, actor: Actor, now: dt.datetime
) -> None:
    """One draft a class and item: teachers still publish them, each against its own class's evening."""
    for class_ in places.classes_of_school(session, place.id, stage=plan.stage, grade=plan.grade):
        drafts = [
            stated_homework.new_assignment(place, class_.id, _homework(plan, item), actor=actor, now=now)
            for item in plan.items
        ]
        session.add_all(drafts)
        session.flush()
        for draft, item in zip(drafts, plan.items, strict=True):
            session.add_all(stated_homework.tier_rows(draft, _homework(plan, item).tiers, actor=actor, now=now))
    session.flush()


def _daily_totals(session: Session, place: schools.SchoolToday, plan: WeekPlan) -> list[dict[str, Any]]:
    """Each class's nights of the week: all standing plans of the grade, and what is published beside them."""
    nights = [days_after(plan.week_starts_on, n) for n in range(WEEK)]
    standing = queries.standing_plans(session, place.id, plan.stage, plan.grade, plan.week_starts_on)
    standing = [each for each in standing if each.id != plan.id] + [plan]
    classes = places.classes_of_school(session, place.id, stage=plan.stage, grade=plan.grade)
    resolved = policies.resolve_many(session, school=place.school, classes=classes, nights=nights)
    work = [planned for each in standing for planned in _planned(each)]
    planned_subjects = {each.subject for each in standing}
    totals = []
    for class_ in classes:
        beside = _published(session, place.id, class_.id, nights, planned_subjects)
        budgets = [
            (
                homework.evening_budget(
                    work + beside,
                    resolved[class_.id, night].cap_minutes,
                    night,
                    resolved[class_.id, night].cap_scope,
                ),
                resolved[class_.id, night],
            )
            for night in nights
        ]
        days = [plans.budget_document(budget, policy, {}) for budget, policy in budgets]
        totals.append({"class_id": class_.id, "class_name": class_.name, "nights": days})
    return totals


def _planned(plan: WeekPlan) -> list[PlannedWork]:
    return [
        PlannedWork(
            key=f"{plan.id}:{index}",
            subject=plan.subject,
            by_whom=str(plan.filed_by),
            kind=item.kind,
            given_on=item.given_on,
            due_on=item.due_on,
            minutes=_standard_minutes(item),
            place=item.place,
        )
        for index, item in enumerate(_homework(plan, each) for each in plan.items)
    ]


def _standard_minutes(item: Homework) -> int:
    estimate = homework.estimate_for({each.tier: each for each in item.tiers}, Tier.standard)
    return estimate.estimated_minutes if estimate else 0


def _published(
    session: Session, school_id: uuid.UUID, class_id: uuid.UUID, nights: Sequence[dt.date], planned: set[str]
) -> list[PlannedWork]:
    published = plan_queries.assignments_of_class(session, school_id, class_id, nights[0], nights[-1])
    beside = [each for each in published if each.subject not in planned or each.given_on < nights[0]]
    tiers = plan_queries.tiers_of(session, school_id, beside)
    return [plans.planned_work(each, tiers[each.id], Tier.standard) for each in beside]


def _note(session: Session, actor: Actor, action: str, plan: WeekPlan, now: dt.datetime) -> None:
    details = {"week_plan_id": str(plan.id), "version": plan.version, "subject": plan.subject}
    audit.record(session, actor=actor, action=action, now=now, details=details)


def _answer(session: Session, place: schools.SchoolToday, plan: WeekPlan) -> dict[str, Any]:
    return _document(plan) | {"daily_totals": _daily_totals(session, place, plan)}


def _document(plan: WeekPlan) -> dict[str, Any]:
    return {
        "id": plan.id,
        "stage": plan.stage.value,
        "grade": plan.grade,
        "subject": plan.subject,
        "week_starts_on": plan.week_starts_on,
        "state": plan.state.value,
        "version": plan.version,
        "items": plan.items,
        "note": plan.note,
        "filed_by": plan.filed_by,
        "filed_at": plan.filed_at,
        "decided_at": plan.decided_at,
    }
