"""Rules 4, 8 and 11: the class average, weekends, and what is withheld."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.errors import Invalid
from backend.domain.trends import (
    ClassFigure,
    Suppressed,
    class_average,
    frozen_at,
    may_refresh,
    suppress,
    weekend_minutes,
)
from tests.domain.times import NIGHT, SHANGHAI, at

# --- rule 4: the class average -------------------------------------------------------------------------------------


def test_the_mean_is_over_the_students_who_submitted_and_coverage_stands_beside_it():
    figure = class_average([40] * 27, enrolled=40, cap=60)
    assert (figure.mean, figure.n, figure.enrolled) == (40, 27, 40)


def test_a_submitted_empty_sheet_counts_0():
    assert class_average([60, 0], enrolled=3, cap=60).mean == 30


def test_a_mean_of_55_can_hide_ten_children_at_100():
    figure = class_average([100] * 10 + [40] * 30, enrolled=40, cap=60)
    assert (figure.mean, figure.over_cap) == (55, False)
    assert (figure.median, figure.p90, figure.share_within) == (40, 100, Fraction(3, 4))
    assert figure.share_within_percent == 75


def test_the_figures_of_an_evening():
    assert class_average([10, 20, 30, 40, 50], enrolled=5, cap=30) == ClassFigure(
        mean=Fraction(30), median=30, p90=46, share_within=Fraction(3, 5), n=5, enrolled=5, over_cap=False
    )


def test_nobody_submitted():
    figure = class_average([], enrolled=40, cap=60)
    assert figure == ClassFigure(None, None, None, None, 0, 40, over_cap=False)
    assert (figure.mean_tenths, figure.share_within_percent) == (None, None)


@pytest.mark.parametrize(
    ("minutes", "cap", "over", "within"),
    [
        pytest.param([60, 60], 60, False, 1, id="an average of 60 is within 60"),
        pytest.param([60, 61], 60, True, Fraction(1, 2), id="60.5 is above: the exact mean decides"),
        pytest.param([0, 0], 0, False, 1, id="nothing within 0"),
        pytest.param([0, 1], 0, True, Fraction(1, 2), id="any minute above 0"),
        pytest.param([500], None, False, 1, id="without a cap nobody is above"),
    ],
)
def test_the_class_against_its_cap(minutes, cap, over, within):
    figure = class_average(minutes, enrolled=40, cap=cap)
    assert (figure.over_cap, figure.share_within) == (over, within)


@pytest.mark.parametrize(
    ("minutes", "tenths"), [([55], 550), ([1, 1, 2], 13), ([1, 2, 2], 17), ([10, 10, 10, 11], 103), ([0], 0)]
)
def test_the_mean_is_shown_in_tenths_half_up(minutes, tenths):
    assert class_average(minutes, 40, 60).mean_tenths == tenths


def test_the_share_is_shown_in_whole_percent_half_up():
    assert class_average([1, 1, 100], 40, 60).share_within_percent == 67
    assert class_average([1, *[100] * 7], 40, 60).share_within_percent == 13


@pytest.mark.parametrize(("written", "n", "expected"), [(180, 3, 60), (190, 3, Fraction(190, 3)), (0, 2, 0), (5, 1, 5)])
def test_a_weekend_is_each_students_minutes_over_its_nights(written, n, expected):
    assert weekend_minutes(written, n) == expected


def test_the_mean_of_a_weekend_is_over_its_students():
    weekend = [weekend_minutes(190, 3), weekend_minutes(0, 3)]
    figure = class_average(weekend, 40, 60)
    assert figure.mean == Fraction(95, 3)
    assert (figure.median, figure.p90, figure.share_within) == (32, 57, Fraction(1, 2))


def test_no_nights_is_a_named_error():
    with pytest.raises(Invalid, match="no nights"):
        weekend_minutes(10, 0)


minutes = st.lists(st.integers(0, 300), min_size=1, max_size=50)


@given(minutes, st.integers(0, 120))
def test_mean_and_median_lie_among_the_values_and_shares_are_shares(values, cap):
    figure = class_average(values, 50, cap)
    assert figure.mean is not None
    assert figure.share_within is not None
    assert min(values) <= figure.mean <= max(values)
    assert 0 <= figure.share_within <= 1
    assert figure.mean * figure.n == sum(values)
    if figure.over_cap:
        assert figure.share_within < 1


@given(minutes)
def test_an_empty_sheet_more_never_raises_the_mean(values):
    one = class_average(values, 60, 60).mean
    more = class_average([*values, 0], 60, 60).mean
    assert one is not None
    assert more is not None
    assert more <= one


# --- rule 11: what is withheld -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "withheld", "total"),
    [
        pytest.param({"a": 5, "b": 9}, set(), False, id="five may be shown"),
        pytest.param({"a": 4, "b": 9}, {"a", "b"}, False, id="four may not, nor what gives it away"),
        pytest.param({"a": 4, "b": 9, "c": 8}, {"a", "c"}, False, id="the smallest other covers it"),
        pytest.param({"a": 4, "b": 8, "c": 8}, {"a", "b"}, False, id="of equals the first"),
        pytest.param({"a": 4, "b": 1, "c": 9}, {"a", "b"}, False, id="two small ones of five cover each other"),
        pytest.param({"a": 2, "b": 2, "c": 9}, {"a", "b", "c"}, False, id="two small ones of four do not"),
        pytest.param({"a": 0, "b": 9}, {"a"}, False, id="an empty cell needs no cover"),
        pytest.param({"a": 0, "b": 1, "c": 9}, {"a", "b", "c"}, False, id="an empty cell is no cover"),
        pytest.param({"a": 3}, {"a"}, True, id="a small table is withheld whole"),
        pytest.param({"a": 2, "b": 2}, {"a", "b"}, True, id="and its total"),
        pytest.param({"a": 2, "b": 3}, {"a", "b"}, False, id="a total of five may be shown"),
        pytest.param({}, set(), True, id="nobody at all"),
    ],
)
def test_cells_below_five_are_withheld_and_what_would_give_them_away(cells, withheld, total):
    assert suppress(cells) == Suppressed(frozenset(withheld), total)


def test_the_minimum_can_be_raised():
    assert suppress({"a": 9, "b": 20, "c": 30}, minimum=10).withheld == {"a", "b"}


@given(st.dictionaries(st.integers(), st.integers(0, 30), max_size=8))
def test_no_group_of_one_to_four_can_be_had_by_subtracting_shown_cells_from_the_total(cells):
    found = suppress(cells)
    shown = [key for key in cells if key not in found.withheld]
    assert all(cells[key] >= 5 for key in shown)
    if not found.total_withheld:
        for n in range(len(shown) + 1):
            for subset in combinations(shown, n):
                rest = sum(cells.values()) - sum(cells[key] for key in subset)
                assert rest == 0 or rest >= 5


def test_a_nights_figures_are_frozen_at_seven_next_day():
    assert frozen_at(NIGHT, SHANGHAI) == at("+07:00")


@pytest.mark.parametrize(
    ("now", "published", "changed", "may"),
    [
        pytest.param("+06:59:59", False, 40, False, id="nothing before the freeze"),
        pytest.param("+07:00", False, 0, True, id="once from then on"),
        pytest.param("+08:00", True, 4, False, id="four changed sheets are too few"),
        pytest.param("+08:00", True, 5, True, id="five will do"),
        pytest.param("+06:00", True, 50, False, id="never before the freeze"),
    ],
)
def test_figures_are_refreshed_only_when_five_sheets_have_changed(now, published, changed, may):
    fresh = may_refresh(now=at(now), frozen_from=at("+07:00"), published=published, changed_sheets=changed)
    assert fresh is may
