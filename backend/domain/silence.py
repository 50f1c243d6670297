"""When a student's own device must stay silent, and other hours in which nobody is written to.

No reminder ever wakes a child. Only windows are computed here; which device is a student's own is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from backend.domain.night import Window, Zone, aware, days_after, evening_instant, local_instant, night_of, zone_of

BEFORE_LIGHTS_OUT = timedelta(minutes=30)
SCHOOL_DAY_ENDS = time(7, 0)
FREE_DAY_ENDS = time(9, 0)
STRICTEST_LIGHTS_OUT = time(21, 20)


@dataclass(frozen=True, slots=True)
class NightSilence:
    """What decides one night's silence: latest lights-out (None is 21:20), whether the next day is a school day,
    and when waking was logged, if it was."""

    latest_lights_out: time | None = None
    next_day_is_school_day: bool = False
    waking_logged_at: datetime | None = None


def silent_window(
    latest_lights_out: time | None,
    night: date,
    zone: Zone,
    *,
    next_day_is_school_day: bool,
    waking_logged_at: datetime | None = None,
) -> Window:
    """From 30 minutes before this student's latest lights-out, included, until waking is logged, excluded;
    at the latest until 07:00 before a school day and 09:00 otherwise. UTC instants.

    A waking logged before the window begins ends nothing.
    """
    start = evening_instant(night, latest_lights_out or STRICTEST_LIGHTS_OUT, zone) - BEFORE_LIGHTS_OUT
    ends = SCHOOL_DAY_ENDS if next_day_is_school_day else FREE_DAY_ENDS
    end = local_instant(days_after(night, 1), ends, zone)
    if waking_logged_at is not None and aware(waking_logged_at) > start:
        end = min(end, waking_logged_at)
    return start, max(start, end)


def is_silent(now: datetime, windows: Iterable[Window]) -> bool:
    """Whether an instant lies in one of the windows; a window's end is no longer silent."""
    return any(start <= aware(now) < end for start, end in windows)


def is_silent_for(now: datetime, zone: Zone, facts_of: Callable[[date], NightSilence]) -> bool:
    """Whether a student's own device is silent at `now`; asks for the facts of the nights that can matter.

    At 08:00 it is already the next night by name, yet last night's silence may still hold: both are asked.
    """
    return any(start <= now < end for start, end in _windows_around(now, zone, facts_of))


def next_silence_at(now: datetime, zone: Zone, facts_of: Callable[[date], NightSilence]) -> datetime:
    """When silence next begins: `now` itself inside a silent window. A message's ttl must end by then."""
    windows = _windows_around(now, zone, facts_of)
    if any(start <= now < end for start, end in windows):
        return now
    return min(start for start, _ in windows if start > now)


def _windows_around(now: datetime, zone: Zone, facts_of: Callable[[date], NightSilence]) -> list[Window]:
    tonight = night_of(aware(now), zone)
    return [_window(days_after(tonight, n), zone, facts_of) for n in (-1, 0, 1, 2)]


def _window(night: date, zone: Zone, facts_of: Callable[[date], NightSilence]) -> Window:
    facts = facts_of(night)
    return silent_window(
        facts.latest_lights_out,
        night,
        zone,
        next_day_is_school_day=facts.next_day_is_school_day,
        waking_logged_at=facts.waking_logged_at,
    )


def ttl_until(reason_ends_at: datetime | None, silence_starts_at: datetime | None) -> datetime | None:
    """Until when a message may arrive: the earlier of its reason's end and the silence; None when neither is set."""
    ends = [aware(at) for at in (reason_ends_at, silence_starts_at) if at is not None]
    return min(ends, default=None)


def ttl_seconds(now: datetime, until: datetime) -> int:
    """Whole seconds left, rounded down so that nothing arrives late; 0 when the time is over."""
    return max(0, (aware(until) - aware(now)) // timedelta(seconds=1))


def in_quiet_hours(now: datetime, zone: Zone, starts: time, ends: time) -> bool:
    """Whether the local clock shows a quiet hour: starts included, ends excluded, across midnight if ends is earlier.

    Equal times mean that there are no quiet hours. Read off the wall clock, so daylight saving needs no care.
    """
    return within(aware(now).astimezone(zone_of(zone)).time(), starts, ends)


def within(clock: time, starts: time, ends: time) -> bool:
    """Whether a time of day lies between two: starts included, ends excluded, across midnight if ends is earlier."""
    if starts <= ends:
        return starts <= clock < ends
    return clock >= starts or clock < ends
