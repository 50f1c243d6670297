"""What a student worked at one evening, as the domain adds it up and as an entry's own columns."""

from collections.abc import Callable
from datetime import datetime

from backend.demo.evening_of import Work
from backend.demo.homework import SetWork
from backend.demo.people import Row
from backend.domain.estimates import Estimate
from backend.domain.load import LoadEntry, Segment, Source, Tier

#: The instant of so many seconds after the night's midnight.
At = Callable[[int], datetime]


def entry_of(work: Work, at: At) -> LoadEntry:
    """The entry as the domain adds it up."""
    segments = tuple(segment(work, start, end, at, work.source) for start, end in work.spans)
    if work.work is None:
        subject = None if work.self_study is None else work.self_study[1]
        return LoadEntry(subject, None, work.place, is_self_study=True, outcome=work.outcome, segments=segments)
    habit = work.work.habit
    return LoadEntry(habit.subject, habit.kind, work.place, outcome=work.outcome, segments=segments)


def segment(work: Work, start: int, end: int | None, at: At, source: Source) -> Segment:
    """A stretch of the work, from seconds after midnight."""
    return Segment(at(start), None if end is None else at(end), source, work.clock)


def what(work: Work) -> Row:
    """The entry's columns that say what was worked on."""
    if work.work is None:
        title, subject = work.self_study or ("", None)
        return {
            "assignment_id": None,
            "subject": subject,
            "title": title,
            "is_self_study": True,
            "kind": None,
            "estimated_minutes": None,
        }
    return {
        "assignment_id": work.work.id,
        "subject": work.work.habit.subject,
        "title": "",
        "is_self_study": False,
        "kind": work.work.habit.kind,
        "estimated_minutes": estimate(work.work, work.tier).upper_minutes,
    }


def estimate(work: SetWork, tier: Tier | None) -> Estimate:
    """The teacher's estimate of the tier that was chosen."""
    return work.tiers[tier or Tier.standard]


def by_timer(entries: list[LoadEntry], reached_at: datetime | None) -> bool | None:
    """Whether the work that crosses the cap at an instant was timed; None where the cap is not crossed."""
    if reached_at is None:
        return None
    segments = (s for entry in entries if entry.is_written for s in entry.segments)
    return any(
        s.source is Source.timer and s.started_at <= reached_at <= (s.finished_at or reached_at) for s in segments
    )
