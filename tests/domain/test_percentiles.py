"""One exact way to a median and a percentile."""

from __future__ import annotations

from fractions import Fraction
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.errors import Invalid
from backend.domain.percentiles import half_up, median_minutes, percentile, percentile_minutes

minutes = st.lists(st.integers(0, 600), min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        pytest.param([7], 90, Fraction(7), id="one value is every percentile"),
        pytest.param([10, 20], 50, Fraction(15), id="halfway between two"),
        pytest.param([10, 21], 50, Fraction(31, 2), id="exactly, not rounded"),
        pytest.param([30, 10, 20], 50, Fraction(20), id="in whatever order"),
        pytest.param([0, 10, 20, 30, 40], 90, Fraction(36), id="linear between neighbours"),
        pytest.param([0, 10, 20, 30, 40], 10, Fraction(4), id="at the lower end too"),
        pytest.param([1, 2, 3], 0, Fraction(1), id="0 is the least"),
        pytest.param([1, 2, 3], 100, Fraction(3), id="100 is the most"),
    ],
)
def test_a_percentile_is_interpolated(values, percent, expected):
    assert percentile(values, percent) == expected


@pytest.mark.parametrize(("values", "percent"), [([], 50), ([1], -1), ([1], 101)])
def test_a_percentile_of_nothing_is_a_named_error(values, percent):
    with pytest.raises(Invalid, match="a percentile needs values and a percentage"):
        percentile(values, percent)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(Fraction(1, 2), 1), (Fraction(49, 100), 0), (Fraction(-1, 2), 0), (Fraction(3), 3), (Fraction(5, 2), 3)],
)
def test_halves_go_up(value, expected):
    assert half_up(value) == expected


def test_minutes_are_whole_and_halves_go_up():
    assert median_minutes([10, 21]) == 16
    assert percentile_minutes([0, 10, 20, 30, 45], 90) == 39


@given(minutes)
def test_the_median_is_everybodys_median(values):
    assert percentile(values, 50) == Fraction(median(Fraction(v) for v in values))


@given(minutes, st.integers(0, 99))
def test_percentiles_rise_and_stay_within_the_values(values, percent):
    assert min(values) <= percentile(values, percent) <= percentile(values, percent + 1) <= max(values)
