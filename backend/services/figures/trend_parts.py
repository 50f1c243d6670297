"""The parts that a trend's figures are added up from, and which of them may be shown (rule 11, privacy).

Those who may not see names are given frozen figures. A class's stretch with fewer than five sheets is withheld, and of
the others what would give a few students away beside what is shown. Everything longer or wider, from a week to a
district, adds up only what is shown by itself: nothing comes out by subtracting one class, day or range from another.
"""

import datetime as dt
import enum
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.domain.estimates import Calibration, Judged, calibrate
from backend.domain.night import days_after
from backend.domain.pooled_figures import Pooled, figures_of_one, pooled_figures
from backend.domain.trends import MINIMUM, Group
from backend.services.figures.class_figures import OF_WORK, Cell, Table
from backend.services.figures.packed_work import Fours, counted, finished_in, work_of


class TrendBy(enum.Enum):
    """What a trend's rows are."""

    day = "day"
    """A stretch: a school night, or a weekend as its nights' mean."""
    week = "week"
    subject = "subject"
    kind = "kind"
    tier = "tier"
    place = "place"

    @property
    def table(self) -> Table | None:
        """By what work is parted; None for rows in time."""
        return _TABLES.get(self)


_TABLES = {TrendBy(table.value): table for table in Table}


@dataclass(frozen=True, slots=True)
class Part:
    """What one class's stretch adds to a row: its whole minutes, or those of one subject, kind, tier or place."""

    cell: Cell
    table: Table | None = None
    name: str = ""
    values: Sequence[int] | None = None
    """Its minutes, where whoever made it had them at hand."""

    @property
    def minutes(self) -> Sequence[int]:
        """Each student's minutes over the stretch, sorted."""
        if self.values is not None:
            return self.values
        return self.cell.minutes if self.table is None else self.cell.table(self.table).get(self.name, ())

    @property
    def n(self) -> int:
        """How many students stand behind it."""
        return len(self.minutes)

    @property
    def withheld(self) -> bool:
        """Whether those who see no names may not see it."""
        if self.table is None:
            return self.n < MINIMUM
        return self.cell.n < MINIMUM or (self.table.value, self.name) in self.cell.withheld


@dataclass(frozen=True)
class Shown:
    """The parts that may be shown, and those withheld."""

    parts: list[Part]
    withheld: list[Part]


def parts_of(cell: Cell, by: TrendBy) -> list[Part]:
    """A class's stretch as parts: one in all, or one a subject, kind, tier or place."""
    table = by.table
    if table is None:
        return [Part(cell, None, "", cell.minutes)]
    return [Part(cell, table, name, values) for name, values in cell.table(table).items()]


def shown_parts(cells: Iterable[Cell], by: TrendBy, *, live: bool) -> Shown:
    """The parts of some cells that hold anything: all of them live, else sorted into shown and withheld."""
    parts = [part for cell in cells for part in parts_of(cell, by) if part.minutes]
    if live:
        return Shown(parts, [])
    return Shown([part for part in parts if not part.withheld], [part for part in parts if part.withheld])


def monday_of(day: dt.date) -> dt.date:
    """The Monday of a date's week."""
    return days_after(day, 1 - day.isoweekday())


def _key_of(by: TrendBy) -> Callable[[Part], Hashable]:
    if by.table is not None:
        return lambda part: part.name
    return (lambda part: monday_of(part.cell.stretch.until)) if by is TrendBy.week else (lambda part: part.cell.stretch)


def grouped(parts: Iterable[Part], by: TrendBy) -> dict[Hashable, list[Part]]:
    """Parts by the row to which they belong."""
    groups: dict[Hashable, list[Part]] = defaultdict(list)
    key_of = _key_of(by)
    for part in parts:
        groups[key_of(part)].append(part)
    return groups


def name_of(key: Any, by: TrendBy) -> dict[str, Any]:
    """What names a row: a subject, kind, tier or place, a week's dates, a stretch's."""
    if by.table is not None:
        return {by.value: key}
    if by is TrendBy.week:
        return {"from": key, "to": days_after(key, 6)}
    return {"from": key.since, "to": key.until, "nights": key.nights}


def sort_key(key: Any) -> Any:
    """Rows in time by their date, others by their name."""
    return str(getattr(key, "until", key))


def figure(parts: Sequence[Part]) -> dict[str, Any]:
    """The figures of several parts together; shares hold each student against the own class's cap."""
    if len(parts) == 1:
        return _figure_of_one(parts[0])
    cells = [part.cell for part in parts]
    caps = {cell.cap_minutes for cell in cells}
    is_whole = all(part.table is None for part in parts)
    one_cap = next(iter(caps)) if is_whole and len(caps) == 1 else None
    groups = [Group(part.minutes, part.cell.stretch.nights, part.cell.cap_minutes) for part in parts]
    enrolled, amended = sum([cell.enrolled for cell in cells]), sum([cell.amended for cell in cells])
    return _document(pooled_figures(groups, one_cap), enrolled, amended, one_cap, is_whole=is_whole)


def _figure_of_one(part: Part) -> dict[str, Any]:
    cell, is_whole = part.cell, part.table is None
    one_cap = cell.cap_minutes if is_whole else None
    found = figures_of_one(part.minutes, cell.stretch.nights, cell.cap_minutes, one_cap)
    return _document(found, cell.enrolled, cell.amended, one_cap, is_whole=is_whole)


def _document(found: Pooled, enrolled: int, amended: int, cap: int | None, *, is_whole: bool) -> dict[str, Any]:
    return {
        "n": found.n,
        "enrolled": enrolled,
        "mean_minutes": None if found.mean_tenths is None else found.mean_tenths / 10,
        "median_minutes": found.median,
        "p90_minutes": found.p90,
        "share_within_percent": found.share_within_percent if is_whole else None,
        "over_cap": found.over_cap,
        "amended": amended,
        "withheld": False,
        "cap_minutes": cap,
    }


def figure_or_nothing(parts: Sequence[Part], *, withheld: bool) -> dict[str, Any]:
    """The figures of parts that may be shown; where there are none, that they are withheld, or that there are none."""
    if parts:
        return figure(parts)
    return dict(WITHHELD if withheld else NOTHING)


def _no_figure(n: int | None, withheld: bool) -> dict[str, Any]:
    names = ("enrolled", "mean_minutes", "median_minutes", "p90_minutes", "share_within_percent", "over_cap", "amended")
    return dict.fromkeys((*names, "cap_minutes")) | {"n": n, "withheld": withheld}


#: In place of a figure that may not be shown, and of one that nobody has handed in.
WITHHELD: Mapping[str, Any] = _no_figure(None, withheld=True)
NOTHING: Mapping[str, Any] = _no_figure(0, withheld=False)


# --- estimate against actual ----------------------------------------------------------------------------------------

_COLUMN = {Table.subject: 0, Table.kind: 1, Table.tier: 2}


def work_in(cell: Cell, table: Table, *, live: bool) -> dict[str, list[Judged]]:
    """A class's stretch of work against its estimates, by subject, kind or tier; none by place.

    Not live, only where that part of the class's work is shown and five or more finished.
    """
    return {
        name: [each for each, times in counted(fours).items() for _ in range(times)]
        for name, fours in fours_in(cell, table, live=live).items()
    }


def fours_in(cell: Cell, table: Table, *, live: bool) -> dict[str, Fours]:
    """The same as it is kept, equal work once and how often: to be put together and `counted`."""
    if table not in _COLUMN:
        return {}
    found = work_of(cell.figures.get("work", ()), _COLUMN[table])
    return {name: work for name, work in found.items() if name and (live or _may_be_shown(cell, table, name, work))}


def _may_be_shown(cell: Cell, table: Table, name: str, work: Fours) -> bool:
    hidden = Part(cell, table, name).withheld or (f"{OF_WORK}{table.value}", name) in cell.withheld
    return not hidden and finished_in(work) >= MINIMUM


def estimate(work: Sequence[Judged], *, withheld: bool = False) -> dict[str, Any]:
    """Work against its estimates as a document (rule 5); ``basis`` says whether any of it is censored."""
    return estimate_document(calibrate(work), withheld=withheld)


def estimate_document(found: Calibration, *, withheld: bool = False) -> dict[str, Any]:
    """The same of figures that are reckoned already."""
    return {
        "n": None if withheld else found.n,
        "n_censored": None if withheld else found.n_censored,
        "stopped_for_sleep": None if withheld else found.stopped_for_sleep,
        "estimated_minutes": found.estimated,
        "median_minutes": found.median,
        "p10_minutes": found.p10,
        "p90_minutes": found.p90,
        "ratio": found.ratio,
        "km_median_minutes": found.km_median,
        "basis": "kaplan_meier" if found.n_censored else "finished",
        "withheld": withheld,
    }
