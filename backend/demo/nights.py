"""Who of a class takes part in a night, and in which of its works; each sheet is then written by `sheet_rows`.

How an evening went is `evening_of`.
"""

from __future__ import annotations

from datetime import timedelta

from backend.demo.evening_of import NightKind, evening
from backend.demo.homework import SetWork
from backend.demo.night_rows import NightFacts, NightRows
from backend.demo.people import Pupil, Rows
from backend.demo.sheet_rows import write_sheet
from backend.domain.load import Kind


def rows_of(facts: NightFacts) -> Rows:
    """All rows of the class's night."""
    night = NightRows(facts)
    kind = _kind_of(night)
    for pupil in facts.class_.pupils:
        if pupil.may_write and night.rng.random() < _share_of(facts, pupil):
            write_sheet(night, pupil, evening(pupil, _works_of(night, pupil), kind, night.rng))
    return night.rows


def _kind_of(night: NightRows) -> NightKind:
    facts = night.facts
    return NightKind(
        is_school_day=facts.is_school_day,
        next_is_school_day=facts.next_is_school_day,
        school_ends=facts.class_.shape.school_ends,
        work_begins=facts.class_.shape.work_begins,
        latest=None if night.latest_at is None else (night.latest_at - night.midnight) // timedelta(minutes=1),
    )


def _share_of(facts: NightFacts, pupil: Pupil) -> float:
    """How likely a sheet is: less on the nights before free days, when homework may wait."""
    free = 0.42 if facts.works else 0.16
    return pupil.traits.takes_part * (1.0 if facts.next_is_school_day else free)


def _works_of(night: NightRows, pupil: Pupil) -> list[tuple[SetWork, float]]:
    """Which of the works that may be done tonight this student does tonight, and how much of each."""
    chosen = [(work, _part_of(night, pupil, work)) for work in night.facts.works]
    chosen = [(work, part) for work, part in chosen if part]
    night.rng.shuffle(chosen)
    return chosen


def _part_of(night: NightRows, pupil: Pupil, work: SetWork) -> float:
    n = len(work.nights)
    if work.habit.kind is not Kind.written and night.rng.random() < 0.2:
        return 0.0
    if n == 1:
        return 1.0
    own = (pupil.number * 31 + work.ordinal * 17) % n
    tonight = work.nights.index(night.facts.night)
    if pupil.number % 9 == 0 and work.habit.kind is Kind.written:
        return 0.5 if tonight in (own, (own + 1) % n) else 0.0
    return 1.0 if tonight == own else 0.0
