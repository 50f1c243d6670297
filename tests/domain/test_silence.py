"""No reminder ever wakes a child: when a student's own device is silent."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.errors import Invalid
from backend.domain.night import evening_instant, local_instant
from backend.domain.silence import (
    NightSilence,
    in_quiet_hours,
    is_silent,
    is_silent_for,
    next_silence_at,
    silent_window,
    ttl_seconds,
    ttl_until,
)
from tests.domain.times import NIGHT, SHANGHAI, at, naive

SCHOOL_NIGHT = NightSilence(time(21, 20), next_day_is_school_day=True)
FREE_NIGHT = NightSilence(time(21, 20), next_day_is_school_day=False)


@pytest.mark.parametrize(
    ("latest", "school_day", "logged", "begins", "ends"),
    [
        pytest.param(time(21, 20), True, None, "20:50", "+07:00", id="until 07:00 before a school day"),
        pytest.param(time(21, 20), False, None, "20:50", "+09:00", id="until 09:00 before a free day"),
        pytest.param(time(22, 0), True, None, "21:30", "+07:00", id="by that student's own lights-out"),
        pytest.param(time(0, 15), True, None, "23:45", "+07:00", id="a lights-out after midnight"),
        pytest.param(time(21, 20), True, "+06:30", "20:50", "+06:30", id="until waking is logged"),
        pytest.param(time(21, 20), True, "+07:30", "20:50", "+07:00", id="not beyond 07:00 for waking logged later"),
        pytest.param(time(21, 20), False, "+08:00", "20:50", "+08:00", id="on a free day too"),
        pytest.param(time(21, 20), True, "20:00", "20:50", "+07:00", id="a waking logged too early ends nothing"),
        pytest.param(time(21, 20), True, "20:50", "20:50", "+07:00", id="nor one as it begins"),
        pytest.param(None, True, None, "20:50", "+07:00", id="without a policy the strictest"),
        pytest.param(time(11, 0), True, None, "+10:30", "+10:30", id="an impossible lights-out is an empty window"),
    ],
)
def test_the_silent_window(latest, school_day, logged, begins, ends):
    window = silent_window(
        latest,
        NIGHT,
        SHANGHAI,
        next_day_is_school_day=school_day,
        waking_logged_at=at(logged) if logged else None,
    )
    assert window == (at(begins), at(ends))


def test_the_cap_reached_at_19_40_with_lights_out_at_20_00_is_not_for_the_student():
    window = silent_window(time(20, 0), NIGHT, SHANGHAI, next_day_is_school_day=True)
    assert is_silent(at("19:40"), [window]) is True
    assert is_silent(at("19:29:59"), [window]) is False


@pytest.mark.parametrize(
    ("clock", "silent"),
    [("20:49:59", False), ("20:50", True), ("23:59", True), ("+06:59:59", True), ("+07:00", False)],
)
def test_the_window_includes_its_beginning_and_not_its_end(clock, silent):
    window = silent_window(time(21, 20), NIGHT, SHANGHAI, next_day_is_school_day=True)
    assert is_silent(at(clock), [window]) is silent
    assert is_silent(at(clock), []) is False


@pytest.mark.parametrize(
    ("clock", "silent"),
    [
        pytest.param("19:00", False, id="in the evening"),
        pytest.param("20:50", True, id="half an hour before lights-out"),
        pytest.param("+02:00", True, id="at night"),
        pytest.param("+06:30", True, id="after six, by name the next night"),
        pytest.param("+08:59:59", True, id="a free morning"),
        pytest.param("+09:00", False, id="nine on a free day"),
        pytest.param("+20:50", True, id="the next evening"),
    ],
)
def test_last_nights_silence_holds_into_the_morning(clock, silent):
    asked: list[date] = []

    def facts_of(night: date) -> NightSilence:
        asked.append(night)
        return FREE_NIGHT

    assert is_silent_for(at(clock), SHANGHAI, facts_of) is silent
    assert NIGHT in asked


def test_each_night_has_its_own_facts():
    facts = {NIGHT: SCHOOL_NIGHT, NIGHT + timedelta(1): NightSilence(time(23, 0), next_day_is_school_day=False)}
    assert is_silent_for(at("+08:00"), SHANGHAI, lambda n: facts.get(n, FREE_NIGHT)) is False
    assert is_silent_for(at("+22:00"), SHANGHAI, lambda n: facts.get(n, FREE_NIGHT)) is False
    assert is_silent_for(at("+22:30"), SHANGHAI, lambda n: facts.get(n, FREE_NIGHT)) is True


def test_waking_logged_ends_the_silence():
    woke = NightSilence(time(21, 20), next_day_is_school_day=False, waking_logged_at=at("+06:40"))
    facts = {NIGHT: woke}
    assert is_silent_for(at("+06:39"), SHANGHAI, lambda n: facts.get(n, FREE_NIGHT)) is True
    assert is_silent_for(at("+06:40"), SHANGHAI, lambda n: facts.get(n, FREE_NIGHT)) is False


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        pytest.param("19:00", "20:50", id="this evening's"),
        pytest.param("22:00", "22:00", id="now, when it is silent"),
        pytest.param("+08:00", "+08:00", id="now, in last night's"),
        pytest.param("+09:00", "+20:50", id="the next evening's"),
    ],
)
def test_when_silence_next_begins(clock, expected):
    assert next_silence_at(at(clock), SHANGHAI, lambda _: FREE_NIGHT) == at(expected)


@pytest.mark.parametrize(
    ("reason", "silence", "expected"),
    [
        ("20:00", "20:50", "20:00"),
        ("21:00", "20:50", "20:50"),
        (None, "20:50", "20:50"),
        ("21:00", None, "21:00"),
        (None, None, None),
    ],
)
def test_ttl_ends_at_the_earlier_of_the_reasons_end_and_the_silence(reason, silence, expected):
    until = ttl_until(at(reason) if reason else None, at(silence) if silence else None)
    assert until == (at(expected) if expected else None)


def test_ttl_in_seconds_is_rounded_down_and_never_negative():
    assert ttl_seconds(at("20:00"), at("20:50")) == 3000
    assert ttl_seconds(at("20:00"), at("20:50") - timedelta(microseconds=1)) == 2999
    assert ttl_seconds(at("20:51"), at("20:50")) == 0


@pytest.mark.parametrize(
    ("clock", "starts", "ends", "quiet"),
    [
        pytest.param("22:00", time(22), time(7), True, id="begins"),
        pytest.param("21:59:59", time(22), time(7), False, id="not before"),
        pytest.param("+03:00", time(22), time(7), True, id="across midnight"),
        pytest.param("+06:59:59", time(22), time(7), True, id="to the end"),
        pytest.param("+07:00", time(22), time(7), False, id="the end excluded"),
        pytest.param("13:00", time(12), time(14), True, id="within a day"),
        pytest.param("12:00", time(12), time(14), True, id="its beginning"),
        pytest.param("14:00", time(12), time(14), False, id="its end"),
        pytest.param("11:59", time(12), time(14), False, id="before it"),
        pytest.param("12:00", time(12), time(12), False, id="equal times are no quiet hours"),
    ],
)
def test_quiet_hours(clock, starts, ends, quiet):
    assert in_quiet_hours(at(clock), SHANGHAI, starts, ends) is quiet


def test_quiet_hours_are_read_off_the_wall_clock_where_it_changes():
    both_half_past_two = [datetime(2026, 10, 25, h, 30, tzinfo=UTC) for h in (0, 1)]
    assert [in_quiet_hours(t, "Europe/Berlin", time(2), time(3)) for t in both_half_past_two] == [True, True]


def test_a_naive_time_is_a_named_error():
    for asked in (
        lambda: in_quiet_hours(naive("22:00"), SHANGHAI, time(22), time(7)),
        lambda: ttl_until(naive("22:00"), None),
        lambda: ttl_seconds(naive("22:00"), at("22:00")),
        lambda: is_silent(naive("22:00"), [(at("20:00"), at("23:00"))]),
        lambda: is_silent_for(naive("22:00"), SHANGHAI, lambda _: FREE_NIGHT),
    ):
        with pytest.raises(Invalid):
            asked()


evenings = st.times(time(19, 0), time(23, 59))
zones = st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Beirut"])
nights = st.dates(date(2024, 1, 1), date(2028, 1, 1))


@given(nights, zones, evenings, st.booleans())
def test_from_bedtime_to_seven_a_students_device_is_silent_on_every_night_of_every_zone(night, zone, latest, school):
    facts = NightSilence(latest, next_day_is_school_day=school)
    bedtime = evening_instant(night, latest, zone)
    morning = local_instant(night + timedelta(1), time(6, 59), zone)
    for instant in (bedtime - timedelta(minutes=30), bedtime, bedtime + (morning - bedtime) / 2, morning):
        assert is_silent_for(instant, zone, lambda _: facts)
        assert next_silence_at(instant, zone, lambda _: facts) == instant


@given(nights, zones, evenings, st.integers(0, 86400))
def test_a_message_that_may_be_sent_now_arrives_before_the_silence(night, zone, latest, seconds):
    facts = NightSilence(latest, next_day_is_school_day=False)
    now = local_instant(night, time(0, 0), zone) + timedelta(seconds=seconds)
    if not is_silent_for(now, zone, lambda _: facts):
        begins = next_silence_at(now, zone, lambda _: facts)
        last = now + timedelta(seconds=ttl_seconds(now, begins)) - timedelta(seconds=1)
        assert now < begins
        assert last < now or not is_silent_for(last, zone, lambda _: facts)
