"""Rule 1 (night): which night an instant belongs to, and what times a night can hold.

A night is a local date: that of its evening. Everything here turns local wall-clock times into aware UTC
instants and back. What is added up within a night is `load.py`; which nights are school nights, `school_days.py`.

Daylight saving: a local time that the clock skips stands for the instant at which it would have come
(02:30 skipped by an hour is 03:30); one that comes twice is its first coming, but its second where a window ends.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from backend.domain.errors import FieldProblem, Invalid

Zone = str | tzinfo
Window = tuple[datetime, datetime]

DAY_BEGINS = time(6, 0)
MORNING_ENDS = time(12, 0)
CHILD_DAYS = 7
CLOCK_TOLERANCE = timedelta(minutes=2)


def zone_of(zone: Zone) -> tzinfo:
    """The zone of an IANA name; a zone passes through. Raises Invalid for an unknown name."""
    if isinstance(zone, tzinfo):
        return zone
    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as exc:
        raise Invalid("unknown zone", fields=[FieldProblem("zone", "unknown_zone")]) from exc


def aware(instant: datetime, path: str = "at") -> datetime:
    """The instant, if it carries an offset. Raises Invalid for a naive datetime: we never guess a zone."""
    if instant.tzinfo is None or instant.utcoffset() is None:
        raise Invalid("a time without an offset", fields=[FieldProblem(path, "offset_missing")])
    return instant


def days_after(day: date, n: int) -> date:
    """The date `n` days later (or earlier). Raises Invalid outside the calendar."""
    try:
        return day + timedelta(days=n)
    except OverflowError as exc:
        raise Invalid("date out of range", fields=[FieldProblem("night", "out_of_range")]) from exc


def local_instant(day: date, at: time, zone: Zone, *, second_coming: bool = False) -> datetime:
    """The UTC instant of a wall-clock time on a local date. Raises Invalid outside the calendar."""
    wall = datetime.combine(day, at.replace(tzinfo=None, fold=int(second_coming)), zone_of(zone))
    try:
        if second_coming and wall.replace(fold=0).astimezone(UTC) > wall.astimezone(UTC):
            wall = wall.replace(fold=0)  # skipped, not repeated: fold=1 would be the earlier instant
        return wall.astimezone(UTC)
    except OverflowError as exc:
        raise Invalid("date out of range", fields=[FieldProblem("night", "out_of_range")]) from exc


def night_of(instant: datetime, zone: Zone) -> date:
    """The night of an instant: before 06:00 local it is the evening before.

    Exactly: the latest local date whose 06:00 is not after the instant, so every instant has one night
    even where a zone skips a whole date.
    """
    tz = zone_of(zone)
    try:
        night = aware(instant).astimezone(tz).date()
    except OverflowError as exc:
        raise Invalid("date out of range", fields=[FieldProblem("at", "out_of_range")]) from exc
    while local_instant(night, DAY_BEGINS, tz) > instant:
        night = days_after(night, -1)
    return night


def evening_instant(night: date, at: time, zone: Zone) -> datetime:
    """The instant of an evening's clock time: before noon it is in the small hours of the next date."""
    day = days_after(night, 1) if at.replace(tzinfo=None) < MORNING_ENDS else night
    return local_instant(day, at, zone)


def segment_window(night: date, zone: Zone) -> Window:
    """From 06:00 of the night's date to 12:00 of the next, both included, in UTC."""
    return _window(night, time(6, 0), 0, time(12, 0), zone)


def lights_out_window(night: date, zone: Zone) -> Window:
    """From 17:00 to 06:00 next day, both included, in UTC."""
    return _window(night, time(17, 0), 0, time(6, 0), zone)


def waking_window(night: date, zone: Zone) -> Window:
    """From 03:00 to 14:00 of the next day, both included, in UTC."""
    return _window(night, time(3, 0), 1, time(14, 0), zone)


@lru_cache(maxsize=1024)
def _window(night: date, begins: time, begins_after_days: int, ends: time, zone: Zone) -> Window:
    start = local_instant(days_after(night, begins_after_days), begins, zone)
    return start, local_instant(days_after(night, 1), ends, zone, second_coming=True)


@lru_cache(maxsize=1024)
def midnight_after(night: date, zone: Zone) -> datetime:
    """The midnight that ends the night's date, in UTC."""
    return local_instant(days_after(night, 1), time(0, 0), zone)


def check_segment(
    night: date,
    zone: Zone,
    started_at: datetime,
    finished_at: datetime | None,
    *,
    now: datetime | None = None,
    path: str = "segments.0",
) -> list[FieldProblem]:
    """What is wrong with a segment of this night: outside_window, finish_before_start, in_future, offset_missing.

    A segment of no length is allowed (a tap and its undoing). With `now`, times later than now and
    two minutes of clock tolerance are `in_future`.
    """
    window = segment_window(night, zone)
    problems = _check_instant(started_at, window, now, f"{path}.started_at")
    if finished_at is None:
        return problems
    problems += _check_instant(finished_at, window, now, f"{path}.finished_at")
    if not problems and finished_at < started_at:
        problems.append(FieldProblem(f"{path}.finished_at", "finish_before_start"))
    return problems


def check_lights_out(
    night: date, zone: Zone, lights_out_at: datetime, *, now: datetime | None = None, path: str = "lights_out_at"
) -> list[FieldProblem]:
    """What is wrong with a lights-out of this night; codes as in `check_segment`."""
    return _check_instant(lights_out_at, lights_out_window(night, zone), now, path)


def check_waking(
    night: date,
    zone: Zone,
    woke_at: datetime,
    lights_out_at: datetime | None = None,
    *,
    now: datetime | None = None,
    path: str = "woke_at",
) -> list[FieldProblem]:
    """What is wrong with a waking of this night; `before_lights_out` unless it is later than lights-out."""
    problems = _check_instant(woke_at, waking_window(night, zone), now, path)
    if not problems and lights_out_at is not None and woke_at <= aware(lights_out_at):
        problems.append(FieldProblem(path, "before_lights_out"))
    return problems


def _check_instant(at: datetime, window: Window, now: datetime | None, path: str) -> list[FieldProblem]:
    if at.tzinfo is None or at.utcoffset() is None:
        return [FieldProblem(path, "offset_missing")]
    if not window[0] <= at <= window[1]:
        return [FieldProblem(path, "outside_window")]
    if now is not None and at > aware(now) + CLOCK_TOLERANCE:
        return [FieldProblem(path, "in_future")]
    return []


def child_may_change(night: date, today: date) -> bool:
    """A child may change a night on its own date and the 7 days after it; never one that has not begun."""
    return 0 <= (today - night).days <= CHILD_DAYS


def is_late_change(night: date, now: datetime, zone: Zone) -> bool:
    """Whether a change is marked late: made after 14:00 of the next day, when even waking could be logged in time."""
    return aware(now) > waking_window(night, zone)[1]
