"""When a reason can hold at all: outside of these hours its query is not run, because it could find nothing.

A window is wider than its reason (a school may move its times within `reminder_times`) and never narrower: it leaves
out no reminder, only a statement a minute. `only` puts it on a reason; what the reason says in SQL stands there still.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from backend.domain.reminder_times import CLOCKS, EARLIEST_DIGEST, LATEST_DIGEST
from backend.storage.queries.moments import LocalMoment
from backend.storage.queries.reminder_reasons.reason import Asking, Reasons

Window = Callable[[LocalMoment], bool]
"""Whether a reason can hold while the clocks of a zone show this."""

_EARLIEST = {each.name: each.earliest for each in CLOCKS}
#: A bedtime is noon or later, and no school winds down earlier than two hours before it; the rest is room to spare.
_WINDS_DOWN_FROM = dt.time(9, 0)
_TWO = dt.time(14, 0)
_FRIDAY = 4


@dataclass(frozen=True)
class Windowed:
    """A reason that is asked only within its window."""

    reasons: Reasons
    window: Window

    def __call__(self, asking: Asking) -> sa.Select[Any]:
        """The reason's own query."""
        return self.reasons(asking)


def only(window: Window) -> Callable[[Reasons], Windowed]:
    """Declare a reason's window."""
    return lambda reasons: Windowed(reasons, window)


def can_hold(reasons: Reasons, local: Sequence[LocalMoment]) -> bool:
    """Whether a reason can hold in any of these zones now; True for one without a window."""
    return not isinstance(reasons, Windowed) or any(reasons.window(moment) for moment in local)


def before_midnight(moment: LocalMoment) -> bool:
    """From 06:00 to the midnight that ends the evening."""
    return moment.today == moment.tonight


def since_bedtimes_begin(moment: LocalMoment) -> bool:
    """From noon, before which no bedtime lies, to the 06:00 that ends the night."""
    return moment.evening_minutes >= 0


def winding_down(moment: LocalMoment) -> bool:
    """As much earlier as a school may say before the first bedtime."""
    return moment.evening_minutes >= 0 or moment.clock >= _WINDS_DOWN_FROM


def before_two(moment: LocalMoment) -> bool:
    """From midnight to 14:00."""
    return moment.clock < _TWO


def between(setting: str, until: dt.time) -> Window:
    """From the earliest that a school may choose for a setting to the end of the reason."""
    earliest = _EARLIEST[setting]
    return lambda moment: earliest <= moment.clock < until


def on_friday(window: Window) -> Window:
    """The same on Fridays alone."""
    return lambda moment: moment.today.weekday() == _FRIDAY and window(moment)


def digest_hours(moment: LocalMoment) -> bool:
    """From the first hour that somebody may choose for one message in the evening to an hour after the last."""
    return moment.clock >= EARLIEST_DIGEST and moment.hour_ago <= LATEST_DIGEST
