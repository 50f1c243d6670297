"""Rules 3 and 7 (cap, policy): what holds for whom on which night."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.errors import Invalid, PolicyRefused
from backend.domain.load import CapScope
from backend.domain.policy import (
    PolicyField,
    PolicyLevel,
    PolicyValue,
    ResolvedPolicy,
    Scalar,
    SchoolSystem,
    Stage,
    StopMode,
    check_effective_on,
    check_value,
    in_force,
    is_looser,
    looser_than,
    resolve,
    stage_of,
    stop_at,
)
from tests.domain.times import NIGHT, SHANGHAI, at

F, L = PolicyField, PolicyLevel
SEPTEMBER = date(2026, 9, 1)


def value(level: PolicyLevel, of: PolicyField, what: Scalar, on: date = SEPTEMBER) -> PolicyValue:
    return PolicyValue(level, of, what, on)


def cap(level: PolicyLevel, minutes: int | None, on: date = SEPTEMBER) -> PolicyValue:
    return value(level, F.cap_minutes, minutes, on)


# --- stage ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("grade", "six_three", "five_four"),
    [
        (1, Stage.primary, Stage.primary),
        (5, Stage.primary, Stage.primary),
        pytest.param(6, Stage.primary, Stage.junior, id="grade 6 is junior in a five-four system"),
        (7, Stage.junior, Stage.junior),
        (9, Stage.junior, Stage.junior),
        (10, Stage.senior, Stage.senior),
        (12, Stage.senior, Stage.senior),
    ],
)
def test_the_stage_of_a_grade(grade, six_three, five_four):
    assert stage_of(grade, SchoolSystem.six_three) is six_three
    assert stage_of(grade, SchoolSystem.five_four) is five_four


@pytest.mark.parametrize("grade", [0, 13, -1])
def test_no_such_grade_is_a_named_error(grade):
    with pytest.raises(Invalid) as refused:
        stage_of(grade, SchoolSystem.six_three)
    assert (refused.value.fields[0].path, refused.value.fields[0].code) == ("grade", "out_of_range")


def test_the_systems_are_named_as_on_the_command_line():
    assert [s.value for s in SchoolSystem] == ["six-three", "five-four"]


# --- resolution ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("levels", "winner"),
    [
        ([L.preset], L.preset),
        ([L.preset, L.district], L.district),
        ([L.school, L.district, L.preset], L.school),
        ([L.grade, L.school], L.grade),
        ([L.class_, L.grade, L.preset], L.class_),
        ([L.student, L.class_], L.student),
        ([L.preset, L.student], L.student),
    ],
)
def test_the_nearest_level_that_has_a_value_holds(levels, winner):
    found = resolve([cap(level, 10 + level) for level in levels], NIGHT)
    assert found.cap_minutes == 10 + winner
    assert found.sources[F.cap_minutes].level is winner


@pytest.mark.parametrize(
    ("night", "minutes"),
    [
        pytest.param(date(2026, 10, 31), 60, id="the night before"),
        pytest.param(date(2026, 11, 1), 45, id="from its own night on"),
        pytest.param(date(2026, 11, 2), 45, id="the night after"),
        pytest.param(date(2026, 8, 31), None, id="before anything was set"),
    ],
)
def test_at_one_level_the_latest_not_after_the_night_holds(night, minutes):
    values = [cap(L.school, 45, date(2026, 11, 1)), cap(L.school, 60), cap(L.school, 30, date(2027, 2, 1))]
    assert resolve(values, night).cap_minutes == minutes


def test_a_later_date_far_away_does_not_beat_a_nearer_level():
    values = [cap(L.class_, 45), cap(L.school, 60, date(2026, 11, 1))]
    assert resolve(values, NIGHT).cap_minutes == 45


def test_a_nearer_value_to_come_leaves_the_farther_one_in_force():
    values = [cap(L.class_, 45, NIGHT + timedelta(days=1)), cap(L.school, 60)]
    assert resolve(values, NIGHT).cap_minutes == 60


def test_of_two_on_the_same_level_and_date_the_later_one_holds():
    assert resolve([cap(L.school, 60), cap(L.school, 50)], NIGHT).cap_minutes == 50


def test_each_field_resolves_separately():
    values = [
        cap(L.preset, 60),
        value(L.preset, F.sleep_target_minutes, 600),
        value(L.school, F.latest_lights_out, time(21, 0)),
        value(L.class_, F.cap_minutes, 45),
        value(L.student, F.sleep_target_minutes, 570),
    ]
    found = resolve(values, NIGHT)
    assert (found.cap_minutes, found.sleep_target_minutes, found.latest_lights_out) == (45, 570, time(21, 0))
    levels = {of: source.level for of, source in found.sources.items()}
    assert levels == {F.cap_minutes: L.class_, F.sleep_target_minutes: L.student, F.latest_lights_out: L.school}


def test_no_cap_is_a_value_that_a_nearer_level_can_set():
    assert resolve([cap(L.preset, 60), cap(L.school, None)], NIGHT).cap_minutes is None
    assert resolve([cap(L.preset, None), cap(L.school, 60)], NIGHT).cap_minutes == 60


def test_with_nothing_set_there_is_no_cap_no_target_and_no_stop_rule():
    found = resolve([], NIGHT)
    assert found == ResolvedPolicy()
    assert (found.cap_minutes, found.cap_scope, found.stop_mode, dict(found.sources)) == (
        None,
        CapScope.all,
        StopMode.off,
        {},
    )


def test_every_field_is_resolved():
    given_values: dict[PolicyField, Scalar] = {
        F.cap_minutes: 0,
        F.cap_scope: CapScope.home,
        F.subject_cap_minutes: 10,
        F.sleep_target_minutes: 600,
        F.latest_lights_out: time(21, 20),
        F.earliest_start: time(8, 20),
        F.stop_mode: StopMode.clock,
        F.stop_value: time(21, 30),
        F.no_homework_weekday: 3,
    }
    found = resolve([value(L.school, of, what) for of, what in given_values.items()], NIGHT)
    assert {of: getattr(found, of.value) for of in PolicyField} == given_values
    assert set(found.sources) == set(PolicyField)


@pytest.mark.parametrize(
    ("of", "what"),
    [
        (F.cap_minutes, time(1)),
        (F.cap_scope, 3),
        (F.subject_cap_minutes, CapScope.all),
        (F.sleep_target_minutes, time(1)),
        (F.latest_lights_out, 5),
        (F.earliest_start, StopMode.off),
        (F.stop_mode, 1),
        (F.stop_value, StopMode.off),
        (F.no_homework_weekday, time(1)),
    ],
)
def test_a_value_of_the_wrong_type_is_a_named_error(of, what):
    with pytest.raises(PolicyRefused) as refused:
        resolve([value(L.school, of, what)], NIGHT)
    assert [(p.path, p.code) for p in refused.value.fields] == [(of.value, "wrong_type")]


def test_a_scope_or_mode_that_is_none_is_the_default():
    found = resolve([value(L.school, F.cap_scope, None), value(L.school, F.stop_mode, None)], NIGHT)
    assert (found.cap_scope, found.stop_mode) == (CapScope.all, StopMode.off)


# --- setting values ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "codes"), [(1, []), (2, []), (0, ["not_in_future"]), (-1, ["not_in_future"])])
def test_a_value_is_effective_tomorrow_or_later(days, codes):
    found = check_effective_on(NIGHT + timedelta(days=days), NIGHT)
    assert [p.code for p in found] == codes
    assert all(p.path == "effective_on" for p in found)


@pytest.mark.parametrize(
    ("of", "what", "codes"),
    [
        (F.cap_minutes, 0, []),
        (F.cap_minutes, None, []),
        (F.cap_minutes, -1, ["out_of_range"]),
        (F.cap_minutes, 1440, []),
        (F.cap_minutes, 1441, ["out_of_range"]),
        (F.cap_minutes, True, ["wrong_type"]),
        (F.cap_minutes, time(1), ["wrong_type"]),
        (F.cap_minutes, CapScope.all, ["wrong_type"]),
        (F.subject_cap_minutes, 10, []),
        (F.sleep_target_minutes, 600, []),
        (F.cap_scope, CapScope.home, []),
        (F.cap_scope, None, ["required"]),
        (F.cap_scope, StopMode.off, ["wrong_type"]),
        (F.stop_mode, StopMode.clock, []),
        (F.stop_mode, None, ["required"]),
        (F.stop_mode, CapScope.home, ["wrong_type"]),
        (F.stop_value, time(21, 30), []),
        (F.stop_value, 20, []),
        (F.stop_value, None, []),
        (F.stop_value, -1, ["out_of_range"]),
        (F.latest_lights_out, time(21, 20), []),
        (F.latest_lights_out, None, []),
        (F.latest_lights_out, 1280, ["wrong_type"]),
        (F.earliest_start, time(8, 20), []),
        (F.earliest_start, 500, ["wrong_type"]),
        (F.no_homework_weekday, 1, []),
        (F.no_homework_weekday, 7, []),
        (F.no_homework_weekday, 0, ["out_of_range"]),
        (F.no_homework_weekday, 8, ["out_of_range"]),
        (F.no_homework_weekday, None, []),
    ],
)
def test_values_are_checked(of, what, codes):
    found = check_value(of, what)
    assert [(p.path, p.code) for p in found] == [(of.value, code) for code in codes]


@given(st.sampled_from(PolicyField), st.one_of(st.none(), st.integers(), st.times(), st.sampled_from(CapScope)))
def test_a_value_that_passes_the_check_can_be_resolved(of, what):
    if not check_value(of, what):
        assert getattr(resolve([value(L.school, of, what)], NIGHT), of.value) == what


# --- looser --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("of", "looser", "stricter"),
    [
        (F.cap_minutes, 61, 60),
        (F.cap_minutes, None, 60),
        (F.cap_minutes, 60, 0),
        (F.cap_scope, CapScope.home, CapScope.all),
        (F.subject_cap_minutes, 11, 10),
        (F.subject_cap_minutes, None, 10),
        (F.sleep_target_minutes, 599, 600),
        (F.sleep_target_minutes, None, 600),
        (F.latest_lights_out, time(21, 21), time(21, 20)),
        (F.latest_lights_out, time(22, 0), time(21, 59)),
        (F.latest_lights_out, time(0, 30), time(23, 0)),
        (F.latest_lights_out, time(0, 30), time(0, 15)),
        (F.latest_lights_out, None, time(21, 20)),
        (F.earliest_start, time(8, 19), time(8, 20)),
        (F.earliest_start, time(7, 59), time(8, 0)),
        (F.earliest_start, time(11, 59), time(12, 0)),
        (F.earliest_start, None, time(8, 20)),
        (F.stop_mode, StopMode.off, StopMode.clock),
        (F.stop_mode, StopMode.off, StopMode.before_bed),
        (F.stop_value, time(21, 30), time(21, 20)),
        (F.stop_value, time(0, 10), time(23, 50)),
        (F.stop_value, 10, 20),
        (F.no_homework_weekday, None, 3),
    ],
)
def test_what_is_looser(of, looser, stricter):
    assert is_looser(of, looser, stricter) is True
    assert is_looser(of, stricter, looser) is False


@pytest.mark.parametrize(
    ("of", "one", "other"),
    [
        (F.cap_minutes, 60, 60),
        (F.cap_minutes, None, None),
        (F.cap_scope, CapScope.home, CapScope.home),
        (F.stop_mode, StopMode.off, StopMode.off),
        (F.stop_mode, StopMode.clock, StopMode.before_bed),
        (F.stop_value, time(21, 30), 20),
        (F.stop_value, None, time(21, 30)),
        (F.no_homework_weekday, 3, 5),
        (F.latest_lights_out, time(12, 0), time(12, 0)),
    ],
)
def test_what_is_neither_looser_nor_stricter(of, one, other):
    assert is_looser(of, one, other) is False
    assert is_looser(of, other, one) is False


def test_noon_is_earlier_in_the_evening_than_the_small_hours():
    assert is_looser(F.latest_lights_out, time(11, 59), time(12, 0)) is True


def test_a_school_that_is_looser_than_district_or_preset_is_told_which():
    values = [cap(L.preset, 60), cap(L.district, 45), cap(L.school, 30)]
    assert [v.level for v in looser_than(cap(L.class_, 61), values)] == [L.preset, L.district]
    assert [v.level for v in looser_than(cap(L.class_, 50), values)] == [L.district]
    assert looser_than(cap(L.class_, 45), values) == []


def test_a_district_is_compared_with_the_preset_alone():
    values = [cap(L.preset, 60), cap(L.district, 45)]
    assert [v.level for v in looser_than(cap(L.district, 61), values)] == [L.preset]
    sleep = [value(L.preset, F.sleep_target_minutes, 600)]
    assert looser_than(value(L.school, F.sleep_target_minutes, 601), sleep) == []
    assert looser_than(cap(L.preset, 90), values) == []


def test_looseness_is_judged_by_what_is_in_force_on_the_effective_date():
    later = date(2027, 2, 1)
    values = [cap(L.district, 60), cap(L.district, 45, later)]
    assert looser_than(cap(L.school, 50, NIGHT), values) == []
    assert [v.value for v in looser_than(cap(L.school, 50, later), values)] == [45]
    assert looser_than(value(L.school, F.sleep_target_minutes, 1), values) == []


# --- stop for sleep ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        pytest.param(ResolvedPolicy(stop_mode=StopMode.clock, stop_value=time(21, 30)), "21:30", id="a clock time"),
        pytest.param(ResolvedPolicy(stop_mode=StopMode.clock, stop_value=time(0, 15)), "+00:15", id="after midnight"),
        pytest.param(
            ResolvedPolicy(stop_mode=StopMode.before_bed, stop_value=20, latest_lights_out=time(22, 0)),
            "21:40",
            id="minutes before the child's own bedtime",
        ),
        pytest.param(ResolvedPolicy(stop_mode=StopMode.before_bed, stop_value=20), None, id="without a bedtime"),
        pytest.param(
            ResolvedPolicy(stop_mode=StopMode.before_bed, stop_value=time(21), latest_lights_out=time(22)),
            None,
            id="parts that do not fit",
        ),
        pytest.param(ResolvedPolicy(stop_mode=StopMode.clock, stop_value=20), None, id="minutes are no clock time"),
        pytest.param(
            ResolvedPolicy(stop_mode=StopMode.off, stop_value=20, latest_lights_out=time(22)), None, id="switched off"
        ),
    ],
)
def test_when_homework_may_be_stopped_for_sleep(policy, expected):
    assert stop_at(policy, NIGHT, SHANGHAI) == (at(expected) if expected else None)


# --- laws ----------------------------------------------------------------------------------------------------------

policy_values = st.lists(
    st.builds(
        PolicyValue,
        st.sampled_from(PolicyLevel),
        st.just(F.cap_minutes),
        st.integers(0, 200),
        st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    ),
    max_size=12,
)


@given(policy_values)
def test_the_value_that_holds_is_not_beaten_by_any_other(values):
    best = in_force(values, NIGHT).get(F.cap_minutes)
    eligible = [v for v in values if v.effective_on <= NIGHT]
    assert (best is None) is (not eligible)
    for other in eligible:
        assert best is not None
        assert (other.level, other.effective_on) <= (best.level, best.effective_on)


@given(policy_values, st.integers(1, 30))
def test_what_becomes_effective_later_never_changes_a_past_night(values, days):
    later = PolicyValue(L.student, F.cap_minutes, 1, NIGHT + timedelta(days=days))
    assert resolve(values, NIGHT) == resolve([*values, later], NIGHT)


@given(st.sampled_from(sorted(set(F) - {F.cap_scope, F.stop_mode}, key=str)), st.integers(1, 7), st.integers(1, 7))
def test_no_two_values_are_each_looser_than_the_other(of, one, other):
    assert not (is_looser(of, one, other) and is_looser(of, other, one))
