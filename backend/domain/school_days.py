"""The school's own calendar: which days are school days, and which nights are school nights.

The school owns the table; here it is only read and merged. Asking a package about public holidays is a service's
business: it hands in a function that raises where nothing is known yet (as for 2027).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import NamedTuple

from backend.domain.errors import CalendarUnknown, FieldProblem, Invalid
from backend.domain.night import days_after

MOST_DAYS = 3700
SATURDAY = 6
#: The month in which a school year begins.
FIRST_MONTH = 8


def school_year_of(day: date) -> int:
    """The year in which the school year of a date began: 2026 for everything from August 2026 to July 2027."""
    return day.year if day.month >= FIRST_MONTH else day.year - 1


class DayStatus(Enum):
    """Whether a day was announced, or only guessed from the weekday and to be checked."""

    announced = "announced"
    estimated = "estimated"


class DayFact(NamedTuple):
    """What a holiday source says about a day."""

    is_workday: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class SchoolDay:
    """One date. `timetable_weekday` is the weekday (1 to 7) whose timetable is taught; None until somebody says."""

    day: date
    is_school_day: bool
    timetable_weekday: int | None = None
    status: DayStatus = DayStatus.announced
    note: str = ""


def by_day(days: Iterable[SchoolDay]) -> dict[date, SchoolDay]:
    """The days keyed by date; of two with one date the later stands."""
    return {day.day: day for day in days}


def is_school_day(day: date, days: Mapping[date, SchoolDay]) -> bool:
    """Whether the date is a school day. Raises CalendarUnknown where the school has not said."""
    if day not in days:
        raise CalendarUnknown(day.isoformat(), params={"day": day.isoformat()})
    return days[day].is_school_day


def is_school_night(night: date, days: Mapping[date, SchoolDay]) -> bool:
    """Whether the day after the night is a school day. Raises CalendarUnknown where the school has not said."""
    return is_school_day(days_after(night, 1), days)


def next_school_day(after: date, days: Mapping[date, SchoolDay]) -> date:
    """The first school day later than `after`. Raises CalendarUnknown when the table holds none."""
    later = [d.day for d in days.values() if d.is_school_day and d.day > after]
    if not later:
        raise CalendarUnknown(after.isoformat(), params={"day": after.isoformat()})
    return min(later)


def last_school_nights(night: date, n: int, days: Mapping[date, SchoolDay]) -> list[date]:
    """The last `n` school nights up to `night` itself, oldest first; fewer where the table begins later."""
    nights = sorted(days_after(d.day, -1) for d in days.values() if d.is_school_day)
    return [each for each in nights if each <= night][-n:] if n > 0 else []


def seed_school_days(
    first: date,
    last: date,
    holidays: Callable[[date], DayFact | bool],
    existing: Mapping[date, SchoolDay] | None = None,
) -> list[SchoolDay]:
    """The table from `first` to `last`, both included, merged from what the school has and what the source knows.

    What the school has announced stays. Where `holidays` raises NotImplementedError or CalendarUnknown the day is
    estimated: Monday to Friday are school days. A working Saturday or Sunday is a school day without a timetable
    weekday yet. Raises Invalid for more than ten years.
    """
    if (last - first).days > MOST_DAYS:
        raise Invalid("too many days", fields=[FieldProblem("last", "out_of_range")])
    held = existing or {}
    return [_merged(days_after(first, n), holidays, held) for n in range((last - first).days + 1)]


def _merged(day: date, holidays: Callable[[date], DayFact | bool], held: Mapping[date, SchoolDay]) -> SchoolDay:
    if day in held and held[day].status is DayStatus.announced:
        return held[day]
    try:
        said = holidays(day)
    except (NotImplementedError, CalendarUnknown):
        return held.get(day) or _estimated(day)
    fact = said if isinstance(said, DayFact) else DayFact(said)
    return SchoolDay(day, fact.is_workday, _own_weekday(day, fact.is_workday), DayStatus.announced, fact.note)


def _estimated(day: date) -> SchoolDay:
    is_weekday = day.isoweekday() < SATURDAY
    return SchoolDay(day, is_weekday, _own_weekday(day, is_weekday), DayStatus.estimated)


def _own_weekday(day: date, is_school: bool) -> int | None:
    return day.isoweekday() if is_school and day.isoweekday() < SATURDAY else None
