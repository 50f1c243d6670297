"""Rule 6 (sleep): two facts, the target and the bedtime."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.errors import Invalid
from backend.domain.sleep import (
    DayKind,
    SleepBasis,
    SleepDebt,
    SleepFigure,
    is_short,
    project,
    sleep_debt,
    sleep_minutes,
    usual_waking,
)
from tests.domain.times import NIGHT, SHANGHAI, at, naive

SCHOOL, FREE = DayKind.school_day, DayKind.free_day


def school(*clocks: str) -> list[tuple[DayKind, time]]:
    return [(SCHOOL, time.fromisoformat(c)) for c in clocks]


def figure(**facts: object) -> SleepFigure:
    return project(**({"night": NIGHT, "zone": SHANGHAI, "lights_out_at": at("22:05")} | facts))  # type: ignore[arg-type]


def test_22_05_to_06_50_is_525_against_600_short_by_75():
    found = figure(woke_at=at("+06:50"), target_minutes=600, latest_lights_out=time(21, 20))
    assert found == SleepFigure(
        sleep_minutes=525,
        projected=False,
        basis=SleepBasis.logged,
        short_by_minutes=75,
        target_missed=True,
        bedtime_late=True,
    )


@pytest.mark.parametrize(
    ("lights_out", "woke", "minutes"),
    [
        pytest.param("22:05", "+06:50", 525, id="over midnight"),
        pytest.param("+00:40", "+07:00", 380, id="after midnight"),
        pytest.param("22:00:31", "+06:00", 479, id="29 seconds are rounded down"),
        pytest.param("22:00:30", "+06:00", 480, id="30 seconds are rounded up"),
        pytest.param("+05:00", "+05:00:01", 0, id="a second is no minute"),
    ],
)
def test_sleep_is_waking_minus_lights_out(lights_out, woke, minutes):
    assert sleep_minutes(at(lights_out), at(woke)) == minutes


@pytest.mark.parametrize("woke", [at("+05:00"), at("+04:59"), naive("+06:50")])
def test_waking_not_later_than_lights_out_is_a_named_error(woke):
    with pytest.raises(Invalid) as refused:
        sleep_minutes(at("+05:00"), woke)
    assert refused.value.fields[0].path == "woke_at"
    assert refused.value.fields[0].code in ("before_lights_out", "offset_missing")


def test_a_naive_lights_out_is_named():
    with pytest.raises(Invalid) as refused:
        sleep_minutes(naive("22:05"), at("+06:50"))
    assert refused.value.fields[0].path == "lights_out_at"


# --- usual waking --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        pytest.param(school("06:30", "06:40"), None, id="two are too few"),
        pytest.param(school("06:30", "06:50", "06:40"), time(6, 40), id="three will do"),
        pytest.param(school("06:30", "06:40", "06:51", "06:59"), time(6, 46), id="even number, half up"),
        pytest.param(school("06:40:30", "06:40:30", "06:40:30"), time(6, 41), id="to the minute, half up"),
        pytest.param(school("06:40:29", "06:40:29", "06:40:29"), time(6, 40), id="29 seconds go down"),
        pytest.param(school("09:00", *["06:30"] * 7, *["06:50"] * 7), time(6, 40), id="the last 14 only"),
        pytest.param(school(*["06:50"] * 7, *["06:30"] * 7, "06:50"), time(6, 40), id="the oldest drops out"),
        pytest.param([*school("06:30", "06:30"), (FREE, time(9, 0))], None, id="free days are another kind"),
        pytest.param(school("23:59:45", "23:59:45", "23:59:45"), time(23, 59), id="never past the day"),
        pytest.param([], None, id="nothing logged"),
    ],
)
def test_usual_waking_is_the_median_of_the_last_14_of_the_same_kind(history, expected):
    assert usual_waking(history, SCHOOL) == expected


def test_the_last_14_are_counted_among_the_same_kind():
    history = [*school("06:30", "06:30", "06:30"), *[(FREE, time(9, 0))] * 20]
    assert usual_waking(history, SCHOOL) == time(6, 30)
    assert usual_waking(history, FREE) == time(9, 0)


# --- projection ----------------------------------------------------------------------------------------------------

USUAL = school("06:40", "06:50", "07:00")


@pytest.mark.parametrize(
    ("facts", "minutes", "basis"),
    [
        pytest.param({"woke_at": at("+06:35"), "history": USUAL, "stated": time(8)}, 510, "logged", id="logged first"),
        pytest.param({"history": USUAL, "stated": time(8)}, 525, "usual", id="usual waking next"),
        pytest.param({"history": USUAL[:2], "stated": time(8)}, 595, "stated", id="else what the guardian stated"),
        pytest.param({"history": USUAL, "kind": FREE, "stated": time(8)}, 595, "stated", id="of the same kind"),
        pytest.param({"history": USUAL, "kind": FREE}, None, "none", id="else no projection"),
        pytest.param({}, None, "none", id="nothing known"),
    ],
)
def test_sleep_is_projected_until_waking_is_logged_and_marked_so(facts, minutes, basis):
    found = figure(target_minutes=600, latest_lights_out=time(21, 20), **facts)
    assert (found.sleep_minutes, found.basis.value) == (minutes, basis)
    assert found.projected is (basis in ("usual", "stated"))
    assert found.bedtime_late is True
    assert found.short_by_minutes == (None if minutes is None else 600 - minutes)


def test_without_lights_out_nothing_is_known():
    unknown = SleepFigure(None, False, SleepBasis.none, None, None, None)
    found = figure(lights_out_at=None, history=USUAL, target_minutes=600, latest_lights_out=time(21, 20))
    assert found == unknown


def test_without_waking_bedtime_can_still_be_late():
    found = figure(target_minutes=600, latest_lights_out=time(21, 20))
    assert found == SleepFigure(None, False, SleepBasis.none, None, None, True)


def test_a_guess_not_later_than_lights_out_is_passed_over():
    late = at("+05:30")
    early = school("05:30", "05:30", "05:30")
    assert figure(lights_out_at=late, history=early, stated=time(8)).basis is SleepBasis.stated
    assert figure(lights_out_at=late, history=early, stated=time(5)).basis is SleepBasis.none
    assert figure(lights_out_at=at("+05:29"), history=early).sleep_minutes == 1


@pytest.mark.parametrize(
    ("target", "short_by", "missed"),
    [
        pytest.param(525, 0, False, id="just met"),
        pytest.param(526, 1, True, id="a minute short"),
        pytest.param(480, 0, False, id="surplus is no shortfall"),
        pytest.param(None, None, None, id="no target, nothing to miss"),
    ],
)
def test_the_target_is_missed_when_sleep_is_shorter(target, short_by, missed):
    found = figure(woke_at=at("+06:50"), target_minutes=target)
    assert (found.short_by_minutes, found.target_missed) == (short_by, missed)


@pytest.mark.parametrize(
    ("lights_out", "latest", "late"),
    [
        pytest.param("21:20", time(21, 20), False, id="on time"),
        pytest.param("21:20:01", time(21, 20), True, id="a second after"),
        pytest.param("21:00", time(21, 20), False, id="early"),
        pytest.param("+00:10", time(0, 30), False, id="a latest time after midnight is next day's"),
        pytest.param("+00:31", time(0, 30), True, id="and can be missed"),
        pytest.param("23:59", None, None, id="no latest time, never late"),
    ],
)
def test_bedtime_is_late_after_latest_lights_out(lights_out, latest, late):
    assert figure(lights_out_at=at(lights_out), latest_lights_out=latest).bedtime_late is late


def test_target_and_bedtime_are_two_facts():
    late_but_enough = figure(woke_at=at("+08:10"), target_minutes=600, latest_lights_out=time(21, 20))
    assert (late_but_enough.target_missed, late_but_enough.bedtime_late) == (False, True)
    in_time_but_short = figure(
        lights_out_at=at("21:00"), woke_at=at("+05:00"), target_minutes=600, latest_lights_out=time(21, 20)
    )
    assert (in_time_but_short.target_missed, in_time_but_short.bedtime_late) == (True, False)


# --- shortfalls ----------------------------------------------------------------------------------------------------


def night(short_by: int | None, *, projected: bool = False) -> SleepFigure:
    return SleepFigure(500, projected, SleepBasis.logged, short_by, None, None)


@pytest.mark.parametrize(
    ("short_by", "tolerance", "short"),
    [(30, 30, False), (31, 30, True), (0, 0, False), (1, 0, True), (None, 30, False)],
)
def test_a_shortfall_is_worth_a_reminder_beyond_the_tolerance(short_by, tolerance, short):
    assert is_short(night(short_by), tolerance) is short


def test_the_tolerance_is_30_minutes_unless_said():
    assert (is_short(night(30)), is_short(night(31))) == (False, True)


@pytest.mark.parametrize(
    ("week", "expected"),
    [
        pytest.param([night(75), night(15), night(0)], SleepDebt(90, 3), id="the sum of shortfalls"),
        pytest.param([night(75), None, night(None)], SleepDebt(75, 1), id="missing nights count nothing"),
        pytest.param([night(10), night(20, projected=True)], SleepDebt(30, 2, 7, 1), id="projected nights are counted"),
        pytest.param([], SleepDebt(0, 0), id="an empty week"),
    ],
)
def test_sleep_debt_of_a_week(week, expected):
    assert sleep_debt(week) == expected
    assert sleep_debt(week).nights == 7


@given(st.lists(st.one_of(st.none(), st.integers(300, 800)), max_size=7))
def test_surplus_gives_no_credit(slept):
    out = at("22:00")
    figures = [
        None if m is None else figure(lights_out_at=out, woke_at=out + timedelta(minutes=m), target_minutes=600)
        for m in slept
    ]
    debt = sleep_debt(figures)
    assert debt.minutes == sum(600 - m for m in slept if m is not None and m < 600)
    assert debt.nights_known == sum(m is not None for m in slept)


@given(st.lists(st.tuples(st.sampled_from(DayKind), st.times(time(3), time(14))), max_size=40))
def test_usual_waking_lies_among_the_times_logged(history):
    usual = usual_waking(history, SCHOOL)
    same = [t for kind, t in history if kind is SCHOOL]
    assert (usual is None) is (len(same) < 3)
    if usual is not None:
        minutes = [t.hour * 60 + t.minute for t in same]
        assert min(minutes) <= usual.hour * 60 + usual.minute <= max(minutes) + 1
