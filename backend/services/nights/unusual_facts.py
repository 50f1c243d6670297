"""What makes a sheet worth opening first: facts, not measures, so that nobody is ordered by minutes or sleep (rule 11).

The codes are part of the contract; a screen words them. Which sheets stand first is the board's matter.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from backend.domain.load import CapState, ClockMark, Outcome, cap_state
from backend.domain.sleep import sleep_minutes

#: In the order in which they are told.
CODES = (
    "stopped_for_sleep",
    "amended",
    "late",
    "over_cap",
    "sleep_short",
    "clock_doubtful",
    "after_lights_out",
    "unclosed",
)


def unusual_facts(row: Any, work: Iterable[tuple[Outcome, Sequence[dict[str, Any]]]], tolerance: int) -> list[str]:
    """The codes that hold for one student's night; none without a sheet.

    ``row`` is the board's, ``work`` each entry's outcome and segments as stored, ``tolerance`` the school's minutes of
    sleep that may be missing unremarked (rule 6).
    """
    if row.state is None:
        return []
    entries = list(work)
    segments = [segment for _, each in entries for segment in each]
    holds = {
        "stopped_for_sleep": any(outcome is Outcome.stopped_for_sleep for outcome, _ in entries),
        "amended": row.is_amended,
        "late": row.is_late,
        "over_cap": cap_state(row.capped_minutes, row.cap_minutes) is CapState.exceeded,
        "sleep_short": _is_short(row, tolerance),
        "clock_doubtful": any(segment["clock"] == ClockMark.doubtful.value for segment in segments),
        "after_lights_out": _is_after(segments, row.lights_out_at),
        "unclosed": row.unclosed,
    }
    return [code for code in CODES if holds[code]]


def _is_short(row: Any, tolerance: int) -> bool:
    """Of what was logged: a projection is not a fact."""
    if not row.lights_out_at or not row.woke_at or row.sleep_target_minutes is None:
        return False
    return bool(row.sleep_target_minutes - sleep_minutes(row.lights_out_at, row.woke_at) > tolerance)


def _is_after(segments: Iterable[dict[str, Any]], lights_out_at: dt.datetime | None) -> bool:
    if lights_out_at is None:
        return False
    ends = [segment["finished_at"] or segment["started_at"] for segment in segments]
    return any(dt.datetime.fromisoformat(end) > lights_out_at for end in ends)
