"""Homework from draft to publication (rule 8), under the class's lock: two teachers cannot both take what is left.

Every writing use case here begins by raising the class's change counter: that locks the class's row, and only then is
the plan read. What a plan looks like is `plans`; estimates from history are `estimate_offers`.
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backend.domain import homework
from backend.domain.errors import (
    FieldProblem,
    Invalid,
    NotFound,
    OverCapReasonRequired,
    OverCapRefused,
    VersionMismatch,
    VersionRequired,
)
from backend.services import access, audit
from backend.services.actor import Actor
from backend.services.planning import plans, stated_homework
from backend.services.school import schools
from backend.storage.models import Assignment, AssignmentState, AssignmentTier, Class, OverCapMode
from backend.storage.queries import assignments as queries
from backend.storage.queries import classes as places


def create_assignment(
    session: Session,
    *,
    actor: Actor,
    class_id: uuid.UUID,
    stated: stated_homework.Homework,
    publish: bool,
    over_cap_reason: str | None,
    now: dt.datetime,
    assignment_id: uuid.UUID | None = None,
) -> dict[str, Any]:
    """Draft an assignment, or publish it at once. Raises ``NotFound``, ``Invalid`` and as ``set_publication``.

    With an id of the caller's own, asking again (an answer was lost) answers what was made the first time.
    """
    place = schools.get_school(session, school_id=actor.school, now=now)
    visible = access.plans_class(actor, class_id, stated.subject, today=place.today)
    class_ = schools.get_class(session, school_id=place.id, class_id=class_id, visible=visible)
    stated_homework.check(session, place, stated)
    assignment = stated_homework.new_assignment(place, class_id, stated, actor=actor, now=now)
    counter = places.lock_class(session, place.id, class_id)
    if assignment_id is not None:
        made = queries.find_assignment(session, place.id, assignment_id, access.everyone())
        if made is not None:
            return _made_before(session, place, class_, made, actor)
        assignment.id = assignment_id
    tiers = stated_homework.tier_rows(assignment, stated.tiers, actor=actor, now=now)
    assignment.change_counter = counter
    plan = None
    if publish:
        plan = _publish(session, place, class_, assignment, tiers, over_cap_reason, actor=actor, now=now)
    session.add(assignment)
    try:
        session.flush()
    except IntegrityError as error:  # the lock is the class's: another class may take the same id meanwhile
        raise _id_taken() from error
    session.add_all(tiers)
    session.flush()
    action = "assignment.published" if publish else "assignment.drafted"
    _note(session, actor, action, assignment, now)
    return _answer(session, place, class_, assignment, tiers, plan)


def _made_before(
    session: Session, place: schools.SchoolToday, class_: Class, made: Assignment, actor: Actor
) -> dict[str, Any]:
    if made.class_id != class_.id or made.created_by != actor.id:
        raise _id_taken()
    return _answer(session, place, class_, made, queries.tiers_of(session, place.id, [made])[made.id], None)


def _id_taken() -> Invalid:
    return Invalid("this id is taken", fields=[FieldProblem("id", "used_twice")])


def get_assignment(session: Session, *, actor: Actor, assignment_id: uuid.UUID, now: dt.datetime) -> dict[str, Any]:
    """One assignment as staff see it, with its nights' budgets. Raises ``NotFound``."""
    place, class_, assignment = _get(session, actor, assignment_id, now, planning=False)
    tiers = queries.tiers_of(session, place.id, [assignment])[assignment.id]
    return _answer(session, place, class_, assignment, tiers, None)


def change_assignment(
    session: Session,
    *,
    actor: Actor,
    assignment_id: uuid.UUID,
    version: int | None,
    changes: Mapping[str, Any],
    over_cap_reason: str | None,
    now: dt.datetime,
) -> dict[str, Any]:
    """Change a draft or published assignment from the version named.

    Estimates become a new version in force from now: earlier work keeps the estimate of its first segment (rule 5).
    Raises ``VersionRequired``, ``VersionMismatch``, ``NotFound``, ``Invalid`` and as ``set_publication``.
    """
    place, class_, assignment = _get(session, actor, assignment_id, now, planning=True)
    if version is None:
        raise VersionRequired("name the version that this change starts from")
    counter = places.lock_class(session, place.id, class_.id)
    assignment = _again(session, assignment)
    if assignment.version != version:
        raise VersionMismatch("changed since")
    old_tiers = queries.tiers_of(session, place.id, [assignment])[assignment.id]
    stated = stated_homework.changed(stated_homework.stated_of(assignment, old_tiers), changes)
    stated_homework.check(session, place, stated)
    stated_homework.remember(session, assignment, old_tiers, actor=actor, now=now)
    _restate(assignment, stated, counter)
    tiers = stated_homework.next_tiers(assignment, stated.tiers, old_tiers, actor=actor, now=now)
    plan = None
    if assignment.state is AssignmentState.PUBLISHED:
        reason = over_cap_reason or assignment.over_cap_reason
        plan = _check_budget(session, place, class_, assignment, tiers, reason)
        queries.withdraw_none(session, place.id, class_.id, assignment.subject, _nights(assignment))
    session.add_all(tiers)
    session.flush()
    _note(session, actor, "assignment.changed", assignment, now)
    return _answer(session, place, class_, assignment, tiers, plan)


def set_publication(
    session: Session,
    *,
    actor: Actor,
    assignment_id: uuid.UUID,
    published: bool,
    over_cap_reason: str | None,
    now: dt.datetime,
) -> dict[str, Any]:
    """Publish or withdraw, a draft too; the same request twice does nothing the second time.

    Raises ``NotFound``; over the cap ``OverCapReasonRequired`` without a reason, or ``OverCapRefused`` where the school
    lets no evening go over.
    """
    place, class_, assignment = _get(session, actor, assignment_id, now, planning=True)
    wanted = AssignmentState.PUBLISHED if published else AssignmentState.WITHDRAWN
    tiers = queries.tiers_of(session, place.id, [assignment])[assignment.id]
    if assignment.state is wanted:
        return _answer(session, place, class_, assignment, tiers, None)
    counter = places.lock_class(session, place.id, class_.id)
    assignment = _again(session, assignment)
    tiers = queries.tiers_of(session, place.id, [assignment])[assignment.id]
    if assignment.state is wanted:
        return _answer(session, place, class_, assignment, tiers, None)
    assignment.change_counter = counter
    plan = None
    if published:
        plan = _publish(session, place, class_, assignment, tiers, over_cap_reason, actor=actor, now=now)
    else:
        assignment.state = AssignmentState.WITHDRAWN
    session.flush()
    _note(session, actor, "assignment.published" if published else "assignment.withdrawn", assignment, now)
    return _answer(session, place, class_, assignment, tiers, plan)


def _get(
    session: Session, actor: Actor, assignment_id: uuid.UUID, now: dt.datetime, *, planning: bool
) -> tuple[schools.SchoolToday, Class, Assignment]:
    place = schools.get_school(session, school_id=actor.school, now=now)
    plans_it = access.plans_class(actor, Assignment.class_id, Assignment.subject, today=place.today)
    visible = plans_it
    if not planning:
        sees = access.sees_plan(actor, Assignment.class_id, today=place.today)
        visible = plans_it | (sees & (Assignment.state == AssignmentState.PUBLISHED))
    found = queries.find_assignment(session, place.id, assignment_id, visible)
    if found is None:
        raise NotFound("no such assignment")
    class_ = schools.get_class(session, school_id=place.id, class_id=found.class_id, visible=access.everyone())
    return place, class_, found


def _again(session: Session, assignment: Assignment) -> Assignment:
    found = queries.find_assignment(session, assignment.school_id, assignment.id, access.everyone(), fresh=True)
    if found is None:
        raise NotFound("no such assignment")
    return found


def _publish(
    session: Session,
    place: schools.SchoolToday,
    class_: Class,
    assignment: Assignment,
    tiers: Sequence[AssignmentTier],
    reason: str | None,
    *,
    actor: Actor,
    now: dt.datetime,
) -> plans.Plan:
    plan = _check_budget(session, place, class_, assignment, tiers, reason)
    queries.withdraw_none(session, place.id, class_.id, assignment.subject, _nights(assignment))
    assignment.state = AssignmentState.PUBLISHED
    assignment.published_at = now
    assignment.published_by = actor.id
    return plan


def _check_budget(
    session: Session,
    place: schools.SchoolToday,
    class_: Class,
    assignment: Assignment,
    tiers: Sequence[AssignmentTier],
    reason: str | None,
) -> plans.Plan:
    """Hold every night of the assignment against the class's cap, its subject's cap and the day without homework.

    Under the class's lock. Only the class's cap is told to others; the rest is answered for in the plan itself.
    """
    plan = plans.plan_for(
        session, place=place, class_=class_, nights=_nights(assignment), candidate=(assignment, tiers)
    )
    work = plans.planned_work(assignment, tiers, plan.tier)
    over = [
        budget
        for budget in plan.budgets
        if budget.exceeded and homework.counts_in_plan(work, plan.policies[budget.night].cap_scope)
    ]
    further = _other_limits(assignment, work, plan)
    if over or further:
        _refuse_or_note(place, over, further, reason)
    assignment.over_cap_minutes = max(budget.over_minutes for budget in over) if over else None
    assignment.over_cap_reason = (reason or "").strip() or None if over or further else None
    return plan


def _other_limits(assignment: Assignment, work: homework.PlannedWork, plan: plans.Plan) -> list[FieldProblem]:
    """`over_subject_cap` a night, and `no_homework_day` for the night on which it is given."""
    problems = []
    for budget in plan.budgets:
        policy, path = plan.policies[budget.night], f"nights.{budget.night.isoformat()}"
        over = homework.over_subject_minutes(budget, assignment.subject, policy.subject_cap_minutes)
        if over and homework.counts_in_plan(work, policy.cap_scope):
            problems.append(FieldProblem(path, "over_subject_cap", f"{over} minutes over"))
        on_that_night = budget.night == assignment.given_on
        if on_that_night and homework.is_set_on_free_day(work, policy.cap_scope, policy.no_homework_weekday):
            problems.append(FieldProblem(path, "no_homework_day"))
    return problems


def _refuse_or_note(
    place: schools.SchoolToday, over: Sequence[homework.Budget], further: Sequence[FieldProblem], reason: str | None
) -> None:
    problems = [
        FieldProblem(
            f"nights.{budget.night.isoformat()}",
            "over_cap",
            f"{budget.planned_minutes} of {budget.cap_minutes} minutes",
        )
        for budget in over
    ] + list(further)
    params = {
        "nights": [
            {
                "night": budget.night.isoformat(),
                "cap_minutes": budget.cap_minutes,
                "planned_minutes": budget.planned_minutes,
                "over_minutes": budget.over_minutes,
            }
            for budget in over
        ]
    }
    if over and place.school.over_cap_mode is OverCapMode.REFUSE:
        raise OverCapRefused("this school lets no evening go over its cap", fields=problems, params=params)
    if not (reason or "").strip():
        raise OverCapReasonRequired("over the cap: say why", fields=problems, params=params)


def _restate(assignment: Assignment, stated: stated_homework.Homework, counter: int) -> None:
    assignment.title, assignment.kind, assignment.place = stated.title, stated.kind, stated.place
    assignment.given_on, assignment.due_on = stated.given_on, stated.due_on
    assignment.version += 1
    assignment.change_counter = counter


def _nights(assignment: Assignment) -> list[dt.date]:
    return homework.nights(assignment.given_on, assignment.due_on)


def _note(session: Session, actor: Actor, action: str, assignment: Assignment, now: dt.datetime) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        now=now,
        class_id=assignment.class_id,
        reason=assignment.over_cap_reason,
        details={"assignment_id": str(assignment.id), "version": assignment.version},
    )


def _answer(
    session: Session,
    place: schools.SchoolToday,
    class_: Class,
    assignment: Assignment,
    tiers: Sequence[AssignmentTier],
    plan: plans.Plan | None,
) -> dict[str, Any]:
    """The assignment with the budget of each of its nights: as it stands, whether this one is published or not."""
    if plan is None:
        plan = plans.plan_for(session, place=place, class_=class_, nights=_nights(assignment))
    people = {assignment.published_by or assignment.created_by}
    people |= {uuid.UUID(person) for budget in plan.budgets for person in budget.by_whom}
    names = places.person_names(session, place.id, sorted(people))
    return plans.assignment_document(assignment, tiers, names) | {
        "budget": [plans.budget_document(budget, plan.policies[budget.night], names) for budget in plan.budgets]
    }
