"""Trends of classes, schools and districts (rule 4) by day, week or subject.

What may be shown to whom of the figures is `trend_parts`; the figures themselves are `class_figures`.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.errors import FieldProblem, Invalid, NotFound
from backend.domain.night import days_after
from backend.domain.trends import MINIMUM
from backend.services import access, policy_setting, schools
from backend.services.actor import Actor, ActorKind
from backend.services.class_figures import live_cells, stretches_of
from backend.services.trend_parts import (
    NOTHING,
    WITHHELD,
    Part,
    Shown,
    TrendBy,
    figure,
    grouped,
    name_of,
    parts_of,
    shown_parts,
    total_may_stand,
)
from backend.storage.models import Class
from backend.storage.queries import classes as places

MOST_DAYS = 370
DEFAULT_DAYS = 28


def class_trends(
    session: Session,
    *,
    actor: Actor,
    class_id: uuid.UUID,
    first: dt.date | None,
    last: dt.date | None,
    by: TrendBy,
    now: dt.datetime,
) -> dict[str, Any]:
    """One class's rows. The homeroom teacher gets all as it stands, a subject teacher the own subjects so."""
    place = schools.get_school(session, school_id=actor.school, now=now)
    visible = access.sees_class_trends(actor, class_id, today=place.today)
    class_ = schools.get_class(session, school_id=place.id, class_id=class_id, visible=visible)
    start, end = period(first, last, place.today)
    spans = stretches_of(session, school=place.school, first=start, last=end)
    live = _live_subjects(session, place, class_id, actor, start, by)
    if live is not None:
        cells = live_cells(session, school=place.school, classes=[class_], spans=spans, subjects=live or None)
        rows = _rows([part for cell in cells.values() for part in parts_of(cell, by) if part.n], by)
    else:
        every = places.classes_of_school(session, place.id)
        rows = _frozen_rows(shown_parts(session, place.school, every, spans, by, now), class_id, by)
    return _head(start, end, by) | {"class_id": class_id, "class_name": class_.name, "items": rows}


def _live_subjects(
    session: Session, place: schools.SchoolToday, class_id: uuid.UUID, actor: Actor, start: dt.date, by: TrendBy
) -> list[str] | None:
    """The subjects whose figures the actor gets as they stand: none named means all; None means frozen figures."""
    if places.is_true(session, access.homeroom(actor, class_id, start, today=place.today)):
        return []
    own = places.subjects_taught(session, place.id, class_id, actor.id, place.today)
    return own if own and by is TrendBy.subject else None


def _frozen_rows(shown: Shown, class_id: uuid.UUID, by: TrendBy) -> list[dict[str, Any]]:
    rows = _rows([part for part in shown.parts if part.cell.class_id == class_id], by)
    return _with_withheld(rows, [part for part in shown.withheld if part.cell.class_id == class_id], by)


def school_trends(
    session: Session,
    *,
    actor: Actor,
    school_id: uuid.UUID,
    first: dt.date | None,
    last: dt.date | None,
    by: TrendBy,
    now: dt.datetime,
) -> dict[str, Any]:
    """A school's rows with a cell a class; a grade head gets the own grade's classes. Raises ``NotFound``."""
    place = schools.get_school(session, school_id=school_id, now=now)
    if not places.is_true(session, access.sees_school_trends(actor, school_id, today=place.today)):
        raise NotFound("no such school")
    start, end = period(first, last, place.today)
    every = places.classes_of_school(session, school_id)
    mine = _own_classes(session, actor, place, every)
    spans = stretches_of(session, school=place.school, first=start, last=end)
    shown = shown_parts(session, place.school, every, spans, by, now)
    return _head(start, end, by) | {
        "school_id": school_id,
        "school_name": place.school.name,
        "items": _school_rows(shown, mine, by),
    }


def district_trends(
    session: Session,
    *,
    actor: Actor,
    district_id: uuid.UUID,
    first: dt.date | None,
    last: dt.date | None,
    by: TrendBy,
    now: dt.datetime,
) -> dict[str, Any]:
    """A district's rows with a cell a school. Raises ``NotFound`` unless the actor is its officer."""
    policy_setting.get_own_district(session, actor=actor, district_id=district_id)
    start, end = period(first, last, schools.local_date(now, policy_setting.DISTRICT_ZONE))
    cells: dict[Hashable, dict[Hashable, list[Part]]] = defaultdict(dict)
    names: dict[Hashable, str] = {}
    for school in places.schools_of_district(session, district_id):
        names[school.id] = school.name
        spans = stretches_of(session, school=school, first=start, last=end)
        shown = shown_parts(session, school, places.classes_of_school(session, school.id), spans, by, now)
        for key, parts in grouped(shown.totals, by).items():
            cells[key][school.id] = parts
    items = [
        _row(key, by, [p for parts in of.values() for p in parts]) | _school_cells(of, names)
        for key, of in sorted(cells.items(), key=lambda pair: str(pair[0]))
    ]
    return _head(start, end, by) | {"district_id": district_id, "items": items}


def period(first: dt.date | None, last: dt.date | None, today: dt.date) -> tuple[dt.date, dt.date]:
    """The dates asked for; four weeks up to today unless said. Raises ``Invalid`` backwards or beyond a year."""
    end = last or today
    start = first or days_after(end, 1 - DEFAULT_DAYS)
    if end < start:
        raise Invalid("backwards", fields=[FieldProblem("to", "before_from")])
    if (end - start).days >= MOST_DAYS:
        raise Invalid("too long", fields=[FieldProblem("to", "too_far")])
    return start, end


def _rows(parts: Iterable[Part], by: TrendBy) -> list[dict[str, Any]]:
    groups = sorted(grouped(parts, by).items(), key=lambda pair: str(pair[0]))
    return [_row(key, by, group) for key, group in groups]


def _with_withheld(rows: list[dict[str, Any]], withheld: Sequence[Part], by: TrendBy) -> list[dict[str, Any]]:
    """Name the rows of which nothing may be shown, so that a gap is not taken for a holiday."""
    there = [name_of(key, by) for key in grouped(withheld, by)]
    missing = [name for name in there if not any(name.items() <= row.items() for row in rows)]
    return sorted([*rows, *(name | WITHHELD for name in missing)], key=lambda row: str(row.get("from") or row))


def _school_rows(shown: Shown, mine: Sequence[Class], by: TrendBy) -> list[dict[str, Any]]:
    ids = {each.id for each in mine}
    is_all = grouped([part for part in shown.totals if part.cell.class_id in ids], by)
    cells, hidden = grouped(shown.parts, by), grouped(shown.withheld, by)
    rows = []
    for key in sorted(set(is_all) | set(cells) | set(hidden), key=str):
        parts = [part for part in cells.get(key, []) if part.cell.class_id in ids]
        held = {part.cell.class_id for part in hidden.get(key, [])}
        total = is_all.get(key, [])
        total_shown = total_may_stand(total)
        rows.append(
            name_of(key, by)
            | (figure(total) if total_shown else WITHHELD)
            | {"classes": [_class_cell(each, parts, held) for each in mine]}
        )
    return rows


def _class_cell(class_: Class, parts: Sequence[Part], held: set[uuid.UUID]) -> dict[str, Any]:
    own = [part for part in parts if part.cell.class_id == class_.id]
    head = {"class_id": class_.id, "name": class_.name}
    if own:
        return head | figure(own)
    return head | (WITHHELD if class_.id in held else NOTHING)


def _school_cells(of: dict[Hashable, list[Part]], names: dict[Hashable, str]) -> dict[str, Any]:
    return {"schools": [{"school_id": key, "name": names[key]} | figure(parts) for key, parts in of.items()]}


def _row(key: Hashable, by: TrendBy, parts: Sequence[Part]) -> dict[str, Any]:
    return name_of(key, by) | figure(parts)


def _own_classes(session: Session, actor: Actor, place: schools.SchoolToday, every: Sequence[Class]) -> Sequence[Class]:
    """All classes for office and district; a grade head's own grade."""
    if actor.kind is ActorKind.DISTRICT_OFFICER:
        return every
    if places.is_true(session, access.runs_school(actor, place.id, today=place.today)):
        return every
    grades = places.grades_headed(session, place.id, actor.id, place.today)
    return [each for each in every if (each.stage, each.grade) in grades]


def _head(first: dt.date, last: dt.date, by: TrendBy) -> dict[str, Any]:
    return {"from": first, "to": last, "by": by.value, "minimum": MINIMUM}
