"""At what times a school's reminders come, and within what bounds a school may move them.

The bounds are such that a reminder still has a reason when it comes: each ends at a fixed time (docs/reminders.md), and
`wind_down` begins before a child's own device falls silent, so no choice of a school's can break that silence (PRODUCT
§4). The silence itself is no setting.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

from backend.domain.errors import FieldProblem
from backend.domain.silence import BEFORE_LIGHTS_OUT

DIGEST_AT = time(20, 30)
EARLIEST_DIGEST, LATEST_DIGEST = time(16, 0), time(22, 0)
#: What loses nothing by coming in the evening: a sheet waits, the night and the week it speaks of are over. All others
#: speak of this minute (the cap, bedtime, a time that somebody chose) and would be wrong an hour later.
CAN_WAIT = ("confirm_sheet", "sleep_short", "streak", "weekly_digest")
SILENT_FROM_MINUTES = BEFORE_LIGHTS_OUT // timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Clock:
    """A school-local time of a reminder, and the first and last that a school may choose."""

    name: str
    default: time
    earliest: time
    latest: time


@dataclass(frozen=True, slots=True)
class Minutes:
    """A distance from latest lights-out in minutes, and the least and most that a school may choose."""

    name: str
    default: int
    least: int
    most: int


CLOCKS = (
    Clock("publish_estimates_at", time(15, 30), time(12, 0), time(17, 30)),
    Clock("confirm_again_at", time(7, 30), time(6, 0), time(11, 0)),
    Clock("sleep_short_at", time(9, 0), time(6, 0), time(13, 0)),
    Clock("streak_at", time(9, 0), time(6, 0), time(13, 0)),
    Clock("class_over_cap_at", time(7, 30), time(6, 30), time(8, 30)),
    Clock("weekly_digest_at", time(17, 0), time(12, 0), time(19, 30)),
)
MINUTES = (
    # Never at or below the half hour in which a child's own device is silent: such a reminder could never reach it.
    Minutes("wind_down_before_minutes", 45, SILENT_FROM_MINUTES + 5, 120),
    Minutes("bedtime_passed_after_minutes", 10, 5, 60),
)
NAMES = tuple(each.name for each in (*CLOCKS, *MINUTES))
_CLOCK_BOUNDS = {"default": "default", "least": "earliest", "most": "latest"}
DEFAULTS: Mapping[str, time | int] = {each.name: each.default for each in (*CLOCKS, *MINUTES)}


def bounds() -> dict[str, dict[str, str | int]]:
    """For each time its ``default`` and the first and last (``least``, ``most``) that a school may choose."""
    plain = {each.name: {name: f"{getattr(each, key):%H:%M}" for name, key in _CLOCK_BOUNDS.items()} for each in CLOCKS}
    distances = {each.name: {"default": each.default, "least": each.least, "most": each.most} for each in MINUTES}
    return {**plain, **distances}  # type: ignore[dict-item]


def problems_of(changes: Mapping[str, Any]) -> Iterator[FieldProblem]:
    """What is out of bounds among a school's chosen times; names that are no time of a reminder are passed over."""
    for clock in CLOCKS:
        if clock.name in changes and not clock.earliest <= changes[clock.name] <= clock.latest:
            yield FieldProblem(clock.name, "out_of_range")
    for minutes in MINUTES:
        if minutes.name in changes and not minutes.least <= changes[minutes.name] <= minutes.most:
            yield FieldProblem(minutes.name, "out_of_range")
