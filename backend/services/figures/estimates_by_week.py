"""Estimate against actual week by week (rule 5), by subject and by tier: of a class, a grade, a school, a district.

Weeks and totals add up only what is shown by itself (rule 11), so none can be had by subtracting others. A
teacher's own estimates, for the own eyes, are `calibration`.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.estimates import calibrate_counted
from backend.domain.load import Tier
from backend.domain.night import days_after
from backend.services.figures import whole_answers
from backend.services.figures.answers import Answer
from backend.services.figures.class_figures import Cell, Table
from backend.services.figures.packed_work import Fours, counted, packed
from backend.services.figures.trend_access import Figures, period_head
from backend.services.figures.trend_parts import estimate_document, fours_in, monday_of

Document = dict[str, Any]
Work = dict[str, Fours]
Weeks = dict[dt.date, list[int]]


def class_estimates(session: Session, **asked: Any) -> Document:
    """What `ask_class` asks for, answered."""
    return ask_class(session, **asked).document()


def school_estimates(session: Session, **asked: Any) -> Document:
    """What `ask_school` asks for, answered."""
    return ask_school(session, **asked).document()


def district_estimates(session: Session, **asked: Any) -> Document:
    """What `ask_district` asks for, answered."""
    return ask_district(session, **asked).document()


def ask_class(session: Session, **asked: Any) -> Answer:
    """To a subject teacher, of the own subjects. Raises ``NotFound``, ``Invalid``."""
    return whole_answers.ask_class(session, estimates_of, name="estimates", **asked)


def ask_school(session: Session, **asked: Any) -> Answer:
    """A school or one grade; to a grade head, the own. Raises ``NotFound``, ``Invalid``."""
    return whole_answers.ask_school(session, estimates_of, name="estimates", **asked)


def ask_district(session: Session, **asked: Any) -> Answer:
    """Raises ``NotFound`` unless the actor is its officer, ``Invalid``."""
    return whole_answers.ask_district(session, estimates_of, name="estimates", **asked)


def estimates_of(found: Figures) -> Document:
    """``subjects`` and ``tiers``, each with the whole period's figures and ``weeks``."""
    cells = [_packed(cell) for cell in found.cells]
    return period_head(found) | {
        "frozen": not found.live,
        "subjects": _parted(found, cells, Table.subject),
        "tiers": _parted(found, cells, Table.tier),
    }


def _packed(cell: Cell) -> Cell:
    """A cell whose work was kept before equal work was kept once: packed here, once for all that follows."""
    work = cell.figures.get("work", {})
    return cell if isinstance(work, Mapping) else replace(cell, figures={**cell.figures, "work": packed(work)})


def _parted(found: Figures, cells: Sequence[Cell], table: Table) -> list[Document]:
    """A row a subject or tier; one of which there is work, but none that may be shown, is withheld."""
    shown: dict[str, Weeks] = defaultdict(lambda: defaultdict(list))
    there: dict[str, set[dt.date]] = defaultdict(set)
    for cell in cells:
        monday = monday_of(cell.stretch.until)
        every, seen = _work(found, cell, table)
        for name in every:
            there[name].add(monday)
        for name, work in seen.items():
            shown[name][monday] += work
    return [{table.value: name} | _row(shown[name], sorted(there[name])) for name in sorted(there, key=_place)]


def _work(found: Figures, cell: Cell, table: Table) -> tuple[Work, Work]:
    """What there is of the reader's subjects in a class's stretch, and what of it may be shown."""
    own = None if found.subjects is None else set(found.subjects)
    if own is not None and table is Table.tier:
        # Tiers of some subjects alone are in no one's frozen figures: they could be subtracted from all subjects'.
        narrow = [row for row in cell.rows("work") if row[0] in own] if found.live else []
        cell, own = replace(cell, figures={"work": narrow}), None
    every = _only(fours_in(cell, table, live=True), own)
    return every, every if found.live else _only(fours_in(cell, table, live=False), own)


def _only(work: Work, names: set[str] | None) -> Work:
    return {name: seen for name, seen in work.items() if names is None or name in names}


def _row(weeks: Weeks, there: list[dt.date]) -> Document:
    every = [number for monday in there for number in weeks[monday]]
    return _estimate(every) | {
        "weeks": [{"from": monday, "to": days_after(monday, 6)} | _estimate(weeks[monday]) for monday in there]
    }


def _estimate(work: Fours) -> Document:
    return estimate_document(calibrate_counted(counted(work)), withheld=not work)


def _place(name: str) -> tuple[int, str]:
    """Tiers from basic to extension, subjects by their code."""
    tiers = [tier.value for tier in Tier]
    return (tiers.index(name) if name in tiers else len(tiers)), name
