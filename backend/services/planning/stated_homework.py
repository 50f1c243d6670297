"""What a teacher states about homework, checked, and turned into rows: the part of `assignments` without a lock."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from backend.domain import homework
from backend.domain.errors import FieldProblem, Invalid
from backend.domain.estimates import Estimate
from backend.domain.load import Kind, Place, Tier
from backend.domain.night import days_after
from backend.services.actor import Actor
from backend.services.planning import plans
from backend.services.school import schools
from backend.storage.base import new_id
from backend.storage.models import Assignment, AssignmentChange, AssignmentState, AssignmentTier
from backend.storage.queries import classes as places

EARLIEST_DAYS_BACK = 7
MOST_MINUTES = 600


@dataclass(frozen=True)
class Homework:
    """What a teacher states about one assignment. The estimates are one a tier."""

    subject: str
    title: str
    kind: Kind
    place: Place
    given_on: dt.date
    due_on: dt.date
    tiers: tuple[Estimate, ...]


def document_of(stated: Homework) -> dict[str, Any]:
    """What was stated as JSON, without its subject: an item of a week plan."""
    return {
        "title": stated.title,
        "kind": stated.kind.value,
        "place": stated.place.value,
        "given_on": stated.given_on.isoformat(),
        "due_on": stated.due_on.isoformat(),
        "tiers": [
            {
                "tier": each.tier.value,
                "estimated_minutes": each.estimated_minutes,
                "estimated_max_minutes": each.estimated_max_minutes,
                "tried_minutes": each.tried_minutes,
            }
            for each in stated.tiers
        ],
    }


def from_document(subject: str, item: Mapping[str, Any]) -> Homework:
    """What `document_of` wrote down."""
    return Homework(
        subject=subject,
        title=item["title"],
        kind=Kind(item["kind"]),
        place=Place(item["place"]),
        given_on=dt.date.fromisoformat(item["given_on"]),
        due_on=dt.date.fromisoformat(item["due_on"]),
        tiers=tuple(Estimate(**(each | {"tier": Tier(each["tier"])})) for each in item["tiers"]),
    )


def new_assignment(
    place: schools.SchoolToday, class_id: uuid.UUID, stated: Homework, *, actor: Actor, now: dt.datetime
) -> Assignment:
    """A draft of what was stated."""
    return Assignment(
        school_id=place.id,
        id=new_id(),
        class_id=class_id,
        subject=stated.subject,
        title=stated.title,
        kind=stated.kind,
        place=stated.place,
        given_on=stated.given_on,
        due_on=stated.due_on,
        state=AssignmentState.DRAFT,
        version=1,
        created_by=actor.id,
        created_at=now,
    )


def tier_rows(
    assignment: Assignment, estimates: Sequence[Estimate], *, actor: Actor, now: dt.datetime
) -> list[AssignmentTier]:
    """The rows of the assignment's present version, in force from now."""
    return [
        AssignmentTier(
            school_id=assignment.school_id,
            assignment_id=assignment.id,
            version=assignment.version,
            tier=each.tier,
            estimated_minutes=each.estimated_minutes,
            estimated_max_minutes=each.estimated_max_minutes,
            tried_minutes=each.tried_minutes,
            in_force_at=now,
            set_by=actor.id,
        )
        for each in estimates
    ]


def next_tiers(
    assignment: Assignment,
    estimates: Sequence[Estimate],
    old: Sequence[AssignmentTier],
    *,
    actor: Actor,
    now: dt.datetime,
) -> list[AssignmentTier]:
    """The tiers of the new version; one that did not change keeps the instant from which it is in force."""
    rows = tier_rows(assignment, estimates, actor=actor, now=now)
    before = {each.tier: each for each in old}
    for row in rows:
        same = before.get(row.tier)
        if same is not None and estimate_of(same) == estimate_of(row):
            row.in_force_at, row.set_by = same.in_force_at, same.set_by
    return rows


def estimate_of(row: AssignmentTier) -> Estimate:
    """A stored tier as the domain's estimate."""
    return Estimate(row.tier, row.estimated_minutes, row.estimated_max_minutes, row.tried_minutes)


def check(session: Session, place: schools.SchoolToday, stated: Homework) -> None:
    """Raise ``Invalid`` with everything that is wrong with what was stated."""
    problems = _date_problems(stated, place.today) + _tier_problems(stated.tiers)
    if stated.subject not in places.subject_codes(session, place.id):
        problems.append(FieldProblem("subject", "unknown_subject"))
    if not stated.title:
        problems.append(FieldProblem("title", "required"))
    if problems:
        raise Invalid("this homework cannot be planned", fields=problems)


def _date_problems(stated: Homework, today: dt.date) -> list[FieldProblem]:
    problems = homework.check_dates(stated.given_on, stated.due_on)
    if not problems and stated.due_on == stated.given_on:
        problems.append(FieldProblem("due_on", "before_given_on"))
    if stated.given_on < days_after(today, -EARLIEST_DAYS_BACK):
        problems.append(FieldProblem("given_on", "in_past"))
    if stated.given_on > days_after(today, 366):
        problems.append(FieldProblem("given_on", "too_far"))
    return problems


def _tier_problems(tiers: Sequence[Estimate]) -> list[FieldProblem]:
    problems = [] if tiers else [FieldProblem("tiers", "required")]
    if len({each.tier for each in tiers}) < len(tiers):
        problems.append(FieldProblem("tiers", "used_twice"))
    for index, each in enumerate(tiers):
        if not 0 <= each.estimated_minutes <= MOST_MINUTES:
            problems.append(FieldProblem(f"tiers.{index}.estimated_minutes", "out_of_range"))
        if not each.estimated_minutes <= each.upper_minutes <= MOST_MINUTES:
            problems.append(FieldProblem(f"tiers.{index}.estimated_max_minutes", "out_of_range"))
        if each.tried_minutes is not None and not 0 <= each.tried_minutes <= MOST_MINUTES:
            problems.append(FieldProblem(f"tiers.{index}.tried_minutes", "out_of_range"))
    return problems


def stated_of(assignment: Assignment, tiers: Sequence[AssignmentTier]) -> Homework:
    """What stands, as if it had been stated again."""
    return Homework(
        subject=assignment.subject,
        title=assignment.title,
        kind=assignment.kind,
        place=assignment.place,
        given_on=assignment.given_on,
        due_on=assignment.due_on,
        tiers=tuple(estimate_of(each) for each in tiers),
    )


def changed(stated: Homework, changes: Mapping[str, Any]) -> Homework:
    """What was stated, with some of it changed."""
    return replace(stated, **changes)


def remember(
    session: Session, assignment: Assignment, tiers: Sequence[AssignmentTier], *, actor: Actor, now: dt.datetime
) -> None:
    """Keep what the assignment was, with who changed it: visible after publication."""
    session.add(
        AssignmentChange(
            school_id=assignment.school_id,
            assignment_id=assignment.id,
            version=assignment.version,
            changed_at=now,
            changed_by=actor.id,
            document={
                "title": assignment.title,
                "kind": assignment.kind.value,
                "place": assignment.place.value,
                "given_on": assignment.given_on.isoformat(),
                "due_on": assignment.due_on.isoformat(),
                "state": assignment.state.value,
                "tiers": [plans.tier_document(each) for each in tiers],
            },
        )
    )
