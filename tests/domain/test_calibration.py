"""Rule 5 over many assignments, and rule 4 over many classes at once."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.estimates import Judged, calibrate, calibrate_counted
from backend.domain.load import Outcome
from backend.domain.trends import Group, class_average, pooled_average

STOPPED, LEFT = Outcome.stopped_for_sleep, Outcome.unfinished


def test_the_ratio_is_the_median_of_each_works_own():
    found = calibrate([Judged(30, 20), Judged(40, 40), Judged(10, 20), Judged(5, None), Judged(5, 0)])
    assert (found.n, found.ratio, found.estimated) == (5, 1.0, 20)


def test_censored_work_is_counted_and_used_by_the_kaplan_meier_median_alone():
    found = calibrate([Judged(10, 20), Judged(30, 20), Judged(50, 20, STOPPED), Judged(20, 20, LEFT)])
    assert (found.n, found.n_censored, found.stopped_for_sleep) == (2, 2, 1)
    assert (found.median, found.km_median) == (20, 30)
    assert calibrate([Judged(10, 20)]).km_median is None


def test_work_in_progress_is_in_nothing():
    assert calibrate([Judged(10, 20, Outcome.in_progress)]) == calibrate([])


@pytest.mark.parametrize("cap", [None, 0, 20])
def test_a_pool_holds_each_student_against_the_own_groups_cap(cap):
    found = pooled_average([Group([10, 30], 1, 20), Group([90], 3, 30)], 5, cap)
    assert (found.mean, found.median, found.n, found.enrolled) == (Fraction(70, 3), 30, 3, 5)
    assert found.share_within == Fraction(2, 3)
    assert found.over_cap is (cap is not None)


@given(
    st.lists(st.tuples(st.lists(st.integers(0, 600), max_size=9), st.sampled_from((1, 2, 3, 8))), max_size=5),
    st.none() | st.integers(0, 120),
)
def test_a_pool_says_what_the_class_average_says_of_the_same_students(groups, cap):
    values = [Fraction(value, nights) for minutes, nights in groups for value in minutes]
    pooled = pooled_average([Group(minutes, nights, cap) for minutes, nights in groups], 50, cap)
    assert pooled == class_average(values, 50, cap)


WORK = st.lists(
    st.builds(
        Judged,
        minutes=st.integers(0, 90),
        estimated_minutes=st.none() | st.sampled_from([0, 10, 15, 20]),
        outcome=st.sampled_from([Outcome.finished, Outcome.finished, Outcome.stopped_for_sleep, Outcome.unfinished]),
    ),
    max_size=40,
)


@given(work=WORK)
def test_equal_work_given_once_with_how_often_says_the_same(work: list[Judged]) -> None:
    assert calibrate_counted(Counter(work)) == calibrate(work)
