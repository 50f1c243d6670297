"""Rule 1 (night): what belongs to which night, and what a night can hold."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain import night as rule
from backend.domain.errors import FieldProblem, Invalid
from tests.domain.times import NIGHT, SHANGHAI, at, naive

ODD_ZONES = (
    "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Beirut",
    "America/Sao_Paulo", "Pacific/Apia", "Asia/Kathmandu", "America/Nuuk", "Africa/Casablanca", "Antarctica/Troll",
)  # fmt: skip
zones = st.sampled_from(ODD_ZONES)
instants = st.integers(1_100_000_000, 2_200_000_000).map(lambda s: datetime.fromtimestamp(s, UTC))
dates = st.dates(date(2005, 1, 1), date(2040, 1, 1))


@pytest.mark.parametrize(
    ("clock", "night"),
    [
        pytest.param("19:00", NIGHT, id="an evening is its own night"),
        pytest.param("+00:40", NIGHT, id="00:40 on the 6th belongs to the night of the 5th"),
        pytest.param("+05:59:59", NIGHT, id="a second before six is still last night"),
        pytest.param("+06:00", NIGHT + timedelta(days=1), id="six o'clock begins the next night"),
        pytest.param("06:00", NIGHT, id="six in the morning is that day's night"),
        pytest.param("05:59:59", NIGHT - timedelta(days=1), id="before six is the evening before"),
        pytest.param("23:59:59", NIGHT, id="just before midnight"),
    ],
)
def test_an_instant_belongs_to_one_night(clock, night):
    assert rule.night_of(at(clock), SHANGHAI) == night
    assert rule.night_of(at(clock), "Asia/Shanghai") == night


@pytest.mark.parametrize(
    ("window", "begins", "ends"),
    [
        pytest.param(rule.segment_window, "06:00", "+12:00", id="segments from 06:00 to 12:00 next day"),
        pytest.param(rule.lights_out_window, "17:00", "+06:00", id="lights-out from 17:00 to 06:00 next day"),
        pytest.param(rule.waking_window, "+03:00", "+14:00", id="waking from 03:00 to 14:00 next day"),
    ],
)
def test_each_fact_has_its_window(window, begins, ends):
    assert window(NIGHT, SHANGHAI) == (at(begins), at(ends))
    assert window(NIGHT, SHANGHAI)[0].tzinfo is UTC


def test_midnight_ends_the_nights_date():
    assert rule.midnight_after(NIGHT, SHANGHAI) == at("+00:00")


@pytest.mark.parametrize(
    ("clock", "instant"),
    [
        pytest.param(time(21, 20), at("21:20"), id="an evening time is on the night's date"),
        pytest.param(time(0, 30), at("+00:30"), id="half past midnight is on the next date"),
        pytest.param(time(12, 0), at("12:00"), id="noon is still the night's date"),
        pytest.param(time(11, 59), at("+11:59"), id="before noon is the next date"),
    ],
)
def test_an_evenings_clock_time_is_an_instant(clock, instant):
    assert rule.evening_instant(NIGHT, clock, SHANGHAI) == instant


def problems(found: list[FieldProblem]) -> list[tuple[str, str]]:
    return [(problem.path, problem.code) for problem in found]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        pytest.param("19:00", "19:40", [], id="an ordinary segment"),
        pytest.param("19:00", None, [], id="one that runs"),
        pytest.param("06:00", "+12:00", [], id="the window's ends are included"),
        pytest.param("05:59:59", "19:00", [("s.started_at", "outside_window")], id="started before six"),
        pytest.param("19:00", "+12:00:01", [("s.finished_at", "outside_window")], id="finished after noon"),
        pytest.param("+12:00:01", None, [("s.started_at", "outside_window")], id="running, started too late"),
        pytest.param("19:40", "19:00", [("s.finished_at", "finish_before_start")], id="end before start"),
        pytest.param("19:00", "19:00", [], id="no length at all is allowed"),
        pytest.param(
            "05:00", "+13:00", [("s.started_at", "outside_window"), ("s.finished_at", "outside_window")], id="both"
        ),
    ],
)
def test_a_segment_lies_within_its_night(start, end, expected):
    found = rule.check_segment(NIGHT, SHANGHAI, at(start), at(end) if end else None, path="s")
    assert problems(found) == expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param("19:40", [], id="finished now"),
        pytest.param("19:38", [], id="two minutes ahead is a clock's tolerance"),
        pytest.param("19:37:59", [("segments.0.finished_at", "in_future")], id="more is the future"),
        pytest.param(
            "18:00", [("segments.0.started_at", "in_future"), ("segments.0.finished_at", "in_future")], id="all of it"
        ),
    ],
)
def test_a_segment_is_not_in_the_future(now, expected):
    assert problems(rule.check_segment(NIGHT, SHANGHAI, at("19:00"), at("19:40"), now=at(now))) == expected


def test_a_time_without_offset_is_named_and_not_guessed():
    found = rule.check_segment(NIGHT, SHANGHAI, naive("19:00"), naive("19:00"))
    assert problems(found) == [
        ("segments.0.started_at", "offset_missing"),
        ("segments.0.finished_at", "offset_missing"),
    ]
    with pytest.raises(Invalid) as refused:
        rule.night_of(naive("19:00"), SHANGHAI)
    assert problems(list(refused.value.fields)) == [("at", "offset_missing")]
    with pytest.raises(Invalid) as refused:
        rule.aware(naive("+06:50"), "woke_at")
    assert problems(list(refused.value.fields)) == [("woke_at", "offset_missing")]


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        pytest.param("17:00", [], id="from five"),
        pytest.param("16:59:59", [("lights_out_at", "outside_window")], id="not before five"),
        pytest.param("+00:40", [], id="00:40 on the 6th belongs to the night of the 5th"),
        pytest.param("+06:00", [], id="until six"),
        pytest.param("+06:00:01", [("lights_out_at", "outside_window")], id="not after six"),
    ],
)
def test_lights_out_lies_within_its_night(clock, expected):
    assert problems(rule.check_lights_out(NIGHT, SHANGHAI, at(clock))) == expected


def test_lights_out_is_not_in_the_future():
    found = rule.check_lights_out(NIGHT, SHANGHAI, at("22:00"), now=at("21:57:59"))
    assert problems(found) == [("lights_out_at", "in_future")]
    assert rule.check_lights_out(NIGHT, SHANGHAI, at("22:00"), now=at("21:58")) == []


@pytest.mark.parametrize(
    ("woke", "lights_out", "expected"),
    [
        pytest.param("+03:00", "22:00", [], id="from three"),
        pytest.param("+02:59:59", "22:00", [("woke_at", "outside_window")], id="not before three"),
        pytest.param("+14:00", None, [], id="until two"),
        pytest.param("+14:00:01", None, [("woke_at", "outside_window")], id="not after two"),
        pytest.param("+05:00", "+05:00", [("woke_at", "before_lights_out")], id="later than lights-out"),
        pytest.param("+05:00:01", "+05:00", [], id="a second later will do"),
    ],
)
def test_waking_lies_within_its_night(woke, lights_out, expected):
    found = rule.check_waking(NIGHT, SHANGHAI, at(woke), at(lights_out) if lights_out else None)
    assert problems(found) == expected


def test_waking_is_not_in_the_future():
    found = rule.check_waking(NIGHT, SHANGHAI, at("+07:00"), at("22:00"), now=at("+06:00"))
    assert problems(found) == [("woke_at", "in_future")]


@pytest.mark.parametrize(
    ("days", "may"),
    [
        pytest.param(0, True, id="tonight"),
        pytest.param(1, True, id="the next day"),
        pytest.param(7, True, id="seven days later"),
        pytest.param(8, False, id="eight days later no more"),
        pytest.param(-1, False, id="never a night to come"),
    ],
)
def test_a_child_may_change_a_night_for_seven_days(days, may):
    assert rule.child_may_change(NIGHT, NIGHT + timedelta(days=days)) is may


def test_a_change_is_late_after_the_last_waking_of_the_next_day():
    assert rule.is_late_change(NIGHT, at("+14:00"), SHANGHAI) is False
    assert rule.is_late_change(NIGHT, at("+14:00:01"), SHANGHAI) is True


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "Asia", "Asia/Shanghai\0"])
def test_an_unknown_zone_is_a_named_error(name):
    with pytest.raises(Invalid) as refused:
        rule.zone_of(name)
    assert problems(list(refused.value.fields)) == [("zone", "unknown_zone")]


@pytest.mark.parametrize("window", [rule.segment_window, rule.lights_out_window, rule.waking_window])
@pytest.mark.parametrize("zone", ODD_ZONES)
def test_the_end_of_the_calendar_is_a_named_error(zone, window):
    with pytest.raises(Invalid) as refused:
        window(date.max, zone)
    assert problems(list(refused.value.fields)) == [("night", "out_of_range")]


def test_the_beginning_of_the_calendar_is_a_named_error_in_the_east():
    with pytest.raises(Invalid) as refused:
        rule.segment_window(date.min, "Asia/Shanghai")
    assert problems(list(refused.value.fields)) == [("night", "out_of_range")]
    assert rule.segment_window(date.min, "America/New_York")[0].hour == 10


@pytest.mark.parametrize(
    ("instant", "hours"),
    [(datetime.max.replace(tzinfo=UTC), 14), (datetime.min.replace(tzinfo=UTC), -12)],
)
def test_an_instant_at_the_calendars_end_is_a_named_error(instant, hours):
    with pytest.raises(Invalid) as refused:
        rule.night_of(instant, timezone(timedelta(hours=hours)))
    assert problems(list(refused.value.fields)) == [("at", "out_of_range")]


@pytest.mark.parametrize(
    ("zone", "day", "clock", "expected"),
    [
        pytest.param("Europe/Berlin", date(2026, 3, 29), time(2, 30), "2026-03-29T01:30", id="skipped is later"),
        pytest.param("Europe/Berlin", date(2026, 10, 25), time(2, 30), "2026-10-25T00:30", id="repeated is first"),
        pytest.param("Asia/Beirut", date(2026, 3, 29), time(0, 0), "2026-03-28T22:00", id="a skipped midnight"),
        pytest.param("Pacific/Apia", date(2011, 12, 30), time(12, 0), "2011-12-30T22:00", id="a skipped date"),
    ],
)
def test_times_that_the_clock_skips_or_repeats_are_well_defined(zone, day, clock, expected):
    assert rule.local_instant(day, clock, zone) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_a_window_ends_at_the_second_coming_of_its_last_minute():
    twice = rule.local_instant(date(2026, 10, 25), time(2, 30), "Europe/Berlin", second_coming=True)
    assert twice == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    skipped = rule.local_instant(date(2026, 3, 29), time(2, 30), "Europe/Berlin", second_coming=True)
    assert skipped == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_a_night_of_changed_clocks_is_an_hour_longer_or_shorter():
    def hours(night: date) -> float:
        begins, ends = rule.segment_window(night, "Europe/Berlin")
        return (ends - begins) / timedelta(hours=1)

    assert [hours(date(2026, 3, 28)), hours(date(2026, 7, 1)), hours(date(2026, 10, 24))] == [29, 30, 31]


@given(instants, zones)
def test_every_instant_lies_within_the_segments_window_of_its_night(instant, zone):
    begins, ends = rule.segment_window(rule.night_of(instant, zone), zone)
    assert begins <= instant < ends


@given(instants, zones)
def test_nights_never_go_backwards(instant, zone):
    assert rule.night_of(instant, zone) <= rule.night_of(instant + timedelta(minutes=30), zone)


@given(dates, zones)
def test_windows_are_in_order_and_midnight_is_in_them(night, zone):
    midnight = rule.midnight_after(night, zone)
    for window in (rule.segment_window, rule.lights_out_window):
        begins, ends = window(night, zone)
        assert begins < midnight < ends
    begins, ends = rule.waking_window(night, zone)
    assert midnight < begins < ends or zone == "Pacific/Apia"


@given(instants, zones)
def test_the_night_is_the_local_date_or_the_day_before(instant, zone):
    local = instant.astimezone(ZoneInfo(zone))
    expected = local.date() - timedelta(days=int(local.hour < 6))
    assert rule.night_of(instant, zone) == expected or zone == "Pacific/Apia"


def test_every_zone_of_the_world_has_its_windows_tonight():
    for name in sorted(available_timezones()):
        begins, ends = rule.segment_window(NIGHT, name)
        assert timedelta(hours=28) <= ends - begins <= timedelta(hours=32), name
