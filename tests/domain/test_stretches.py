"""Stretches of nights: a weekend counts as one, by the school's own calendar."""

from datetime import date
from itertools import pairwise

import pytest

from backend.domain.stretches import LONGEST, Stretch, next_weekend, stretch_ending, stretches

MAKE_UP_SATURDAY = date(2026, 10, 10)


def is_school_day(day: date) -> bool:
    """Monday to Friday, without the holiday of 1 to 7 October, with a make-up Saturday."""
    if day == MAKE_UP_SATURDAY:
        return True
    return day.isoweekday() < 6 and not date(2026, 10, 1) <= day <= date(2026, 10, 7)


@pytest.mark.parametrize(
    ("until", "since", "nights"),
    [
        (date(2026, 11, 17), date(2026, 11, 17), 1),
        (date(2026, 11, 22), date(2026, 11, 20), 3),
        (date(2026, 10, 7), date(2026, 9, 30), 8),
        (date(2026, 10, 9), date(2026, 10, 9), 1),
        (date(2026, 10, 11), date(2026, 10, 10), 2),
    ],
)
def test_a_stretch_reaches_back_to_the_night_after_the_last_school_night(until: date, since: date, nights: int) -> None:
    assert stretch_ending(until, is_school_day) == Stretch(until, since)
    assert Stretch(until, since).nights == nights


def test_every_night_of_a_term_is_in_exactly_one_stretch() -> None:
    found = stretches(date(2026, 9, 7), date(2026, 11, 22), is_school_day)
    for before, after in pairwise(found):
        assert (after.since - before.until).days == 1


def test_there_is_none_in_a_holiday_and_none_is_endless() -> None:
    assert stretches(date(2026, 10, 1), date(2026, 10, 6), is_school_day) == []
    assert stretches(date(2026, 10, 7), date(2026, 10, 6), is_school_day) == []
    assert stretch_ending(date(2026, 11, 22), lambda day: False).nights == LONGEST


@pytest.mark.parametrize(
    ("on", "since", "until"),
    [
        (date(2026, 11, 17), date(2026, 11, 20), date(2026, 11, 22)),
        (date(2026, 11, 20), date(2026, 11, 20), date(2026, 11, 22)),
        (date(2026, 11, 22), date(2026, 11, 20), date(2026, 11, 22)),
        (date(2026, 11, 23), date(2026, 11, 27), date(2026, 11, 29)),
        (date(2026, 10, 2), date(2026, 9, 30), date(2026, 10, 7)),
        (date(2026, 10, 8), date(2026, 10, 10), date(2026, 10, 11)),
    ],
)
def test_the_next_weekend_is_the_one_that_holds_the_night_or_comes_next(on: date, since: date, until: date) -> None:
    assert next_weekend(on, is_school_day) == Stretch(until, since)


def test_without_a_school_day_in_sight_there_is_no_weekend() -> None:
    assert next_weekend(date(2026, 11, 17), lambda _: False) is None
