"""A school's month on one page, and the report upward: aggregates only, withheld and fixed as everywhere (rule 11)."""

import calendar
import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.percentiles import half_up
from backend.domain.policy import Stage
from backend.services.actor import Actor
from backend.services.figures.early_warnings import warnings_of
from backend.services.figures.sleep_figures import percent, sleep_figure
from backend.services.figures.trend_access import Figures, district_figures, period_head, school_figures
from backend.services.figures.trend_overviews import DEFAULT_TOLERANCE, calibration, places_of, whole_figure
from backend.services.figures.trend_parts import (
    Part,
    TrendBy,
    figure_or_nothing,
    grouped,
    name_of,
    shown_parts,
    sort_key,
)
from backend.services.school import schools
from backend.storage.models import Class
from backend.storage.queries import classes as places
from backend.storage.queries import trends as queries
from backend.storage.queries import warnings as warning_queries


def monthly_report(
    session: Session, *, actor: Actor, school_id: uuid.UUID, month: dt.date | None, now: dt.datetime
) -> dict[str, Any]:
    """A school's month (this one unless said), or a grade head's own grade's. Raises ``NotFound``."""
    place = schools.get_school(session, school_id=school_id, now=now)
    first = (month or place.today).replace(day=1)
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    found = school_figures(session, actor=actor, school_id=school_id, first=first, last=last, whole=True, now=now)
    return period_head(found) | {
        "school_id": school_id,
        "school_name": found.name,
        "month": first,
        "figure": whole_figure(found),
        "weeks": _weeks(found),
        "grades": [
            {"stage": stage, "grade": grade} | whole_figure(own) for (stage, grade), own in _grades(found).items()
        ],
        "subjects": calibration(found),
        "places": places_of(found),
        "sleep": sleep_figure(found.cells, live=False, tolerance=_tolerance(found)),
        "upward": _upward(session, found),
        "warnings": _warnings(session, found),
    }


def _weeks(found: Figures) -> list[dict[str, Any]]:
    shown = found.shown(TrendBy.week)
    parts, hidden = grouped(shown.parts, TrendBy.week), grouped(shown.withheld, TrendBy.week)
    return [
        name_of(key, TrendBy.week) | figure_or_nothing(parts.get(key, []), withheld=key in hidden)
        for key in sorted({*parts, *hidden}, key=sort_key)
    ]


def _grades(found: Figures) -> dict[tuple[Stage, int], Figures]:
    classes: dict[tuple[Stage, int], list[Class]] = defaultdict(list)
    for each in found.classes:
        classes[each.stage, each.grade].append(each)
    return {grade: _only(found, members) for grade, members in classes.items()}


def _only(found: Figures, classes: Sequence[Class]) -> Figures:
    return found.only(classes)


def _tolerance(found: Figures) -> int:
    return DEFAULT_TOLERANCE if found.school is None else found.school.sleep_short_tolerance_minutes


def _warnings(session: Session, found: Figures) -> list[dict[str, Any]]:
    """By code: how many the month's figures still warn of at its end, and how many were closed."""
    ids = [each.id for each in found.classes]
    closed: dict[str, int] = defaultdict(int)
    school_id = ids and found.school_id
    done = warning_queries.closed_between(session, school_id, ids, found.first, found.last) if school_id else []
    for row in done:
        closed[row.code] += 1
    known = {row.warning_id for row in done}
    still: dict[str, int] = defaultdict(int)
    for class_ in found.classes:
        for each in warnings_of(found, class_):
            still[each.code] += each.id_of(class_.id) not in known
    return [{"code": code, "open": still[code], "closed": closed[code]} for code in sorted({*still, *closed})]


# --- upward ---------------------------------------------------------------------------------------------------------


def school_upward(
    session: Session,
    *,
    actor: Actor,
    school_id: uuid.UUID,
    first: dt.date | None,
    last: dt.date | None,
    now: dt.datetime,
) -> dict[str, Any]:
    """A school's report upward with a line a grade. Raises ``NotFound``, ``Invalid``."""
    found = school_figures(session, actor=actor, school_id=school_id, first=first, last=last, whole=True, now=now)
    return period_head(found) | {
        "school_id": school_id,
        "school_name": found.name,
        "total": _upward(session, found),
        "grades": [
            {"stage": stage.value, "grade": grade} | _upward(session, own)
            for (stage, grade), own in _grades(found).items()
        ],
    }


def district_upward(
    session: Session,
    *,
    actor: Actor,
    district_id: uuid.UUID,
    first: dt.date | None,
    last: dt.date | None,
    now: dt.datetime,
) -> dict[str, Any]:
    """A district's report with a line a school. Raises ``NotFound`` unless the actor is its officer."""
    found = district_figures(session, actor=actor, district_id=district_id, first=first, last=last, whole=True, now=now)
    lines = [{"school_id": each.school_id, "name": each.name} | _upward(session, each) for each in found.schools]
    return period_head(found) | {
        "district_id": district_id,
        "total": _line(found.cells, _published(lines), _tolerance(found)),
        "schools": lines,
    }


def _published(lines: Iterable[Mapping[str, Any]]) -> tuple[float | None, int | None]:
    """The schools' mean of publication days, and the most school days that any had."""
    days = [line["publication_days"] for line in lines if line["publication_days"] is not None]
    most = [line["school_days"] for line in lines if line["school_days"] is not None]
    return (_tenths(Fraction(sum(map(Fraction, days)), len(days))) if days else None), max(most, default=None)


def _upward(session: Session, found: Figures) -> dict[str, Any]:
    if found.school is None or not found.classes:
        return _line(found.cells, (None, None), _tolerance(found))
    ids = sorted({cell.class_id for cell in found.cells if cell.enrolled}, key=str)
    days = _school_days(session, found)
    on = queries.publication_days(session, found.school.id, ids, found.first, found.last)
    counts = [len(on[class_id] & days) for class_id in ids]
    mean = _tenths(Fraction(sum(counts), len(counts))) if counts else None
    return _line(found.cells, (mean, len(days)), _tolerance(found))


def _school_days(session: Session, found: Figures) -> set[dt.date]:
    if found.school is None:
        return set()
    last = max((cell.stretch.until for cell in found.cells), default=found.first)
    known = places.school_days(session, found.school.id, found.first, min(found.last, last))
    return {day for day, is_school_day in known.items() if is_school_day}


def _tenths(value: Fraction) -> float:
    return half_up(value * 10) / 10


def _line(cells: Sequence[Any], published: tuple[float | None, int | None], tolerance: int) -> dict[str, Any]:
    """One line: what is handed in of what could be, of stretches that may be shown."""
    shown = shown_parts(cells, TrendBy.day, live=False)
    parts: Sequence[Part] = shown.parts
    whole = figure_or_nothing(parts, withheld=bool(shown.withheld))
    sleep = sleep_figure(cells, live=False, tolerance=tolerance)
    response = percent(whole["n"], whole["enrolled"]) if parts else None
    return {
        "n": whole["n"],
        "enrolled": whole["enrolled"],
        "response_percent": response,
        "mean_minutes": whole["mean_minutes"],
        "share_within_percent": whole["share_within_percent"],
        "in_bed_on_time_percent": sleep["on_time_percent"],
        "n_bedtime": sleep["n_bedtime"],
        "sleep_target_met_percent": sleep["target_met_percent"],
        "n_sleep": sleep["n_sleep"],
        "publication_days": published[0],
        "school_days": published[1],
        "withheld": whole["withheld"],
    }
