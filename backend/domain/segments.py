"""Rule 2 (load), first half: segments of work, how long their union is, and what a running one counts.

Names of kinds, places, tiers, sources and outcomes are here too, because every segment or entry carries them.
Adding a night up and comparing it with a cap is `load.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from backend.domain.night import aware
from backend.domain.percentiles import median_minutes

Span = tuple[datetime, datetime]


class Kind(Enum):
    """What sort of homework it is; only written work counts against the cap."""

    written = "written"
    reading = "reading"
    oral = "oral"
    practical = "practical"
    exercise = "exercise"


class Place(Enum):
    """Where it is done: at home unless said, or at school in the after-class hours."""

    home = "home"
    school = "school"


class Tier(Enum):
    """Which share of tiered homework the student chose tonight; never a label on a child."""

    basic = "basic"
    standard = "standard"
    extension = "extension"


class Source(Enum):
    """How a segment's times came to be known."""

    timer = "timer"
    typed = "typed"
    amended = "amended"
    estimated = "estimated"


class Outcome(Enum):
    """How work on an entry ended; the last two are censored observations of its length."""

    in_progress = "in_progress"
    finished = "finished"
    unfinished = "unfinished"
    stopped_for_sleep = "stopped_for_sleep"


class ClockMark(Enum):
    """Whether a segment's clock was right, was put right, or is in doubt."""

    ok = "ok"
    corrected = "corrected"
    doubtful = "doubtful"


@dataclass(frozen=True, slots=True)
class Segment:
    """One start and finish, aware instants; `finished_at` is None while it runs. Raises Invalid for naive times."""

    started_at: datetime
    finished_at: datetime | None = None
    source: Source = Source.timer
    clock: ClockMark = ClockMark.ok

    def __post_init__(self) -> None:
        aware(self.started_at, "started_at")
        if self.finished_at is not None:
            aware(self.finished_at, "finished_at")


@dataclass(frozen=True, slots=True)
class LoadEntry:
    """The part of an entry that figures are made of; a self-study entry has no kind and maybe no subject."""

    subject: str | None
    kind: Kind | None
    place: Place = Place.home
    is_self_study: bool = False
    outcome: Outcome = Outcome.finished
    segments: tuple[Segment, ...] = ()

    @property
    def is_written(self) -> bool:
        """Whether it can count against a cap: written homework that a teacher gave."""
        return self.kind is Kind.written and not self.is_self_study


@dataclass(frozen=True, slots=True)
class Counted:
    """What an entry's segments count at one instant; `running` and `unclosed` are numbers of segments."""

    spans: tuple[Span, ...] = ()
    running: int = 0
    unclosed: int = 0


@dataclass(frozen=True, slots=True)
class Evening:
    """The instants that decide what a running segment counts."""

    now: datetime
    midnight_at: datetime
    lights_out_at: datetime | None = None
    submitted_at: datetime | None = None

    @property
    def ends_at(self) -> datetime:
        """The earlier of lights-out and midnight."""
        return self.midnight_at if self.lights_out_at is None else min(self.lights_out_at, self.midnight_at)

    def submission_ends(self, segment: Segment) -> bool:
        """Whether the sheet was submitted while this segment ran, and before midnight had left it open."""
        submitted_at = self.submitted_at
        return submitted_at is not None and segment.started_at <= submitted_at <= self.midnight_at


_NONE, _SECOND = timedelta(), timedelta(seconds=1)


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same time as disjoint spans in order; a span that ends before it starts is no time."""
    real = [span for span in spans if span[0] < span[1]]
    if len(real) < 2:
        return real
    result: list[Span] = []
    for start, end in sorted(real):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def union_seconds(spans: Iterable[Span]) -> int:
    """Length of the union in whole seconds; time that overlaps counts once."""
    total = sum((end - start for start, end in merged(spans)), _NONE)
    return total // _SECOND


def rounded_minutes(seconds: int) -> int:
    """Whole minutes, half up: 29 seconds are 0 and 30 are 1."""
    return (seconds + 30) // 60


def counted_spans(
    entry: LoadEntry,
    *,
    now: datetime,
    lights_out_at: datetime | None,
    midnight_at: datetime,
    submitted_at: datetime | None,
) -> Counted:
    """What the entry's segments count at `now` (rule 2).

    A finished segment counts whole, after lights-out and midnight too. An open one
    - is ended by a submission made while it ran and not after midnight: it counts to the earliest of
      submission, lights-out, midnight and now;
    - else is running and counts to `now`, as long as now is not after lights-out or midnight;
    - else was left open: it is unclosed and counts nothing, even if the sheet is submitted later,
      until a person accepts a proposed end (which makes it a finished one).
    """
    return counted_in(entry, Evening(now, midnight_at, lights_out_at, submitted_at))


def counted_in(entry: LoadEntry, evening: Evening, *, until: datetime | None = None) -> Counted:
    """As `counted_spans`; `until` lets what runs go on running to that instant."""
    spans: list[Span] = []
    running = unclosed = 0
    for segment in entry.segments:
        span, runs = _span_of(segment, evening)
        running += runs
        if span is None:
            unclosed += 1
        else:
            spans.append((span[0], until) if runs and until is not None else span)
    return Counted(tuple(spans), running, unclosed)


def _span_of(segment: Segment, evening: Evening) -> tuple[Span | None, bool]:
    """The span a segment counts, None if unclosed, and whether it is still running."""
    start = segment.started_at
    if segment.finished_at is not None:
        return (start, segment.finished_at), False
    if evening.submission_ends(segment):
        end = min(evening.now, evening.ends_at, evening.submitted_at or evening.now)
        return ((start, end) if end >= start else None), False
    if evening.now > evening.ends_at:
        return None, False
    return (start, max(start, evening.now)), True


def proposed_end(
    segment: Segment,
    *,
    earlier_minutes: Sequence[int] = (),
    estimated_minutes: int | None = None,
    already_minutes: int = 0,
    lights_out_at: datetime | None = None,
    midnight_at: datetime | None = None,
) -> datetime | None:
    """A likely end to offer for an unclosed or doubtful segment; None when nothing is known to judge by.

    The median of what such work took this student earlier, else the teacher's estimate, less what the entry's
    other segments already hold (one minute at least), cut at lights-out and midnight where these lie after the start.
    """
    likely = median_minutes(earlier_minutes) if earlier_minutes else estimated_minutes
    if likely is None:
        return None
    end = segment.started_at + timedelta(minutes=max(1, likely - already_minutes))
    ends = [at for at in (lights_out_at, midnight_at) if at is not None and at > segment.started_at]
    return min([end, *ends])
