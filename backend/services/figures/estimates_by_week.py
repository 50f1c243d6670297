"""Estimate against actual week by week (rule 5), by subject and by tier: of a class, a grade, a school, a district.

Weeks and totals add up only what is shown by itself (rule 11), so none can be had by subtracting others. A
teacher's own estimates, for the own eyes, are `calibration`.
"""

import datetime as dt
import uuid
from collections import defaultdict
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.estimates import Judged
from backend.domain.load import Tier
from backend.domain.night import days_after
from backend.domain.policy import Stage
from backend.services.actor import Actor
from backend.services.figures.class_figures import Cell, Table
from backend.services.figures.trend_access import Figures, class_figures, district_figures, period_head, school_figures
from backend.services.figures.trend_parts import estimate, monday_of, work_in

Document = dict[str, Any]
Work = dict[str, list[Judged]]


def class_estimates(
    session: Session,
    *,
    actor: Actor,
    class_id: uuid.UUID,
    first: dt.date | None,
    last: dt.date | None,
    now: dt.datetime,
) -> Document:
    """A class's weeks; to a subject teacher, of the own subjects. Raises ``NotFound``, ``Invalid``."""
    found = class_figures(session, actor=actor, class_id=class_id, first=first, last=last, whole=True, now=now)
    return estimates_of(found) | {"class_id": class_id, "class_name": found.classes[0].name}


def school_estimates(
    session: Session,
    *,
    actor: Actor,
    school_id: uuid.UUID,
    first: dt.date | None,
    last: dt.date | None,
    now: dt.datetime,
    stage: Stage | None = None,
    grade: int | None = None,
) -> Document:
    """A school's weeks, or one grade's; a grade head's own. Raises ``NotFound``, ``Invalid``."""
    found = school_figures(
        session,
        actor=actor,
        school_id=school_id,
        first=first,
        last=last,
        whole=True,
        now=now,
        stage=stage,
        grade=grade,
    )
    return estimates_of(found) | {"school_id": school_id, "school_name": found.name}


def district_estimates(
    session: Session,
    *,
    actor: Actor,
    district_id: uuid.UUID,
    first: dt.date | None,
    last: dt.date | None,
    now: dt.datetime,
) -> Document:
    """A district's weeks. Raises ``NotFound`` unless the actor is its officer."""
    found = district_figures(session, actor=actor, district_id=district_id, first=first, last=last, whole=True, now=now)
    return estimates_of(found) | {"district_id": district_id}


def estimates_of(found: Figures) -> Document:
    """``subjects`` and ``tiers``, each with the whole period's figures and ``weeks``."""
    return period_head(found) | {
        "frozen": not found.live,
        "subjects": _parted(found, Table.subject),
        "tiers": _parted(found, Table.tier),
    }


def _parted(found: Figures, table: Table) -> list[Document]:
    """A row a subject or tier; one of which there is work, but none that may be shown, is withheld."""
    shown: dict[str, dict[dt.date, list[Judged]]] = defaultdict(lambda: defaultdict(list))
    there: dict[str, set[dt.date]] = defaultdict(set)
    for cell in found.cells:
        monday = monday_of(cell.stretch.until)
        every, seen = _work(found, cell, table)
        for name in every:
            there[name].add(monday)
        for name, work in seen.items():
            shown[name][monday] += work
    return [{table.value: name} | _row(shown[name], sorted(there[name])) for name in sorted(there, key=_place)]


def _work(found: Figures, cell: Cell, table: Table) -> tuple[Work, Work]:
    """What there is of the reader's subjects in a class's stretch, and what of it may be shown."""
    if found.subjects is None:
        return work_in(cell, table, live=True), work_in(cell, table, live=found.live)
    own = set(found.subjects)
    if table is Table.subject:
        every, seen = (work_in(cell, table, live=live) for live in (True, found.live))
        return _only(every, own), _only(seen, own)
    if not found.live:
        return {}, {}
    narrow = replace(cell, figures={"work": [row for row in cell.rows("work") if row[0] in own]})
    every = work_in(narrow, table, live=True)
    return every, every


def _only(work: Work, names: set[str]) -> Work:
    return {name: seen for name, seen in work.items() if name in names}


def _row(weeks: dict[dt.date, list[Judged]], there: list[dt.date]) -> Document:
    every = [each for monday in there for each in weeks[monday]]
    return estimate(every, withheld=not every) | {
        "weeks": [
            {"from": monday, "to": days_after(monday, 6)} | estimate(weeks[monday], withheld=not weeks[monday])
            for monday in there
        ]
    }


def _place(name: str) -> tuple[int, str]:
    """Tiers from basic to extension, subjects by their code."""
    tiers = [tier.value for tier in Tier]
    return (tiers.index(name) if name in tiers else len(tiers)), name
