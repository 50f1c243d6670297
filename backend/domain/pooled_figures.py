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
    total = sum([sum(group.minutes) * (common // group.nights) for group in groups])
    within = sum([_within(group.minutes, group.nights, group.cap) for group in groups])
    return _reckoned(_together(groups), total, common, within, cap)


def figures_of_one(minutes: Sequence[int], nights: int, own_cap: int | None, cap: int | None) -> Pooled:
    """The same of one group: most figures of a large school's answer are of one."""
    whole = minutes if nights == 1 else _a_night(minutes, nights)
    return _reckoned(whole, sum(minutes), nights, _within(minutes, nights, own_cap), cap)


def _reckoned(whole: Sequence[int], total: int, common: int, within: int, cap: int | None) -> Pooled:
    """From whole minutes a night, sorted, and the exact sum over the least common multiple of the nights."""
    n = len(whole)
    if not n:
        return NOBODY
    units = common * n
    return Pooled(
        n,
        (20 * total + units) // (2 * units),
        _rank(whole, 50),
        _rank(whole, 90),
        (200 * within + n) // (2 * n),
        cap is not None and total > cap * units,
    )


def _together(groups: Sequence[Group]) -> list[int]:
    """All students' whole minutes a night, sorted: sorting runs that are sorted is a merge."""
    values: list[int] = []
    for group in groups:
        values += group.minutes if group.nights == 1 else _a_night(group.minutes, group.nights)
    values.sort()
    return values


def _a_night(minutes: Sequence[int], nights: int) -> list[int]:
    """Whole minutes a night, half up; what was sorted stays so."""
    return [(2 * value + nights) // (2 * nights) for value in minutes]


def _within(minutes: Sequence[int], nights: int, cap: int | None) -> int:
    """How many are within the cap: so many sorted minutes over the nights are not above it."""
    return len(minutes) if cap is None else bisect_right(minutes, cap * nights)


def _rank(ordered: Sequence[int], percent: int) -> int:
    """`percentile_minutes` of values that are sorted already."""
    below, part = divmod((len(ordered) - 1) * percent, 100)
    if not part:
        return ordered[below]
    low, high = ordered[below], ordered[below + 1]
    return (2 * (100 * low + part * (high - low)) + 100) // 200
