"""The demonstration school's calendar: public holidays and make-up days as announced, and no long vacations.

A real school has summer and winter holidays. This one teaches through them, so that whoever opens the demonstration, on
whatever day of the year, finds ninety school nights behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache

from backend.demo.shape import SCHOOL_NIGHTS
from backend.domain.school_days import SchoolDay, by_day, is_school_night, next_school_day, seed_school_days
from backend.services.school.calendar import public_holiday

#: A make-up day is taught by Tuesday's timetable here.
MAKE_UP_WEEKDAY = 2
AHEAD = timedelta(days=60)
_YEAR = timedelta(days=260)


@lru_cache(maxsize=8)
def school_days(first: date, last: date) -> Mapping[date, SchoolDay]:
    """The school's days from `first` to `last`, both included; make-up days follow Tuesday's timetable."""
    return by_day(_with_timetable(day) for day in seed_school_days(first, last, public_holiday))


def _with_timetable(day: SchoolDay) -> SchoolDay:
    if day.is_school_day and day.timetable_weekday is None:
        return replace(day, timetable_weekday=MAKE_UP_WEEKDAY)
    return day


def opening_day(as_of: date) -> date:
    """The first night of a demonstration opened on `as_of`: ninety school nights lie from it to the night before."""
    days = school_days(as_of - _YEAR, as_of)
    night, found = as_of, 0
    while found < SCHOOL_NIGHTS:
        night -= timedelta(days=1)
        found += is_school_night(night, days)
    return night


def due_on(given_on: date, days: Mapping[date, SchoolDay]) -> date:
    """Homework is due on the next school day."""
    return next_school_day(given_on, days)
