"""Week plans (周作业预布置清单): filed by a prep group, decided by the academic office, drafts for every class then.

Daily totals of each class stand beside every plan, so that a day over the cap is seen before it is approved
(`week_totals`). A draft is its prep group's alone; every filed version is kept with what was decided about it.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.errors import FieldProblem, Invalid, NotFound, VersionMismatch
from backend.domain.night import days_after
from backend.domain.policy import Stage
from backend.domain.week_plans import changes_between
from backend.services import access, audit
from backend.services.actor import Actor
from backend.services.planning import stated_homework, week_totals
from backend.services.planning.stated_homework import Homework
from backend.services.planning.week_totals import WEEK, classes_of_plan
from backend.services.school import schools
from backend.storage.base import new_id
from backend.storage.models import WeekPlan, WeekPlanState, WeekPlanVersion
from backend.storage.queries import classes as places
from backend.storage.queries import week_plans as queries
from backend.storage.queries.access import Predicate

Document = dict[str, Any]


@dataclass(frozen=True)
class FiledPlan:
    """What a prep group files: its week (a Monday) and the homework, each item of the plan's own subject."""

    stage: Stage
    grade: int
    subject: str
    week_starts_on: dt.date
    items: tuple[Homework, ...]


def file_week_plan(
    session: Session,
    *,
    actor: Actor,
    school_id: uuid.UUID,
    plan: FiledPlan,
    now: dt.datetime,
    as_draft: bool = False,
) -> Document:
    """File next week's plan, or file it anew until it is approved; as a draft only its prep group sees it.

    A draft in place of a filed plan withdraws that. Raises ``NotFound``, ``Invalid``.
    """
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
        "state": WeekPlanState.DRAFT if as_draft else WeekPlanState.FILED,
        "items": [stated_homework.document_of(item) for item in plan.items],
        "filed_by": actor.id,
        "filed_at": now,
    }
    # A draft keeps the note with which the plan was sent back: it is still what has to be answered.
    stored = queries.file_plan(session, values if as_draft else values | {"note": ""})
    if stored is None:
        raise _decided_already("week_starts_on")
    if not as_draft:
        queries.keep_version(session, stored)
    _note(session, actor, "week_plan.drafted" if as_draft else "week_plan.filed", stored, now)
    return _answer(session, place, stored)


def withdraw_week_plan(
    session: Session, *, actor: Actor, school_id: uuid.UUID, plan_id: uuid.UUID, now: dt.datetime
) -> Document:
    """Make a filed plan the prep group's draft again, before anybody decided. The same twice does nothing more.

    Raises ``NotFound``, ``Invalid`` (already_decided).
    """
    place = _place(session, actor, school_id, now)
    own = access.files_week_plan(actor, WeekPlan.stage, WeekPlan.grade, WeekPlan.subject, today=place.today)
    plan = _get(session, school_id, plan_id, own)
    if plan.state is WeekPlanState.DRAFT:
        return _answer(session, place, plan)
    if not queries.withdraw(session, plan):
        raise _decided_already("state")
    queries.forget_version(session, plan)
    plan = _get(session, school_id, plan_id, access.everyone())
    _note(session, actor, "week_plan.withdrawn", plan, now)
    return _answer(session, place, plan)


def list_week_plans(
    session: Session, *, actor: Actor, school_id: uuid.UUID, week_starts_on: dt.date | None, now: dt.datetime
) -> Document:
    """The plans that the actor may see: all to the office, the grade's to its head, the own to a prep group."""
    place = _place(session, actor, school_id, now)
    if not places.is_true(session, access.sees_week_plans(actor, school_id, today=place.today)):
        raise NotFound("no such school")
    found = queries.plans_of_week(session, school_id, week_starts_on, _visible(actor, place))
    return {"items": [_document(each) for each in found]}


def get_week_plan(
    session: Session, *, actor: Actor, school_id: uuid.UUID, plan_id: uuid.UUID, now: dt.datetime
) -> Document:
    """One plan with every class's daily totals, its filed versions and what changed. Raises ``NotFound``."""
    place = _place(session, actor, school_id, now)
    return _answer(session, place, _get(session, school_id, plan_id, _visible(actor, place)))


def decide_week_plan(
    session: Session,
    *,
    actor: Actor,
    school_id: uuid.UUID,
    plan_id: uuid.UUID,
    approved: bool,
    note: str,
    now: dt.datetime,
    version: int | None = None,
) -> Document:
    """Approve a filed plan, making drafts for every class of the grade, or send it back with a note.

    The same decision twice does nothing the second time, at two desks at once too; another one afterwards is
    ``Invalid`` (already_decided). ``VersionMismatch`` when another version is filed than the one named.
    """
    place = schools.get_own_school(session, actor=actor, school_id=school_id, now=now)
    plan = _get(session, school_id, plan_id, WeekPlan.state != WeekPlanState.DRAFT)
    state = WeekPlanState.APPROVED if approved else WeekPlanState.SENT_BACK
    if version is not None and version != plan.version:
        raise VersionMismatch("filed anew since")
    if plan.state is state:
        return _answer(session, place, plan)
    if not approved and not note:
        raise Invalid("say why", fields=[FieldProblem("note", "note_required")])
    seen = plan.version
    decided = queries.decide(session, plan, state=state, note=note, decided_by=actor.id, decided_at=now)
    plan = _get(session, school_id, plan_id, access.everyone())
    if not decided:
        return _decided_elsewhere(session, place, plan, state, seen)
    queries.keep_version(session, plan)
    if approved:
        _make_drafts(session, place, plan, actor=actor, now=now)
    _note(session, actor, "week_plan.approved" if approved else "week_plan.sent_back", plan, now)
    return _answer(session, place, plan)


def _decided_elsewhere(
    session: Session, place: schools.SchoolToday, plan: WeekPlan, state: WeekPlanState, seen: int
) -> Document:
    """Somebody was quicker: the same decision is ours too, any other is not."""
    if plan.version != seen:
        raise VersionMismatch("filed anew since")
    if plan.state is not state:
        raise _decided_already("decision")
    return _answer(session, place, plan)


def _decided_already(path: str) -> Invalid:
    return Invalid("decided already", fields=[FieldProblem(path, "already_decided")])


def _place(session: Session, actor: Actor, school_id: uuid.UUID, now: dt.datetime) -> schools.SchoolToday:
    if actor.school != school_id:
        raise NotFound("no such school")
    return schools.get_school(session, school_id=school_id, now=now)


def _visible(actor: Actor, place: schools.SchoolToday) -> Predicate:
    """Filed plans to whoever may see them, drafts to their prep group."""
    columns = (WeekPlan.stage, WeekPlan.grade, WeekPlan.subject)
    files = access.files_week_plan(actor, *columns, today=place.today)
    sees = access.sees_week_plan(actor, *columns, today=place.today)
    return files | (sees & (WeekPlan.state != WeekPlanState.DRAFT))


def _get(session: Session, school_id: uuid.UUID, plan_id: uuid.UUID, visible: Predicate) -> WeekPlan:
    plan = queries.find_plan(session, school_id, plan_id, visible)
    if plan is None:
        raise NotFound("no such plan")
    return plan


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


def _make_drafts(
    session: Session, place: schools.SchoolToday, plan: WeekPlan, *, actor: Actor, now: dt.datetime
) -> None:
    """One draft a class and item in the prep group's name: each class's own teacher changes and publishes it."""
    items = [stated_homework.from_document(plan.subject, item) for item in plan.items]
    for class_ in classes_of_plan(session, plan):
        drafts = [stated_homework.new_assignment(place, class_.id, item, actor=actor, now=now) for item in items]
        for draft in drafts:
            draft.created_by = plan.filed_by
        session.add_all(drafts)
        session.flush()
        for draft, item in zip(drafts, items, strict=True):
            session.add_all(stated_homework.tier_rows(draft, item.tiers, actor=actor, now=now))
    session.flush()


def _note(session: Session, actor: Actor, action: str, plan: WeekPlan, now: dt.datetime) -> None:
    details = {"week_plan_id": str(plan.id), "version": plan.version, "subject": plan.subject}
    audit.record(session, actor=actor, action=action, now=now, details=details)


def _answer(session: Session, place: schools.SchoolToday, plan: WeekPlan) -> Document:
    versions = queries.versions_of(session, plan)
    people = {plan.filed_by, *(each.filed_by for each in versions), *(each.decided_by for each in versions)}
    names = places.person_names(session, place.id, sorted(each for each in people if each is not None))
    base = _compared_with(versions, plan)
    return _document(plan) | {
        "by": {"person_id": plan.filed_by, "name": names.get(plan.filed_by, "")},
        "daily_totals": week_totals.daily_totals(session, place=place, plan=plan),
        "versions": [_version(each, names) for each in versions],
        "changed_since_version": base.version if base else None,
        "changes": [
            {"what": each.what, "before": each.before, "after": each.after}
            for each in (changes_between(base.items, plan.items) if base else [])
        ],
    }


def _compared_with(versions: Sequence[WeekPlanVersion], plan: WeekPlan) -> WeekPlanVersion | None:
    """The earlier version that a reader knows: the last that was sent back, else the one filed before."""
    earlier = [each for each in versions if each.version < plan.version]
    sent_back = [each for each in earlier if each.state is WeekPlanState.SENT_BACK]
    return next(iter(sent_back or earlier), None)


def _version(version: WeekPlanVersion, names: dict[uuid.UUID, str]) -> Document:
    return {
        "version": version.version,
        "state": version.state.value,
        "by": {"person_id": version.filed_by, "name": names.get(version.filed_by, "")},
        "filed_at": version.filed_at,
        "decided_by": None if version.decided_by is None else names.get(version.decided_by, ""),
        "decided_at": version.decided_at,
        "note": version.note,
    }


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
