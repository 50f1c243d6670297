"""Trends of classes, grades, schools and districts (rules 4 and 5) by day, week, subject, kind, tier or place.

What may be shown to whom of the figures is `trend_parts`; who is given which, `trend_access`.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.estimates import calibrate_counted
from backend.domain.policy import Stage
from backend.services.actor import Actor
from backend.services.figures.answers import Answer
from backend.services.figures.class_figures import Cell
from backend.services.figures.packed_work import counted
from backend.services.figures.trend_access import Figures, class_figures, district_figures, period_head, school_figures
from backend.services.figures.trend_parts import (
    Part,
    Shown,
    TrendBy,
    estimate_document,
    figure_or_nothing,
    fours_in,
    grouped,
    name_of,
    sort_key,
)
from backend.storage.models import Class


def class_trends(session: Session, **asked: Any) -> dict[str, Any]:
    """What `ask_class` asks for, answered."""
    return ask_class(session, **asked).document()


def school_trends(session: Session, **asked: Any) -> dict[str, Any]:
    """What `ask_school` asks for, answered."""
    return ask_school(session, **asked).document()


def district_trends(session: Session, **asked: Any) -> dict[str, Any]:
    """What `ask_district` asks for, answered."""
    return ask_district(session, **asked).document()


def ask_class(
    session: Session,
    *,
    actor: Actor,
    class_id: uuid.UUID,
    first: dt.date | None,
    last: dt.date | None,
    by: TrendBy,
    now: dt.datetime,
) -> Answer:
    """One class's rows. The homeroom teacher gets all as it stands, a subject teacher the own subjects so."""
    found = class_figures(
        session,
        actor=actor,
        class_id=class_id,
        first=first,
        last=last,
        whole=by.table is not None,
        now=now,
        table=by.table,
    )
    return Answer(found, ("class", by.value), partial(_of_class, by=by))


def _of_class(found: Figures, by: TrendBy) -> dict[str, Any]:
    shown = found.shown(by)
    rows = [name_of(key, by) | figure_or_nothing(parts, withheld=True) for key, parts in _rows(shown, by).items()]
    rows = _with_estimates(rows, found.cells, by, found)
    return period_head(found, by) | {
        "class_id": found.classes[0].id,
        "class_name": found.classes[0].name,
        "items": rows,
    }


def ask_school(
    session: Session,
    *,
    actor: Actor,
    school_id: uuid.UUID,
    first: dt.date | None,
    last: dt.date | None,
    by: TrendBy,
    now: dt.datetime,
    stage: Stage | None = None,
    grade: int | None = None,
) -> Answer:
    """A school's rows with a cell a grade and a class; a grade head gets the own grade's. Raises ``NotFound``."""
    found = school_figures(
        session,
        actor=actor,
        school_id=school_id,
        first=first,
        last=last,
        whole=by.table is not None,
        now=now,
        stage=stage,
        grade=grade,
        table=by.table,
    )
    return Answer(found, ("school", by.value), partial(_of_school, by=by))


def _of_school(found: Figures, by: TrendBy) -> dict[str, Any]:
    shown = found.shown(by)
    hidden, grades = grouped(shown.withheld, by), _grades_of(found.classes)
    names = [(each.id, each.name) for each in found.classes]
    rows = [
        name_of(key, by)
        | figure_or_nothing(parts, withheld=True)
        | _places(names, grades, parts, {part.cell.class_id for part in hidden.get(key, [])})
        for key, parts in _rows(shown, by).items()
    ]
    rows = _with_estimates(rows, found.cells, by, found)
    return period_head(found, by) | {"school_id": found.school_id, "school_name": found.name, "items": rows}


def ask_district(
    session: Session,
    *,
    actor: Actor,
    district_id: uuid.UUID,
    first: dt.date | None,
    last: dt.date | None,
    by: TrendBy,
    now: dt.datetime,
) -> Answer:
    """A district's rows with a cell a school. Raises ``NotFound`` unless the actor is its officer."""
    found = district_figures(
        session,
        actor=actor,
        district_id=district_id,
        first=first,
        last=last,
        whole=by.table is not None,
        now=now,
        table=by.table,
    )
    return Answer(found, ("district", str(district_id), by.value), partial(_of_district, district_id, by=by))


def _of_district(district_id: uuid.UUID, schools: Figures, by: TrendBy) -> dict[str, Any]:
    of_schools: dict[Hashable, list[dict[str, Any]]] = defaultdict(list)
    every: dict[Hashable, list[Part]] = defaultdict(list)
    for each in schools.schools:
        for key, parts in _rows(each.shown(by), by).items():
            head = {"school_id": each.school_id, "name": each.name}
            of_schools[key].append(head | figure_or_nothing(parts, withheld=True))
            every[key] += parts
    rows = [
        name_of(key, by) | figure_or_nothing(every[key], withheld=True) | {"schools": of_schools[key]}
        for key in sorted(every, key=sort_key)
    ]
    rows = _with_estimates(rows, schools.cells, by, schools)
    return period_head(schools, by) | {"district_id": district_id, "items": rows}


def _rows(shown: Shown, by: TrendBy) -> dict[Hashable, list[Part]]:
    """The parts of every row in order; a row of which nothing may be shown is there, so that a gap is no holiday."""
    parts, hidden = grouped(shown.parts, by), grouped(shown.withheld, by)
    return {key: parts.get(key, []) for key in sorted({*parts, *hidden}, key=sort_key)}


Grades = dict[tuple[Stage, int], list[tuple[uuid.UUID, str]]]


def _grades_of(classes: Sequence[Class]) -> Grades:
    """The ids and names of the classes of each grade, in order."""
    of_grade: Grades = defaultdict(list)
    for each in classes:
        of_grade[each.stage, each.grade].append((each.id, each.name))
    return of_grade


def _places(
    names: Sequence[tuple[uuid.UUID, str]], grades: Grades, parts: Sequence[Part], hidden: set[uuid.UUID]
) -> dict[str, Any]:
    of_class: dict[uuid.UUID, list[Part]] = defaultdict(list)
    for part in parts:
        of_class[part.cell.class_id].append(part)
    none: list[Part] = []
    return {
        "grades": [
            {"stage": stage, "grade": grade}
            | figure_or_nothing(
                [part for class_id, _ in members for part in of_class.get(class_id, none)],
                withheld=any(class_id in hidden for class_id, _ in members),
            )
            for (stage, grade), members in grades.items()
        ],
        "classes": [
            {"class_id": class_id, "name": name}
            | figure_or_nothing(of_class.get(class_id, none), withheld=class_id in hidden)
            for class_id, name in names
        ],
    }


def _with_estimates(
    rows: list[dict[str, Any]], cells: Iterable[Cell], by: TrendBy, found: Figures
) -> list[dict[str, Any]]:
    """Estimate against actual beside rows by subject, kind or tier."""
    if by not in {TrendBy.subject, TrendBy.kind, TrendBy.tier} or by.table is None:
        return rows
    work: dict[str, list[int]] = defaultdict(list)
    for cell in cells:
        for name, seen in fours_in(cell, by.table, live=found.live).items():
            work[name] += seen
    judged = {row[by.value]: calibrate_counted(counted(work[row[by.value]])) for row in rows}
    return [row | {"estimate": estimate_document(judged[row[by.value]], withheld=row["withheld"])} for row in rows]
