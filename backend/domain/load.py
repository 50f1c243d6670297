"""Rules 2 and 3 (load, cap): a night's figures, and how they stand against the cap.

Only the adding and comparing. Which cap applies to whom is `policy.py`; what a class plans, `homework.py`;
class averages, `trends.py`. The words for segments are re-exported from `segments.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from backend.domain.segments import (
    ClockMark,
    Counted,
    Evening,
    Kind,
    LoadEntry,
    Outcome,
    Place,
    Segment,
    Source,
    Span,
    Tier,
    counted_in,
    counted_spans,
    merged,
    proposed_end,
    rounded_minutes,
    union_seconds,
)

__all__ = [
    "CapCrossings",
    "CapScope",
    "CapState",
    "ClockMark",
    "Counted",
    "Kind",
    "Load",
    "LoadEntry",
    "Outcome",
    "Place",
    "Segment",
    "Source",
    "Span",
    "Tier",
    "cap_crossings",
    "cap_state",
    "capped_minutes",
    "counted_spans",
    "counts_against_cap",
    "night_load",
    "proposed_end",
    "rounded_minutes",
    "union_seconds",
]


class CapScope(Enum):
    """Which written work a cap is about: only that done at home, or all."""

    home = "home"
    all = "all"


class CapState(Enum):
    """How written minutes stand to the cap: there is none, below 80 %, from 80 % to the cap, above it."""

    none = "none"
    within = "within"
    near = "near"
    exceeded = "exceeded"


@dataclass(frozen=True, slots=True)
class Load:
    """A night's figures, whole minutes; each is rounded by itself from its own union, so they need not add up.

    `written_minutes` (homework of kind written, anywhere), `assigned_minutes` (all homework), `study_minutes`
    (self-study too), `home_written_minutes`, `school_minutes` (everything done at school), `by_subject` (homework),
    `written_by_subject`, `by_entry` (in the order given), `unclosed` segments that are in no figure, and whether
    any counted work ends after lights-out.
    """

    written_minutes: int
    assigned_minutes: int
    study_minutes: int
    home_written_minutes: int
    school_minutes: int
    by_subject: dict[str, int]
    by_entry: tuple[int, ...]
    unclosed: int
    after_lights_out: bool
    written_by_subject: dict[str, int]


@dataclass(frozen=True, slots=True)
class CapCrossings:
    """When the load reaches 80 % of the cap and when it rises above it, None for never; whether such work runs now."""

    near_at: datetime | None
    reached_at: datetime | None
    running: bool = False


def night_load(
    entries: Iterable[LoadEntry],
    *,
    now: datetime,
    lights_out_at: datetime | None,
    midnight_at: datetime,
    submitted_at: datetime | None,
) -> Load:
    """All figures of one night as they stand at `now` (rule 2)."""
    evening = Evening(now, midnight_at, lights_out_at, submitted_at)
    listed = list(entries)
    union = _Unions([counted_in(entry, evening) for entry in listed])
    everything = range(len(listed))
    homework = [n for n in everything if not listed[n].is_self_study]
    written = [n for n in homework if listed[n].is_written]
    return Load(
        written_minutes=union.minutes(written),
        assigned_minutes=union.minutes(homework),
        study_minutes=union.minutes(everything),
        home_written_minutes=union.minutes([n for n in written if listed[n].place is Place.home]),
        school_minutes=union.minutes([n for n in everything if listed[n].place is Place.school]),
        by_subject=_by_subject(union, listed, homework),
        by_entry=tuple(union.minutes([n]) for n in everything),
        unclosed=sum(counted.unclosed for counted in union.counted),
        after_lights_out=_any_after(union.counted, lights_out_at),
        written_by_subject=_by_subject(union, listed, written),
    )


class _Unions:
    """Minutes of the union of some entries. Most figures of a night are of the same ones: those are added up once."""

    def __init__(self, counted: Sequence[Counted]) -> None:
        self.counted = counted
        self._known: dict[tuple[int, ...], int] = {}

    def minutes(self, which: Iterable[int]) -> int:
        """Whole minutes of the entries with these places in the list."""
        key = tuple(which)
        if key not in self._known:
            spans = [span for n in key for span in self.counted[n].spans]
            self._known[key] = rounded_minutes(union_seconds(spans))
        return self._known[key]


def _by_subject(union: _Unions, entries: Sequence[LoadEntry], which: Iterable[int]) -> dict[str, int]:
    of_subject: dict[str, list[int]] = {}
    for n in which:
        subject = entries[n].subject
        if subject is not None:
            of_subject.setdefault(subject, []).append(n)
    return {subject: union.minutes(own) for subject, own in of_subject.items()}


def _any_after(counted: Sequence[Counted], lights_out_at: datetime | None) -> bool:
    if lights_out_at is None:
        return False
    return any(end > lights_out_at for each in counted for _, end in each.spans)


def counts_against_cap(entry: LoadEntry, scope: CapScope) -> bool:
    """Whether an entry's minutes are compared with a cap of this scope."""
    return entry.is_written and (scope is CapScope.all or entry.place is Place.home)


def capped_minutes(load: Load, scope: CapScope) -> int:
    """The minutes of a night that are compared with a cap of this scope."""
    return load.home_written_minutes if scope is CapScope.home else load.written_minutes


def cap_state(minutes: int, cap: int | None) -> CapState:
    """60 against 60 is not exceeded, 61 is; near from 80 % of a cap above 0; without a cap never exceeded (rule 3)."""
    if cap is None:
        return CapState.none
    if minutes > cap:
        return CapState.exceeded
    return CapState.near if cap > 0 and minutes >= near_minutes(cap) else CapState.within


def near_minutes(cap: int) -> int:
    """The first whole minute that is 80 % of the cap or more."""
    return (cap * 4 + 4) // 5


def cap_crossings(
    entries: Iterable[LoadEntry],
    *,
    cap: int | None,
    scope: CapScope,
    now: datetime,
    lights_out_at: datetime | None,
    midnight_at: datetime,
    submitted_at: datetime | None,
) -> CapCrossings:
    """The instants at which the rounded load reaches 80 % of the cap and rises above it, to the second.

    What runs at `now` is taken to go on until lights-out or midnight; never before then is None. Where recorded
    work has crossed already, it is the instant at which the union had grown so long. Cap 0 has no `near_at`.
    """
    evening = Evening(now, midnight_at, lights_out_at, submitted_at)
    counted = [
        counted_in(entry, evening, until=evening.ends_at) for entry in entries if counts_against_cap(entry, scope)
    ]
    running = any(c.running for c in counted)
    if cap is None:
        return CapCrossings(None, None, running)
    spans = merged(span for c in counted for span in c.spans)
    near_at = _instant_of_minute(spans, near_minutes(cap)) if cap > 0 else None
    return CapCrossings(near_at, _instant_of_minute(spans, cap + 1), running)


def _instant_of_minute(spans: Sequence[Span], minutes: int) -> datetime | None:
    """When the union has grown to what rounds to so many minutes, half up: 30 seconds before they are full."""
    left = timedelta(seconds=minutes * 60 - 30)
    for start, end in spans:
        if end - start >= left:
            return start + left
        left -= end - start
    return None
