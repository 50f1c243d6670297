"""Rule 4 (class average) over many groups whose minutes are kept sorted: what `pooled_average` says, sooner.

Whole numbers alone, no list walked twice. A term of a large school is some ten thousand of these. Figures of a handful
of minutes that nobody sorted are `backend.domain.trends`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from math import lcm
from typing import NamedTuple

from backend.domain.trends import Group


class Pooled(NamedTuple):
    """The official measure as it is shown: the mean in tenths of a minute; None throughout where nobody submitted."""

    n: int
    mean_tenths: int | None
    median: int | None
    p90: int | None
    share_within_percent: int | None
    over_cap: bool


NOBODY = Pooled(0, None, None, None, None, over_cap=False)


def pooled_figures(groups: Sequence[Group], cap: int | None) -> Pooled:
    """Figures a night over students of several groups, each held against the own group's cap, the mean against `cap`.

    Every group's minutes must be sorted.
    """
    common = lcm(*(group.nights for group in groups))
    values = groups[0].minutes if len(groups) == 1 else _together(groups, common)
    n = len(values)
    if not n:
        return NOBODY
    total, units = sum(values), common * n
    within = sum(_within(group) for group in groups)
    return Pooled(
        n,
        (20 * total + units) // (2 * units),
        _rank(values, 50, common),
        _rank(values, 90, common),
        (200 * within + n) // (2 * n),
        cap is not None and total > cap * units,
    )


def _together(groups: Sequence[Group], common: int) -> list[int]:
    """All values over the least common multiple of the nights, sorted: sorting runs that are sorted is a merge."""
    values: list[int] = []
    for group in groups:
        factor = common // group.nights
        values += group.minutes if factor == 1 else [value * factor for value in group.minutes]
    values.sort()
    return values


def _within(group: Group) -> int:
    """How many are within the own cap: so many sorted minutes over the nights are not above it."""
    if group.cap is None:
        return len(group.minutes)
    return bisect_right(group.minutes, group.cap * group.nights)


def _rank(ordered: Sequence[int], percent: int, common: int) -> int:
    """`percentile_minutes` of sorted values, each made whole minutes a night before; only two of them are looked at."""
    below, part = divmod((len(ordered) - 1) * percent, 100)
    low = (2 * ordered[below] + common) // (2 * common)
    if not part:
        return low
    high = (2 * ordered[below + 1] + common) // (2 * common)
    return (2 * (100 * low + part * (high - low)) + 100) // 200
