"""Medians and percentiles, exact, the one way that every figure uses.

Linear interpolation between the two nearest values (as SQL's percentile_cont), kept as a Fraction and turned
into whole minutes half up at the very end. Which values go in is the caller's business.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from backend.domain.errors import Invalid


def half_up(value: Fraction) -> int:
    """The nearest whole number, halves upwards."""
    return (value + Fraction(1, 2)).__floor__()


def percentile(values: Iterable[int], percent: int) -> Fraction:
    """The value below which `percent` (0 to 100) of the values lie. Raises Invalid without values or outside 0–100."""
    ordered = sorted(values)
    if not ordered or not 0 <= percent <= 100:
        raise Invalid("a percentile needs values and a percentage")
    below, part = divmod((len(ordered) - 1) * percent, 100)
    above = ordered[min(below + 1, len(ordered) - 1)]
    return ordered[below] + Fraction(part * (above - ordered[below]), 100)


def percentile_minutes(values: Iterable[int], percent: int) -> int:
    """A percentile in whole minutes, half up; in whole numbers alone, which says what `percentile` says."""
    ordered = sorted(values)
    if not ordered or not 0 <= percent <= 100:
        raise Invalid("a percentile needs values and a percentage")
    below, part = divmod((len(ordered) - 1) * percent, 100)
    above = ordered[min(below + 1, len(ordered) - 1)]
    return (2 * (100 * ordered[below] + part * (above - ordered[below])) + 100) // 200


def median_minutes(values: Iterable[int]) -> int:
    """The median in whole minutes, half up."""
    return percentile_minutes(values, 50)
