"""Setting policies (rule 7): one document with several fields becomes one row a field, from tomorrow at the earliest.

Looser than district or preset needs a reason, warns in the answer and is listed to the district. Nothing is ever
changed in place: a past night keeps its policy.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.errors import FieldProblem, Invalid, NotFound, PolicyRefused, ReasonRequired
from backend.domain.policy import (
    PolicyField,
    PolicyLevel,
    PolicyValue,
    Stage,
    check_effective_on,
    check_value,
    looser_than,
)
from backend.services import audit
from backend.services.actor import Actor, ActorKind
from backend.services.school import policies, schools
from backend.services.school.policy_values import from_document, to_document, values_for
from backend.storage.base import new_id
from backend.storage.models import Class, Policy, School
from backend.storage.queries import access as facts
from backend.storage.queries import classes as places
from backend.storage.queries import policies as queries

#: Without a school of its own a district dates its policies by the mainland's clock.
DISTRICT_ZONE = "Asia/Shanghai"


@dataclass(frozen=True)
class PolicyDocument:
    """What the office or a district asks for: where, from when, why, and which fields."""

    level: PolicyLevel
    effective_on: dt.date
    fields: dict[str, Any]
    stage: Stage | None = None
    grade: int | None = None
    class_id: uuid.UUID | None = None
    student_id: uuid.UUID | None = None
    reason: str = ""


def set_school_policy(
    session: Session, *, actor: Actor, school_id: uuid.UUID, document: PolicyDocument, now: dt.datetime
) -> dict[str, Any]:
    """Set fields for a school, grade, class or student. Raises ``Invalid``, ``PolicyRefused``, ``ReasonRequired``."""
    place = schools.get_own_school(session, actor=actor, school_id=school_id, now=now)
    _check_place(document)
    concerned = _concerned(session, place.school, document)
    above = queries.rows_for(session, school_id=school_id, district_id=place.school.district_id)
    rows, warnings = _make_rows(document, concerned, above, actor=actor, today=place.today, now=now)
    for row in rows:
        row.school_id = school_id
    session.add_all(rows)
    _note(session, actor=actor, action="policy.set", document=document, rows=rows, now=now, school_id=school_id)
    session.flush()
    return {"policies": [row_document(row) for row in rows], "warnings": warnings}


def set_district_policy(
    session: Session, *, actor: Actor, district_id: uuid.UUID, document: PolicyDocument, now: dt.datetime
) -> dict[str, Any]:
    """Set fields for a whole district, by its officer; each of its schools finds it in its audit log."""
    get_own_district(session, actor=actor, district_id=district_id)
    pairs = [(stage, grade) for stage, grade in _every_grade() if _is_about(document, stage, grade)]
    today = schools.local_date(now, DISTRICT_ZONE)
    rows, warnings = _make_rows(document, pairs, [], actor=actor, today=today, now=now)
    for row in rows:
        row.district_id = district_id
    session.add_all(rows)
    for school in places.schools_of_district(session, district_id):
        _note(session, actor=actor, action="policy.set", document=document, rows=rows, now=now, school_id=school.id)
    session.flush()
    return {"policies": [row_document(row) for row in rows], "warnings": warnings}


def get_own_district(session: Session, *, actor: Actor, district_id: uuid.UUID) -> None:
    """Raise ``NotFound`` unless the actor is an officer of this district."""
    if actor.kind is not ActorKind.DISTRICT_OFFICER or actor.district_id != district_id:
        raise NotFound("no such district")
    if places.find_district(session, district_id) is None:
        raise NotFound("no such district")


def list_school_policies(session: Session, *, actor: Actor, school_id: uuid.UUID, now: dt.datetime) -> dict[str, Any]:
    """What the school has set, and what holds tonight for each of its classes, with sources."""
    place = schools.get_own_school(session, actor=actor, school_id=school_id, now=now)
    classes = places.classes_of_school(session, school_id)
    resolved = policies.resolve_many(session, school=place.school, classes=classes, nights=[place.today])
    return {
        "policies": [row_document(row) for row in queries.rows_of_school(session, school_id)],
        "resolved": [
            {"class_id": each.id, "class_name": each.name, "policy": policies.explain(resolved[each.id, place.today])}
            for each in classes
        ],
    }


def list_district_policies(session: Session, *, actor: Actor, district_id: uuid.UUID) -> dict[str, Any]:
    """What the district has set, and what its schools set looser than the district or the preset."""
    get_own_district(session, actor=actor, district_id=district_id)
    ids = [school.id for school in places.schools_of_district(session, district_id)]
    return {
        "policies": [row_document(row) for row in queries.rows_of_district(session, district_id)],
        "looser": [row_document(row) for row in queries.looser_rows(session, ids)],
    }


def row_document(row: Policy) -> dict[str, Any]:
    """A stored row for an answer."""
    return {
        "id": row.id,
        "level": row.level.name.rstrip("_"),
        "school_id": row.school_id,
        "district_id": row.district_id,
        "stage": row.stage.value if row.stage else None,
        "grade": row.grade,
        "class_id": row.class_id,
        "student_id": row.student_id,
        "field": row.field.value,
        "value": row.value["value"],
        "effective_on": row.effective_on,
        "reason": row.reason,
        "is_looser": row.is_looser,
        "set_at": row.set_at,
    }


_PLACE_OF_LEVEL: dict[PolicyLevel, tuple[str, ...]] = {
    PolicyLevel.school: (),
    PolicyLevel.grade: ("stage", "grade"),
    PolicyLevel.class_: ("class_id",),
    PolicyLevel.student: ("student_id",),
}


def _check_place(document: PolicyDocument) -> None:
    """A grade needs stage and grade, a class its id, a student the child's id; and nothing besides."""
    if document.level not in _PLACE_OF_LEVEL:
        raise Invalid("not a school's level", fields=[FieldProblem("level", "unknown_choice")])
    needed = _PLACE_OF_LEVEL[document.level]
    allowed = (*needed, "stage") if document.level is PolicyLevel.school else needed
    given = {name for name in ("stage", "grade", "class_id", "student_id") if getattr(document, name) is not None}
    problems = [FieldProblem(name, "required") for name in needed if name not in given]
    problems += [FieldProblem(name, "not_here") for name in sorted(given - set(allowed))]
    if problems:
        raise Invalid("the level and its place do not fit", fields=problems)


def _concerned(session: Session, school: School, document: PolicyDocument) -> list[tuple[Stage, int]]:
    """The (stage, grade) pairs the document is about. Raises ``Invalid`` for a class or child that is not there."""
    if document.level is PolicyLevel.grade and document.stage and document.grade:
        return [(document.stage, document.grade)]
    classes = places.classes_of_school(session, school.id, stage=document.stage)
    if document.level is PolicyLevel.class_:
        return _pairs([each for each in classes if each.id == document.class_id], "class_id")
    if document.level is PolicyLevel.student:
        known = places.is_true(session, facts.student_exists(school.id, document.student_id))
        class_id = places.scalar(session, facts.class_on(school.id, document.student_id, document.effective_on))
        return _pairs([each for each in classes if known and each.id == class_id], "student_id")
    return _pairs(classes, None)


def _pairs(classes: Sequence[Class], path: str | None) -> list[tuple[Stage, int]]:
    if path and not classes:
        raise Invalid("not in this school", fields=[FieldProblem(path, "unknown_id")])
    return sorted({(each.stage, each.grade) for each in classes}, key=lambda pair: pair[1])


def _make_rows(
    document: PolicyDocument,
    pairs: Iterable[tuple[Stage, int]],
    above: Sequence[Policy],
    *,
    actor: Actor,
    today: dt.date,
    now: dt.datetime,
) -> tuple[list[Policy], list[dict[str, Any]]]:
    values = _values(document, today)
    warnings = [warning for value in values for warning in _warnings(value, list(pairs), above)]
    if warnings and not document.reason:
        raise ReasonRequired(
            "looser than the district or the preset",
            fields=[FieldProblem(warning["field"], "looser_needs_reason") for warning in warnings],
        )
    looser = {warning["field"] for warning in warnings}
    rows = [
        Policy(
            id=new_id(),
            level=document.level,
            stage=document.stage,
            grade=document.grade,
            class_id=document.class_id,
            student_id=document.student_id,
            field=value.field,
            value={"value": to_document(value.value)},
            effective_on=document.effective_on,
            reason=document.reason,
            set_by=actor.id,
            set_at=now,
            is_looser=value.field.value in looser,
        )
        for value in values
    ]
    return rows, warnings


def _values(document: PolicyDocument, today: dt.date) -> list[PolicyValue]:
    """The document's fields as values. Raises ``PolicyRefused`` with every problem of them and of the date."""
    problems = check_effective_on(document.effective_on, today)
    problems += [] if document.fields else [FieldProblem("fields", "required")]
    values = []
    for name, raw in document.fields.items():
        field_ = PolicyField(name)
        value = from_document(field_, raw)
        problems += check_value(field_, value)
        values.append(PolicyValue(document.level, field_, value, document.effective_on, document.reason))
    if problems:
        raise PolicyRefused("not possible", fields=problems)
    return values


def _warnings(value: PolicyValue, pairs: Sequence[tuple[Stage, int]], above: Sequence[Policy]) -> list[dict[str, Any]]:
    """What this value is looser than, once a level, over all grades it is about."""
    found: dict[tuple[PolicyLevel, Any], dict[str, Any]] = {}
    for stage, grade in pairs:
        for other in looser_than(value, values_for(above, stage=stage, grade=grade)):
            key = (other.level, to_document(other.value))
            found.setdefault(
                key,
                {
                    "code": f"looser_than_{other.level.name}",
                    "field": value.field.value,
                    "value": to_document(value.value),
                    "than": to_document(other.value),
                    "stage": stage.value,
                    "grade": grade,
                },
            )
    return list(found.values())


def _every_grade() -> Iterable[tuple[Stage, int]]:
    yield from ((Stage.primary, grade) for grade in range(1, 7))
    yield from ((Stage.junior, grade) for grade in range(6, 10))
    yield from ((Stage.senior, grade) for grade in range(10, 13))


def _is_about(document: PolicyDocument, stage: Stage, grade: int) -> bool:
    return document.stage in (None, stage) and document.grade in (None, grade)


def _note(
    session: Session,
    *,
    actor: Actor,
    action: str,
    document: PolicyDocument,
    rows: Sequence[Policy],
    now: dt.datetime,
    school_id: uuid.UUID,
) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        now=now,
        school_id=school_id,
        class_id=document.class_id,
        student_id=document.student_id,
        reason=document.reason or None,
        details={"level": document.level.name.rstrip("_"), "policies": [str(row.id) for row in rows]},
    )
