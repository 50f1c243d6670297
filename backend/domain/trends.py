"""Rules 4 and 11 (class average, privacy of aggregates): figures of a class, and which of them may be shown.

Takes plain minutes per student. Who may see names is not decided here, only what those who may not are given.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from fractions import Fraction
from math import lcm
from typing import Generic, TypeVar

from backend.domain.errors import Invalid
from backend.domain.night import Zone, aware, days_after, local_instant
from backend.domain.percentiles import half_up, percentile_minutes

MINIMUM = 5
FROZEN_AT = time(7, 0)
_K = TypeVar("_K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class ClassFigure:
    """The official measure with what must stand beside it; None where nobody submitted.

    `mean` and `share_within` are exact; `mean_tenths` and `share_within_percent` are what is shown.
    """

    mean: Fraction | None
    median: int | None
    p90: int | None
    share_within: Fraction | None
    n: int
    enrolled: int
    over_cap: bool = False

    @property
    def mean_tenths(self) -> int | None:
        """The mean in tenths of a minute, half up: 553 is 55.3."""
        return None if self.mean is None else half_up(self.mean * 10)

    @property
    def share_within_percent(self) -> int | None:
        """The share of students within the cap in whole per cent, half up."""
        return None if self.share_within is None else half_up(self.share_within * 100)


def class_average(minutes: Iterable[int | Fraction], enrolled: int, cap: int | None) -> ClassFigure:
    """Figures over the students who submitted (rule 4): an empty sheet is a 0 in `minutes`, a missing one is not there.

    Over the cap when the exact mean is above it, never without a cap; without a cap everybody is within.
    """
    values = list(minutes)
    n = len(values)
    if not values:
        return ClassFigure(None, None, None, None, 0, enrolled)
    mean = sum((Fraction(v) for v in values), Fraction()) / n
    whole = [half_up(Fraction(v)) for v in values]
    return ClassFigure(
        mean=mean,
        median=percentile_minutes(whole, 50),
        p90=percentile_minutes(whole, 90),
        share_within=Fraction(sum(cap is None or v <= cap for v in values), n),
        n=n,
        enrolled=enrolled,
        over_cap=cap is not None and mean > cap,
    )


@dataclass(frozen=True, slots=True)
class Group:
    """Some students' minutes over a stretch, with its nights and the cap that holds for them."""

    minutes: Sequence[int]
    nights: int = 1
    cap: int | None = None


def pooled_average(groups: Sequence[Group], enrolled: int, cap: int | None) -> ClassFigure:
    """`class_average` of many groups at once: minutes a night (rule 8), each held against the own group's cap.

    The mean is held against `cap`. All is reckoned in whole numbers, over the least common
    multiple of the nights.
    """
    common = lcm(*(group.nights for group in groups)) if groups else 1
    values: list[int] = []
    within = 0
    for group in groups:
        factor = common // group.nights
        scaled = group.minutes if factor == 1 else [value * factor for value in group.minutes]
        values += scaled
        most = None if group.cap is None else group.cap * common
        within += len(scaled) if most is None else sum(value <= most for value in scaled)
    if not values:
        return ClassFigure(None, None, None, None, 0, enrolled)
    mean = Fraction(sum(values), common * len(values))
    whole = sorted(values if common == 1 else [(2 * value + common) // (2 * common) for value in values])
    return ClassFigure(
        mean=mean,
        median=percentile_minutes(whole, 50),
        p90=percentile_minutes(whole, 90),
        share_within=Fraction(within, len(values)),
        n=len(values),
        enrolled=enrolled,
        over_cap=cap is not None and mean > cap,
    )


def weekend_minutes(written: int, nights: int) -> Fraction:
    """A student's written minutes over several nights, per night, exact (rule 8). Raises Invalid below one night."""
    if nights < 1:
        raise Invalid("no nights")
    return Fraction(written, nights)


@dataclass(frozen=True, slots=True)
class Suppressed(Generic[_K]):
    """Which cells of a table are withheld, and whether its total is."""

    withheld: frozenset[_K]
    total_withheld: bool


def suppress(cells: Mapping[_K, int], minimum: int = MINIMUM) -> Suppressed[_K]:
    """Which cells (key to number of students) may not be shown, so that nothing comes out by subtraction.

    Every cell below the minimum; and, if those withheld together hold somebody but fewer than the minimum, the
    smallest shown cell too (of equals the first). The total is withheld below the minimum. An empty cell is withheld
    like a small one, but needs no cover: it has no figure.
    """
    withheld = [key for key, n in cells.items() if n < minimum]
    hidden = sum(cells[key] for key in withheld)
    shown = [key for key in cells if key not in set(withheld)]
    if 0 < hidden < minimum and shown:
        withheld.append(min(shown, key=lambda key: cells[key]))
    return Suppressed(frozenset(withheld), sum(cells.values()) < minimum)


def frozen_at(night: date, zone: Zone) -> datetime:
    """When a night's figures are first fixed for those who may not see names: 07:00 next day, in UTC."""
    return local_instant(days_after(night, 1), FROZEN_AT, zone)


def may_refresh(
    *, now: datetime, frozen_from: datetime, published: bool, changed_sheets: int, minimum: int = MINIMUM
) -> bool:
    """Whether fresh figures may be published: not before the freeze, then once, then only after 5 changed sheets."""
    if aware(now) < aware(frozen_from):
        return False
    return not published or changed_sheets >= minimum
