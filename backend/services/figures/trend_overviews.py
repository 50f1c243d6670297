"""All that one page of charts shows of a class, a grade, a school or a district over a period.

Heat map, distribution, places, sleep, bedtimes and calibration are each made from the same cells as the rows of
`trends`. A subject teacher gets what speaks of the own subjects alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.estimates import calibrate_counted
from backend.domain.percentiles import half_up, median_minutes, percentile_minutes
from backend.services.figures import whole_answers
from backend.services.figures.answers import Answer
from backend.services.figures.class_figures import Cell, Table
from backend.services.figures.packed_work import Fours, counted
from backend.services.figures.sleep_figures import bedtimes, percent, sleep_figure, sleep_weeks
from backend.services.figures.trend_access import Figures, period_head
from backend.services.figures.trend_parts import Part, TrendBy, estimate_document, figure_or_nothing, fours_in

#: Five figures of a distribution tell too much of fewer.
BOX_NEEDS = 20
DEFAULT_TOLERANCE = 30


def class_overview(session: Session, **asked: Any) -> dict[str, Any]:
    """What `ask_class` asks for, answered."""
    return ask_class(session, **asked).document()


def school_overview(session: Session, **asked: Any) -> dict[str, Any]:
    """What `ask_school` asks for, answered."""
    return ask_school(session, **asked).document()


def district_overview(session: Session, **asked: Any) -> dict[str, Any]:
    """What `ask_district` asks for, answered."""
    return ask_district(session, **asked).document()


def ask_class(session: Session, **asked: Any) -> Answer:
    """To a subject teacher, of the own subjects. Raises ``NotFound``, ``Invalid``."""
    return whole_answers.ask_class(session, overview, name="page", **asked)


def ask_school(session: Session, **asked: Any) -> Answer:
    """A school or one grade; to a grade head, the own. Raises ``NotFound``, ``Invalid``."""
    return whole_answers.ask_school(session, overview, name="page", **asked)


def ask_district(session: Session, **asked: Any) -> Answer:
    """Raises ``NotFound`` unless the actor is its officer, ``Invalid``."""
    return whole_answers.ask_district(session, overview, name="page", **asked)


def overview(found: Figures) -> dict[str, Any]:
    """Every section of a page."""
    head = period_head(found) | {
        "frozen": not found.live,
        "heat_map": heat_map(found),
        "calibration": calibration(found),
    }
    if found.subjects is not None:
        none = dict.fromkeys(("figure", "distribution", "places", "sleep", "bedtimes"))
        return head | none | {"sleep_weeks": []}
    tolerance = DEFAULT_TOLERANCE if found.school is None else found.school.sleep_short_tolerance_minutes
    return head | {
        "figure": whole_figure(found),
        "distribution": _distribution(found),
        "places": places_of(found),
        "sleep": sleep_figure(found.cells, live=found.live, tolerance=tolerance),
        "sleep_weeks": sleep_weeks(found.cells, live=found.live, tolerance=tolerance),
        "bedtimes": bedtimes(found.cells, live=found.live),
    }


def whole_figure(found: Figures) -> dict[str, Any]:
    """The official measure over the whole period."""
    shown = found.shown(TrendBy.day)
    return dict(figure_or_nothing(shown.parts, withheld=bool(shown.withheld)))


def heat_map(found: Figures) -> list[dict[str, Any]]:
    """Each subject on each weekday on which its stretch of nights begins."""
    shown = found.shown(TrendBy.subject)
    minutes: dict[tuple[str, int], list[Part]] = defaultdict(list)
    for part in shown.parts:
        minutes[part.name, part.cell.stretch.since.isoweekday()].append(part)
    for part in shown.withheld:
        minutes.setdefault((part.name, part.cell.stretch.since.isoweekday()), [])
    work: dict[tuple[str, int], list[int]] = defaultdict(list)
    for cell in found.cells:
        for name, seen in _work(found, cell).items():
            work[name, cell.stretch.since.isoweekday()] += seen
    return [
        {"subject": subject, "weekday": weekday} | _heat(parts, work.get((subject, weekday), []))
        for (subject, weekday), parts in sorted(minutes.items())
    ]


def _heat(parts: Sequence[Part], work: Fours) -> dict[str, Any]:
    values = _per_night(parts)
    return {
        "n": len(values) or None,
        "median_minutes": median_minutes(values) if values else None,
        "ratio": calibrate_counted(counted(work)).ratio if values else None,
        "withheld": not values,
    }


def _per_night(parts: Iterable[Part]) -> list[int]:
    return [
        half_up(Fraction(value, nights)) if (nights := part.cell.stretch.nights) > 1 else value
        for part in parts
        for value in part.minutes
    ]


def _work(found: Figures, cell: Cell) -> dict[str, Fours]:
    work = fours_in(cell, Table.subject, live=found.live)
    return work if found.subjects is None else {name: seen for name, seen in work.items() if name in found.subjects}


def calibration(found: Figures) -> list[dict[str, Any]]:
    """Estimate against actual by subject; a subject of which nothing may be shown is named."""
    shown = found.shown(TrendBy.subject)
    work: dict[str, list[int]] = defaultdict(list)
    for cell in found.cells:
        for name, seen in _work(found, cell).items():
            work[name] += seen
    names = {part.name for part in (*shown.parts, *shown.withheld)}
    visible = {part.name for part in shown.parts}
    return [
        {"subject": name} | estimate_document(calibrate_counted(counted(work[name])), withheld=name not in visible)
        for name in sorted(names)
    ]


def _distribution(found: Figures) -> dict[str, Any]:
    shown = found.shown(TrendBy.day)
    caps = {part.cell.cap_minutes for part in shown.parts}
    cap = next(iter(caps)) if len(caps) == 1 else None
    values = sorted(_per_night(shown.parts))
    head = {"n": len(values), "cap_minutes": cap, "values": None, "box": None}
    if found.live:
        return head | {"basis": "values", "values": values}
    if len(values) < BOX_NEEDS:
        return head | {"basis": "withheld", "n": None}
    return head | {"basis": "box", "box": {f"p{at}": percentile_minutes(values, at) for at in (10, 25, 50, 75, 90)}}


def places_of(found: Figures) -> dict[str, Any]:
    """Mean minutes of homework at home and at school, over stretches of which both may be shown."""
    sums: dict[str, Fraction] = defaultdict(Fraction)
    n = 0
    for cell in found.cells:
        if not cell.n or not (found.live or _places_shown(cell)):
            continue
        n += cell.n
        for name, values in cell.table(Table.place).items():
            sums[name] += Fraction(sum(values), cell.stretch.nights)
    if not n:
        hidden = not found.live and any(cell.n for cell in found.cells)
        none = dict.fromkeys(("n", "home_minutes", "school_minutes", "school_share_percent"))
        return none | {"withheld": hidden}
    total = sums["home"] + sums["school"]
    return {
        "n": n,
        "home_minutes": half_up(sums["home"] * 10 / n) / 10,
        "school_minutes": half_up(sums["school"] * 10 / n) / 10,
        "school_share_percent": percent(half_up(sums["school"]), half_up(total)),
        "withheld": False,
    }


def _places_shown(cell: Cell) -> bool:
    return (
        not any(Part(cell, Table.place, name).withheld for name in cell.table(Table.place)) and not Part(cell).withheld
    )
