"""The parts that a trend's figures are added up from, and which of them may be shown (rule 11, privacy).

Those who may not see names are given frozen figures. A class's stretch with fewer than five sheets is withheld, and
with it, where that is needed, the smallest of its grade or school: the same for everybody who asks. Longer periods add
up only what is shown by itself, so nothing comes out by subtracting one class, day or range from another.
"""

import datetime as dt
import enum
import uuid
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.night import days_after
from backend.domain.percentiles import half_up
from backend.domain.stretches import Stretch
from backend.domain.trends import MINIMUM, class_average, suppress
from backend.services.boards import figure_document
from backend.services.class_figures import Cell, frozen_cells
from backend.storage.models import Class, School


class TrendBy(enum.Enum):
    """What a trend's rows are."""

    day = "day"
    """A stretch: a school night, or a weekend as its nights' mean."""
    week = "week"
    subject = "subject"
    kind = "kind"
    tier = "tier"
    place = "place"


@dataclass(frozen=True)
class Part:
    """What one class's stretch adds to a row: each student's minutes a night, with the class's cap."""

    cell: Cell
    subject: str | None = None

    @property
    def n(self) -> int:
        """How many students stand behind it."""
        return len(self.values)

    @property
    def values(self) -> list[Fraction]:
        """Each student's minutes a night."""
        return self.cell.per_night(self.subject)


@dataclass(frozen=True)
class Shown:
    """The parts that may be shown by themselves, those withheld, and those that a school's total may hold."""

    parts: list[Part]
    withheld: list[Part]
    totals: list[Part]


def shown_parts(
    session: Session,
    school: School,
    classes: Sequence[Class],
    spans: Sequence[Stretch],
    by: TrendBy,
    now: dt.datetime,
) -> Shown:
    """Frozen parts of all classes of a school, sorted into shown and withheld the same way for everybody."""
    grade_of = {each.id: (each.stage, each.grade) for each in classes}
    cells = frozen_cells(session, school=school, classes=classes, spans=spans, now=now)
    tables: dict[Hashable, list[Part]] = defaultdict(list)
    for cell in cells.values():
        for part in parts_of(cell, by):
            tables[cell.stretch.until, part.subject].append(part)
    shown: list[Part] = []
    withheld: list[Part] = []
    totals: list[Part] = []
    for parts in tables.values():
        hidden = _hidden(parts, grade_of)
        shown += [part for part in parts if part.cell.class_id not in hidden]
        withheld += [part for part in parts if part.cell.class_id in hidden]
        totals += parts if sum(part.n for part in parts) >= MINIMUM else []
    return Shown(shown, withheld, totals)


def _hidden(parts: Sequence[Part], grade_of: dict[uuid.UUID, Any]) -> set[uuid.UUID]:
    """The classes withheld in one table: first within each grade, then within the school."""
    numbers = {part.cell.class_id: part.n for part in parts}
    hidden: set[uuid.UUID] = set()
    for grade in {grade_of[class_id] for class_id in numbers}:
        hidden |= suppress({key: n for key, n in numbers.items() if grade_of[key] == grade}).withheld
    kept = {key: n for key, n in numbers.items() if key not in hidden}
    covered = sum(n for key, n in numbers.items() if key in hidden)
    if 0 < covered < MINIMUM and kept:
        hidden.add(min(kept, key=lambda key: kept[key]))
    return hidden


def parts_of(cell: Cell, by: TrendBy) -> list[Part]:
    """A class's stretch as parts: one in all, or one a subject."""
    if by is TrendBy.subject:
        return [Part(cell, code) for code in sorted(cell.by_subject)]
    return [Part(cell)]


def _key(part: Part, by: TrendBy) -> Hashable:
    if by is TrendBy.subject:
        return part.subject
    if by is TrendBy.week:
        return days_after(part.cell.stretch.until, 1 - part.cell.stretch.until.isoweekday())
    return part.cell.stretch


def grouped(parts: Iterable[Part], by: TrendBy) -> dict[Hashable, list[Part]]:
    """Parts by the row to which they belong."""
    groups: dict[Hashable, list[Part]] = defaultdict(list)
    for part in parts:
        groups[_key(part, by)].append(part)
    return groups


def total_may_stand(parts: Sequence[Part]) -> bool:
    """Whether every stretch in a total stands on five students or more by itself."""
    by_table: dict[Hashable, int] = defaultdict(int)
    for part in parts:
        by_table[part.cell.stretch.until, part.subject] += part.n
    return bool(by_table) and min(by_table.values()) >= MINIMUM


def name_of(key: Any, by: TrendBy) -> dict[str, Any]:
    """What names a row: a subject, a week's dates, a stretch's."""
    if by is TrendBy.subject:
        return {"subject": key}
    if by is TrendBy.week:
        return {"from": key, "to": days_after(key, 6)}
    return {"from": key.since, "to": key.until, "nights": key.nights}


def figure(parts: Sequence[Part]) -> dict[str, Any]:
    """The figures of several parts together; shares hold each student against the own class's cap."""
    values = [value for part in parts for value in part.values]
    enrolled = sum(part.cell.enrolled for part in parts)
    caps = {part.cell.cap_minutes for part in parts}
    one_cap = next(iter(caps)) if len(caps) == 1 else None
    figures = class_average(values, enrolled, one_cap)
    document = figure_document(figures, sum(part.cell.amended for part in parts))
    within = sum(
        part.cell.cap_minutes is None or value <= part.cell.cap_minutes for part in parts for value in part.values
    )
    has_subject = any(part.subject for part in parts)
    share = None if not values or has_subject else half_up(Fraction(within * 100, len(values)))
    return document | {"share_within_percent": share, "cap_minutes": None if has_subject else one_cap}


def _no_figure(n: int | None, withheld: bool) -> dict[str, Any]:
    names = ("enrolled", "mean_minutes", "median_minutes", "p90_minutes", "share_within_percent", "over_cap", "amended")
    return dict.fromkeys((*names, "cap_minutes")) | {"n": n, "withheld": withheld}


#: In place of a figure that may not be shown, and of one that nobody has handed in.
WITHHELD = _no_figure(None, withheld=True)
NOTHING = _no_figure(0, withheld=False)
