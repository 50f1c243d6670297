"""The school owns its calendar: school days, school nights, make-up Saturdays, and years nobody has announced."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.errors import CalendarUnknown, Invalid
from backend.domain.school_days import (
    DayFact,
    DayStatus,
    SchoolDay,
    by_day,
    is_school_day,
    is_school_night,
    last_school_nights,
    next_school_day,
    seed_school_days,
)

# 2026: National Day holiday 1–7 October, make-up workday on Saturday the 10th
THURSDAY, FRIDAY, SATURDAY = date(2026, 10, 8), date(2026, 10, 9), date(2026, 10, 10)
HOLIDAYS = {date(2026, 10, d) for d in range(1, 8)}


def source(day: date) -> DayFact:
    if day.year >= 2027:
        raise NotImplementedError("no available data for year 2027")
    if day in HOLIDAYS:
        return DayFact(False, "National Day")
    if day == SATURDAY:
        return DayFact(True, "make-up")
    return DayFact(day.isoweekday() < 6)


OCTOBER = by_day(seed_school_days(date(2026, 9, 28), date(2026, 10, 18), source))


@pytest.mark.parametrize(
    ("night", "expected"),
    [
        pytest.param(THURSDAY, True, id="before an ordinary Friday"),
        pytest.param(FRIDAY, True, id="before a make-up Saturday"),
        pytest.param(SATURDAY, False, id="before a Sunday"),
        pytest.param(date(2026, 10, 11), True, id="a Sunday night"),
        pytest.param(date(2026, 9, 30), False, id="before a holiday"),
        pytest.param(date(2026, 10, 7), True, id="the last night of a holiday"),
    ],
)
def test_a_school_night_is_one_whose_next_day_is_a_school_day(night, expected):
    assert is_school_night(night, OCTOBER) is expected


def test_a_day_the_school_has_not_said_is_a_named_error():
    with pytest.raises(CalendarUnknown) as unknown:
        is_school_night(date(2026, 10, 18), OCTOBER)
    assert unknown.value.params == {"day": "2026-10-19"}
    assert unknown.value.detail == "2026-10-19"
    assert is_school_day(FRIDAY, OCTOBER) is True


def test_a_holiday_is_announced_with_its_note():
    assert OCTOBER[date(2026, 10, 1)] == SchoolDay(date(2026, 10, 1), False, None, DayStatus.announced, "National Day")


def test_a_weekday_is_taught_by_its_own_timetable():
    assert OCTOBER[FRIDAY] == SchoolDay(FRIDAY, True, 5, DayStatus.announced, "")
    assert OCTOBER[date(2026, 10, 12)].timetable_weekday == 1


def test_a_make_up_saturday_is_a_school_day_whose_timetable_somebody_sets():
    assert OCTOBER[SATURDAY] == SchoolDay(SATURDAY, True, None, DayStatus.announced, "make-up")


def test_2027_is_estimated_monday_to_friday_and_says_so():
    week = seed_school_days(date(2027, 3, 1), date(2027, 3, 7), source)
    assert [d.is_school_day for d in week] == [True] * 5 + [False] * 2
    assert [d.timetable_weekday for d in week] == [1, 2, 3, 4, 5, None, None]
    assert {d.status for d in week} == {DayStatus.estimated}


def test_over_new_year_the_known_days_are_announced_and_the_rest_estimated():
    days = seed_school_days(date(2026, 12, 31), date(2027, 1, 1), source)
    assert [d.status for d in days] == [DayStatus.announced, DayStatus.estimated]


def test_a_source_may_say_that_it_does_not_know_in_our_own_words():
    def silent(day: date) -> bool:
        raise CalendarUnknown(day.isoformat())

    assert seed_school_days(FRIDAY, FRIDAY, silent)[0].status is DayStatus.estimated


def test_a_source_may_answer_yes_or_no():
    assert seed_school_days(FRIDAY, FRIDAY, lambda _: False)[0].is_school_day is False
    assert seed_school_days(SATURDAY, SATURDAY, lambda _: True)[0].is_school_day is True


def test_what_the_school_announced_stays_and_a_guess_is_replaced_when_more_is_known():
    sports_day = SchoolDay(FRIDAY, False, None, DayStatus.announced, "sports day")
    guess = SchoolDay(THURSDAY, False, None, DayStatus.estimated)
    unknown_guess = SchoolDay(date(2027, 3, 2), False, None, DayStatus.estimated, "term break?")
    held = by_day([sports_day, guess, unknown_guess])
    assert seed_school_days(THURSDAY, FRIDAY, source, held) == [SchoolDay(THURSDAY, True, 4), sports_day]
    assert seed_school_days(date(2027, 3, 2), date(2027, 3, 2), source, held) == [unknown_guess]


def test_days_in_no_order_are_no_days_and_too_many_are_a_named_error():
    assert seed_school_days(FRIDAY, THURSDAY, source) == []
    assert len(seed_school_days(date(2027, 1, 1), date(2027, 1, 1) + timedelta(days=3700), source)) == 3701
    with pytest.raises(Invalid) as refused:
        seed_school_days(date(2027, 1, 1), date(2027, 1, 1) + timedelta(days=3701), source)
    assert (refused.value.fields[0].path, refused.value.fields[0].code) == ("last", "out_of_range")


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param(date(2026, 9, 30), THURSDAY, id="over a holiday"),
        pytest.param(FRIDAY, SATURDAY, id="to a make-up Saturday"),
        pytest.param(SATURDAY, date(2026, 10, 12), id="over a Sunday"),
        pytest.param(date(2020, 1, 1), date(2026, 9, 28), id="the first one there is"),
    ],
)
def test_the_next_school_day(after, expected):
    assert next_school_day(after, OCTOBER) == expected


def test_without_a_later_school_day_the_calendar_is_unknown():
    with pytest.raises(CalendarUnknown) as unknown:
        next_school_day(date(2026, 10, 16), OCTOBER)
    assert unknown.value.params == {"day": "2026-10-16"}


@pytest.mark.parametrize(
    ("night", "n", "expected"),
    [
        pytest.param(FRIDAY, 3, [7, 8, 9], id="with a make-up Saturday's eve"),
        pytest.param(SATURDAY, 2, [8, 9], id="Saturday night is none itself"),
        pytest.param(date(2026, 10, 12), 5, [7, 8, 9, 11, 12], id="the last five, oldest first"),
        pytest.param(FRIDAY, 0, [], id="none asked"),
    ],
)
def test_the_last_school_nights(night, n, expected):
    assert last_school_nights(night, n, OCTOBER) == [date(2026, 10, d) for d in expected]


def test_fewer_school_nights_where_the_calendar_begins():
    assert last_school_nights(date(2026, 9, 28), 5, OCTOBER) == [date(2026, 9, 27), date(2026, 9, 28)]
    assert last_school_nights(FRIDAY, 5, {}) == []


@given(st.dates(date(2026, 1, 1), date(2027, 6, 1)), st.integers(0, 60))
def test_seeding_gives_each_day_once_and_seeding_again_changes_nothing(first, n):
    last = first + timedelta(days=n)
    days = seed_school_days(first, last, source)
    assert [d.day for d in days] == [first + timedelta(days=i) for i in range(n + 1)]
    assert seed_school_days(first, last, source, by_day(days)) == days
    assert all(d.timetable_weekday is None or d.is_school_day for d in days)
