"""Stretches of nights: a single school night, or a weekend or holiday up to and including the night before school.

Rule 8 (plan): the mean of a weekend is each student's written minutes ÷ its nights, so figures are kept by stretch.
Which days are school days is handed in; what the figures are is `trends.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from backend.domain.night import days_after

LONGEST = 62


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """Nights from `since` to `until`, both included; the day after `until` is a school day."""

    until: date
    since: date

    @property
    def nights(self) -> int:
        """How many nights it has."""
        return (self.until - self.since).days + 1


def stretch_ending(until: date, is_school_day: Callable[[date], bool]) -> Stretch:
    """The stretch whose last night this is: back to the night after the school night before it, 62 nights at most."""
    since = until
    while (until - since).days < LONGEST - 1 and not is_school_day(since):
        since = days_after(since, -1)
    return Stretch(until, since)


def stretches(first: date, last: date, is_school_day: Callable[[date], bool]) -> list[Stretch]:
    """The stretches that end between two dates, both included, oldest first.

    >>> weekdays = lambda day: day.isoweekday() < 6
    >>> [s.nights for s in stretches(date(2026, 11, 19), date(2026, 11, 22), weekdays)]
    [1, 3]
    """
    days = [days_after(first, n) for n in range(max(0, (last - first).days + 1))]
    return [stretch_ending(day, is_school_day) for day in days if is_school_day(days_after(day, 1))]


def next_weekend(on: date, is_school_day: Callable[[date], bool]) -> Stretch | None:
    """The weekend or holiday that holds this night, else the next one; None where the calendar knows none for 62 days.

    >>> str(next_weekend(date(2026, 11, 17), lambda day: day.isoweekday() < 6).since)
    '2026-11-20'
    """
    return next((each for each in stretches(on, days_after(on, LONGEST), is_school_day) if each.nights > 1), None)
