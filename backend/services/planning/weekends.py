"""Weekends and holidays (rule 8): a class's homework over their nights, and the grade head's approval of it.

An approval names what was seen. Homework published, changed or withdrawn afterwards makes it `changed`: to be looked
at again. It never holds a publication back: the evening goes on, and what was not approved is seen by everybody.
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from backend.domain import homework
from backend.domain.errors import FieldProblem, Invalid, NotFound, VersionMismatch
from backend.domain.night import days_after
from backend.domain.school_days import school_year_of
from backend.domain.stretches import LONGEST, Stretch, next_weekend
from backend.services import access, audit
from backend.services.actor import Actor
from backend.services.planning import plans
from backend.services.school import policies, schools
from backend.storage.models import Assignment, Class, WeekendDecision
from backend.storage.queries import assignments as plan_queries
from backend.storage.queries import classes as places
from backend.storage.queries import weekends as queries
from backend.storage.queries.upsert import insert_or_replace

Document = dict[str, Any]


def list_weekends(
    session: Session, *, actor: Actor, school_id: uuid.UUID, on: dt.date | None, now: dt.datetime
) -> Document:
    """The weekend that holds a night (tonight unless said), else the next: a grade's classes to its head, all to the
    office. Raises ``NotFound``."""
    if actor.school_id != school_id:
        raise NotFound("no such school")
    place = schools.get_school(session, school_id=school_id, now=now)
    if not places.is_true(session, access.sees_weekends(actor, school_id, today=place.today)):
        raise NotFound("no such school")
    classes = places.classes_of_school(session, school_id, school_year=school_year_of(on or place.today))
    if not places.is_true(session, access.runs_school(actor, school_id, today=place.today)):
        grades = places.grades_headed(session, school_id, actor.id, place.today)
        classes = [each for each in classes if (each.stage, each.grade) in grades]
    weekend = _weekend(session, place, on)
    return {
        "starts_on": weekend.since,
        "ends_on": weekend.until,
        "items": _documents(session, place, classes, weekend),
    }


def get_weekend(session: Session, *, actor: Actor, class_id: uuid.UUID, night: dt.date, now: dt.datetime) -> Document:
    """One class's weekend, to whoever sees its plan. Raises ``NotFound``."""
    place = schools.get_school(session, school_id=actor.school, now=now)
    visible = access.sees_plan(actor, class_id, today=place.today)
    class_ = schools.get_class(session, school_id=place.id, class_id=class_id, visible=visible)
    return _documents(session, place, [class_], _weekend(session, place, night))[0]


def decide_weekend(
    session: Session,
    *,
    actor: Actor,
    class_id: uuid.UUID,
    night: dt.date,
    approved: bool,
    note: str,
    seen: Sequence[tuple[uuid.UUID, int]],
    now: dt.datetime,
) -> Document:
    """Approve a class's weekend or send it back with a note. ``seen``: the homework decided about, with versions.

    The same decision twice does nothing the second time, from two desks at once too: the first who made it stands.
    Raises ``NotFound``; ``Invalid`` without a note or homework; ``VersionMismatch`` when other homework stands by now.
    """
    place = schools.get_school(session, school_id=actor.school, now=now)
    visible = access.approves_weekend(actor, class_id, today=place.today)
    class_ = schools.get_class(session, school_id=place.id, class_id=class_id, visible=visible)
    if not approved and not note.strip():
        raise Invalid("say why", fields=[FieldProblem("note", "note_required")])
    weekend = _weekend(session, place, night)
    places.lock_class(session, place.id, class_id)
    standing = _standing_as_seen(session, place.id, class_id, weekend, seen)
    if not _is_same(queries.decisions_of(session, place.id, [class_id], weekend.since), approved, note, standing):
        decision = {"approved": approved, "note": note.strip(), "seen": standing}
        decided = decision | {"decided_by": actor.id, "decided_at": now}
        span = {"starts_on": weekend.since, "ends_on": weekend.until}
        insert_or_replace(session, WeekendDecision, [{"school_id": place.id, "class_id": class_id} | span | decided])
        _note(session, actor, class_id, weekend, decision, now)
        session.expire_all()
    return _documents(session, place, [class_], weekend)[0]


def _standing_as_seen(
    session: Session, school_id: uuid.UUID, class_id: uuid.UUID, weekend: Stretch, seen: Sequence[tuple[uuid.UUID, int]]
) -> list[Document]:
    """The homework that stands, which has to be what was seen."""
    published = queries.published_of_classes(session, school_id, [class_id], weekend.since, weekend.until)
    standing = _fingerprint(published)
    if not standing:
        raise Invalid("nothing to decide", fields=[FieldProblem("seen", "required")])
    if {each["id"]: each["version"] for each in standing} != {str(key): version for key, version in seen}:
        raise VersionMismatch("other homework stands by now")
    return standing


def _note(
    session: Session, actor: Actor, class_id: uuid.UUID, weekend: Stretch, decision: Document, now: dt.datetime
) -> None:
    action = "weekend.approved" if decision["approved"] else "weekend.sent_back"
    details = {"seen": decision["seen"]}
    audit.record(session, actor=actor, action=action, now=now, class_id=class_id, night=weekend.since, details=details)


def _weekend(session: Session, place: schools.SchoolToday, on: dt.date | None) -> Stretch:
    """The weekend of the school's own calendar; days that it does not know are taken by their weekday."""
    first = on or place.today
    known = places.school_days(session, place.id, days_after(first, -LONGEST), days_after(first, LONGEST + 1))
    weekend = next_weekend(first, lambda day: known.get(day, day.isoweekday() < 6))
    if weekend is None:
        raise NotFound("no weekend in sight")
    return weekend


def _is_same(
    decisions: Mapping[uuid.UUID, WeekendDecision], approved: bool, note: str, standing: Sequence[Document]
) -> bool:
    """Whether the class's one decision already says this about this homework."""
    return any(
        each.approved == approved and each.note == note.strip() and list(each.seen) == list(standing)
        for each in decisions.values()
    )


def _fingerprint(assignments: Sequence[Assignment]) -> list[Document]:
    return [{"id": str(each.id), "version": each.version} for each in sorted(assignments, key=lambda a: str(a.id))]


def _documents(
    session: Session, place: schools.SchoolToday, classes: Sequence[Class], weekend: Stretch
) -> list[Document]:
    """Every class's weekend, in a number of statements that does not grow with the classes."""
    ids = [each.id for each in classes]
    nights = [days_after(weekend.since, n) for n in range(weekend.nights)]
    published = queries.published_of_classes(session, place.id, ids, nights[0], nights[-1])
    tiers = plan_queries.tiers_of(session, place.id, published)
    since, until = days_after(place.today, -plans.TIER_NIGHTS), days_after(place.today, -1)
    used = queries.tier_counts_of_classes(session, place.id, ids, since, until)
    resolved = policies.resolve_many(session, school=place.school, classes=classes, nights=nights)
    decisions = queries.decisions_of(session, place.id, ids, weekend.since)
    people = {each.published_by or each.created_by for each in published}
    people |= {each.decided_by for each in decisions.values()}
    names = places.person_names(session, place.id, sorted(people))
    documents = []
    for class_ in classes:
        own = [each for each in published if each.class_id == class_.id]
        tier = homework.most_used_tier(used[class_.id])
        work = [plans.planned_work(each, tiers[each.id], tier) for each in own]
        by_night = {night: resolved[class_.id, night] for night in nights}
        budgets = [
            homework.evening_budget(work, by_night[night].cap_minutes, night, by_night[night].cap_scope)
            for night in nights
        ]
        documents.append(
            {
                "class_id": class_.id,
                "class_name": class_.name,
                "starts_on": weekend.since,
                "ends_on": weekend.until,
                "tier": tier.value,
                "state": _state(own, decisions.get(class_.id)),
                "decision": _decision(decisions.get(class_.id), names),
                "nights": [plans.budget_document(each, by_night[each.night], names) for each in budgets],
                "assignments": [plans.assignment_document(each, tiers[each.id], names) for each in own],
            }
        )
    return documents


def _state(own: Sequence[Assignment], decision: WeekendDecision | None) -> str:
    """`empty` without homework, `waiting`, `approved`, `sent_back`, or `changed` since it was decided."""
    if not own:
        return "empty"
    if decision is None:
        return "waiting"
    if list(decision.seen) != _fingerprint(own):
        return "changed"
    return "approved" if decision.approved else "sent_back"


def _decision(decision: WeekendDecision | None, names: Mapping[uuid.UUID, str]) -> Document | None:
    if decision is None:
        return None
    return {
        "approved": decision.approved,
        "note": decision.note,
        "by": {"person_id": decision.decided_by, "name": names.get(decision.decided_by, "")},
        "decided_at": decision.decided_at,
    }
