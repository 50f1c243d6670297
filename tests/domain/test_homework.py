"""Rule 8 (plan before the night): nights, their shares, and the evening's budget."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.errors import Invalid
from backend.domain.estimates import Estimate
from backend.domain.homework import (
    Budget,
    PlannedWork,
    budgets_with,
    check_dates,
    counts_in_plan,
    estimate_for,
    evening_budget,
    is_no_homework_day,
    is_set_on_free_day,
    minutes_on,
    most_used_tier,
    nights,
    over_subject_minutes,
    split_minutes,
)
from backend.domain.load import CapScope, Kind, Place, Tier

FRIDAY = date(2026, 11, 6)
SATURDAY, SUNDAY, MONDAY = (FRIDAY + timedelta(days=n) for n in (1, 2, 3))


def work(
    minutes: int,
    *,
    key: str = "",
    subject: str = "maths",
    by: str = "Ms Li",
    kind: Kind = Kind.written,
    given_on: date = FRIDAY,
    due_on: date = MONDAY,
    place: Place = Place.home,
) -> PlannedWork:
    return PlannedWork(key or f"{subject}-{minutes}", subject, by, kind, given_on, due_on, minutes, place)


SIXTIES = [
    work(60, subject="maths", by="Ms Li"),
    work(60, subject="english", by="Mr Wang"),
    work(60, subject="chinese", by="Ms Zhao"),
]
WEEKEND = [FRIDAY, SATURDAY, SUNDAY]


@pytest.mark.parametrize(
    ("given_on", "due_on", "expected"),
    [
        pytest.param(FRIDAY, MONDAY, WEEKEND, id="Friday to Monday is three nights"),
        pytest.param(FRIDAY, SATURDAY, [FRIDAY], id="to the next day is one"),
        pytest.param(FRIDAY, FRIDAY, [FRIDAY], id="due the same day is still one"),
    ],
)
def test_an_assignments_nights(given_on, due_on, expected):
    assert nights(given_on, due_on) == expected


@pytest.mark.parametrize(
    ("days", "code"), [(-1, "before_given_on"), (63, "too_far"), (400, "too_far"), (62, None), (0, None)]
)
def test_impossible_dates_are_a_named_error(days, code):
    due_on = FRIDAY + timedelta(days=days)
    assert [(p.path, p.code) for p in check_dates(FRIDAY, due_on)] == ([("due_on", code)] if code else [])
    if code:
        with pytest.raises(Invalid) as refused:
            nights(FRIDAY, due_on)
        assert refused.value.fields[0].code == code


@pytest.mark.parametrize(
    ("minutes", "n", "expected"),
    [
        pytest.param(60, 3, [20, 20, 20], id="equally"),
        pytest.param(190, 3, [64, 63, 63], id="the remainder to the first"),
        pytest.param(191, 3, [65, 63, 63], id="all of the remainder"),
        pytest.param(2, 3, [2, 0, 0], id="less than a minute a night"),
        pytest.param(0, 2, [0, 0], id="nothing"),
        pytest.param(30, 1, [30], id="one night"),
    ],
)
def test_an_estimate_is_split_over_its_nights(minutes, n, expected):
    assert split_minutes(minutes, n) == expected


@pytest.mark.parametrize(("minutes", "n"), [(10, 0), (-1, 2)])
def test_what_cannot_be_split_is_a_named_error(minutes, n):
    with pytest.raises(Invalid) as refused:
        split_minutes(minutes, n)
    assert (refused.value.fields[0].path, refused.value.fields[0].code) == ("minutes", "out_of_range")


def test_three_sixties_from_friday_to_monday_are_60_a_night_and_within():
    budgets = [evening_budget(SIXTIES, 60, night) for night in WEEKEND]
    assert [b.planned_minutes for b in budgets] == [60, 60, 60]
    assert [b.left_minutes for b in budgets] == [0, 0, 0]
    assert not any(b.exceeded for b in budgets)


def test_ten_minutes_more_make_64_63_63_and_go_over():
    budgets = budgets_with(SIXTIES, work(10, subject="art", by="Mr Sun"), 60)
    assert [b.planned_minutes for b in budgets] == [64, 63, 63]
    assert [b.over_minutes for b in budgets] == [4, 3, 3]
    assert all(b.exceeded for b in budgets)


def test_a_budget_says_what_is_planned_by_whom_and_what_is_left():
    planned = [
        work(25, subject="maths", by="Ms Li", due_on=SATURDAY),
        work(10, subject="maths", by="Mr Wang", due_on=SATURDAY),
        work(5, subject="english", by="Mr Wang", due_on=SATURDAY),
        work(90, subject="reading", kind=Kind.reading, due_on=SATURDAY),
    ]
    assert evening_budget(planned, 60, FRIDAY) == Budget(
        night=FRIDAY,
        cap_minutes=60,
        planned_minutes=40,
        left_minutes=20,
        by_subject={"maths": 35, "english": 5},
        by_whom={"Ms Li": 25, "Mr Wang": 15},
        exceeded=False,
    )


def test_work_of_another_night_is_not_in_the_budget():
    budget = evening_budget(SIXTIES, 60, MONDAY)
    assert (budget.planned_minutes, budget.by_subject, budget.left_minutes) == (0, {}, 60)
    assert minutes_on(SIXTIES[0], MONDAY) == 0
    assert minutes_on(SIXTIES[0], SUNDAY) == 20


@pytest.mark.parametrize(
    ("planned", "cap", "scope", "exceeded", "left"),
    [
        pytest.param([work(60, due_on=SATURDAY)], 60, CapScope.all, False, 0, id="60 of 60 is within"),
        pytest.param([work(61, due_on=SATURDAY)], 60, CapScope.all, True, 0, id="61 of 60 is over"),
        pytest.param([work(500)], None, CapScope.all, False, None, id="without a cap never over"),
        pytest.param([work(0)], 0, CapScope.home, True, 0, id="with cap 0 any written work for home is over"),
        pytest.param([work(1, due_on=SATURDAY)], 0, CapScope.home, True, 0, id="a minute too"),
        pytest.param([work(0)], 60, CapScope.all, False, 60, id="0 minutes within another cap"),
        pytest.param([work(20, place=Place.school)], 0, CapScope.home, False, 0, id="written at school is allowed"),
        pytest.param([work(90, place=Place.school)], 20, CapScope.all, True, 0, id="but counts where the scope is all"),
        pytest.param([work(20, kind=Kind.oral)], 0, CapScope.home, False, 0, id="oral work is allowed"),
        pytest.param([], 0, CapScope.home, False, 0, id="nothing is within 0"),
    ],
)
def test_whether_the_evening_is_full(planned, cap, scope, exceeded, left):
    budget = evening_budget(planned, cap, FRIDAY, scope)
    assert (budget.exceeded, budget.left_minutes) == (exceeded, left)


def test_nothing_is_over_without_a_cap():
    assert evening_budget([work(500)], None, FRIDAY).over_minutes == 0


def test_publishing_again_replaces_the_plan_under_the_same_key():
    planned = [work(60, key="a", due_on=SATURDAY)]
    changed = budgets_with(planned, work(50, key="a", due_on=SATURDAY), 60)
    added = budgets_with(planned, work(50, key="b", due_on=SATURDAY), 60)
    assert [b.planned_minutes for b in changed] == [50]
    assert [b.planned_minutes for b in added] == [110]
    assert budgets_with([], work(30, place=Place.school, due_on=SATURDAY), 0, CapScope.home)[0].exceeded is False


def test_what_counts_in_a_plan():
    assert counts_in_plan(work(1), CapScope.home) is True
    assert counts_in_plan(work(1, place=Place.school), CapScope.home) is False
    assert counts_in_plan(work(1, place=Place.school), CapScope.all) is True
    assert counts_in_plan(work(1, kind=Kind.practical), CapScope.all) is False


@pytest.mark.parametrize(
    ("counts", "tier"),
    [
        pytest.param({}, Tier.standard, id="standard without any"),
        pytest.param({Tier.basic: 3, Tier.standard: 2}, Tier.basic, id="the most used"),
        pytest.param({Tier.extension: 3, Tier.standard: 2}, Tier.extension, id="extension too"),
        pytest.param({Tier.basic: 2, Tier.standard: 2}, Tier.standard, id="standard where it ties"),
        pytest.param({Tier.basic: 2, Tier.extension: 2}, Tier.basic, id="else the smaller"),
        pytest.param({Tier.extension: 1}, Tier.extension, id="one is most of one"),
        pytest.param({Tier.basic: 0, Tier.extension: 0}, Tier.standard, id="nothing used"),
    ],
)
def test_the_tier_most_used(counts, tier):
    assert most_used_tier(counts) is tier


BASIC, STANDARD, EXTENSION = (Estimate(tier, n) for tier, n in zip(Tier, (10, 20, 30), strict=True))


@pytest.mark.parametrize(
    ("tiers", "asked", "expected"),
    [
        pytest.param([BASIC, STANDARD, EXTENSION], Tier.extension, EXTENSION, id="the tier asked for"),
        pytest.param([BASIC, STANDARD], Tier.extension, STANDARD, id="else standard"),
        pytest.param([BASIC, EXTENSION], Tier.standard, BASIC, id="else basic"),
        pytest.param([EXTENSION], Tier.basic, EXTENSION, id="else extension"),
        pytest.param([], Tier.basic, None, id="none without tiers"),
    ],
)
def test_the_estimate_that_a_budget_uses(tiers, asked, expected):
    assert estimate_for({e.tier: e for e in tiers}, asked) is expected


def test_a_no_homework_day_is_a_weekday():
    assert is_no_homework_day(FRIDAY, 5) is True
    assert is_no_homework_day(FRIDAY, 4) is False
    assert is_no_homework_day(FRIDAY, None) is False


@given(st.integers(0, 1000), st.integers(1, 62))
def test_splitting_loses_and_invents_nothing(minutes, n):
    parts = split_minutes(minutes, n)
    assert (len(parts), sum(parts)) == (n, minutes)
    assert parts[0] - n < parts[-1] <= parts[0]
    assert len(set(parts[1:])) <= 1


planned_work = st.lists(
    st.builds(
        lambda minutes, start, days, kind, key: work(
            minutes, key=key, kind=kind, given_on=FRIDAY + timedelta(start), due_on=FRIDAY + timedelta(start + days)
        ),
        st.integers(0, 120),
        st.integers(0, 5),
        st.integers(0, 5),
        st.sampled_from(Kind),
        st.text("abc", min_size=1, max_size=3),
    ),
    max_size=8,
)


@given(planned_work, st.integers(0, 120))
def test_the_nights_of_a_plan_add_up_to_its_written_work(planned, cap):
    budgets = [evening_budget(planned, cap, FRIDAY + timedelta(n)) for n in range(11)]
    assert sum(b.planned_minutes for b in budgets) == sum(w.minutes for w in planned if w.kind is Kind.written)
    for budget in budgets:
        assert sum(budget.by_subject.values()) == sum(budget.by_whom.values()) == budget.planned_minutes
        assert budget.left_minutes is not None
        assert budget.planned_minutes + budget.left_minutes - budget.over_minutes == cap


@pytest.mark.parametrize(("cap", "expected"), [(None, 0), (25, 0), (20, 0), (19, 1), (0, 20)])
def test_a_subject_has_a_cap_of_its_own(cap: int | None, expected: int) -> None:
    budget = evening_budget(SIXTIES, 90, FRIDAY)
    assert over_subject_minutes(budget, "maths", cap) == expected
    assert over_subject_minutes(budget, "science", 0) == 0


@pytest.mark.parametrize(
    ("kind", "weekday", "expected"),
    [
        pytest.param(Kind.written, 5, True, id="given on it"),
        pytest.param(Kind.written, 6, False, id="longer work may lie over it"),
        pytest.param(Kind.written, None, False, id="no such day"),
        pytest.param(Kind.oral, 5, False, id="only written work"),
    ],
)
def test_a_day_without_homework_is_meant_for_what_is_given_on_it(
    kind: Kind, weekday: int | None, expected: bool
) -> None:
    assert is_set_on_free_day(work(20, kind=kind), CapScope.all, weekday) is expected
