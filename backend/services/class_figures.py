"""Figures of classes by stretch of nights: live for those who see names, frozen for those who do not (rule 11).

Frozen: fixed at 07:00 of the next day and replaced only when five sheets or more have changed. Which figures are shown,
and how they are added up, is `trends`.
"""

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.night import days_after
from backend.domain.stretches import Stretch, stretches
from backend.domain.trends import MINIMUM, frozen_at, may_refresh
from backend.services import policies
from backend.storage.models import Class, FrozenFigure, School
from backend.storage.queries import classes as places
from backend.storage.queries import trends as queries

Key = tuple[uuid.UUID, dt.date]
LOOK_BACK = 70


@dataclass(frozen=True)
class Cell:
    """One class over one stretch: each submitting student's minutes over its nights, and by subject. No ids."""

    class_id: uuid.UUID
    stretch: Stretch
    enrolled: int
    cap_minutes: int | None
    amended: int = 0
    minutes: tuple[int, ...] = ()
    by_subject: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """How many students submitted."""
        return len(self.minutes)

    def per_night(self, subject: str | None = None) -> list[Fraction]:
        """Minutes a night of each student, in all or of one subject."""
        values = self.minutes if subject is None else self.by_subject.get(subject, ())
        return [Fraction(value, self.stretch.nights) for value in values]


def stretches_of(session: Session, *, school: School, first: dt.date, last: dt.date) -> list[Stretch]:
    """The stretches that end between two dates by the school's calendar; unknown days count by their weekday."""
    known = places.school_days(session, school.id, days_after(first, -LOOK_BACK), days_after(last, 1))
    return stretches(first, last, lambda day: known.get(day, day.isoweekday() < 6))


def live_cells(
    session: Session,
    *,
    school: School,
    classes: Sequence[Class],
    spans: Sequence[Stretch],
    subjects: Sequence[str] | None = None,
) -> dict[Key, Cell]:
    """Each class and stretch as the sheets stand now; keyed by class and last night."""
    if not spans or not classes:
        return {}
    ids = [each.id for each in classes]
    first, last = min(span.since for span in spans), max(span.until for span in spans)
    sheets = queries.submitted_sheets(session, school.id, ids, first, last)
    work = queries.submitted_subjects(session, school.id, ids, first, last, subjects)
    resolved = policies.resolve_many(session, school=school, classes=classes, nights=[span.since for span in spans])
    enrolled = queries.enrolments(session, school.id, ids)
    return _cells(classes, spans, sheets, work, enrolled, resolved)


def _cells(
    classes: Sequence[Class],
    spans: Sequence[Stretch],
    sheets: Iterable[Any],
    work: Iterable[Any],
    enrolled: Sequence[Any],
    resolved: dict[Key, Any],
) -> dict[Key, Cell]:
    ending = {days_after(span.since, n): span.until for span in spans for n in range(span.nights)}
    sums, amended = _sum_sheets(sheets, ending)
    by_subject = _sum_subjects(work, ending)
    return {
        (each.id, span.until): Cell(
            class_id=each.id,
            stretch=span,
            enrolled=_enrolled_on(enrolled, each.id, span.until),
            cap_minutes=resolved[each.id, span.since].cap_minutes,
            amended=len(amended[each.id, span.until]),
            minutes=tuple(sorted(sums[each.id, span.until].values())),
            by_subject={code: tuple(sorted(spent.values())) for code, spent in by_subject[each.id, span.until].items()},
        )
        for each in classes
        for span in spans
    }


def _sum_sheets(
    sheets: Iterable[Any], ending: dict[dt.date, dt.date]
) -> tuple[dict[Key, dict[uuid.UUID, int]], dict[Key, set[uuid.UUID]]]:
    sums: dict[Key, dict[uuid.UUID, int]] = defaultdict(lambda: defaultdict(int))
    amended: dict[Key, set[uuid.UUID]] = defaultdict(set)
    for row in sheets:
        if row.night in ending:
            key = (row.class_id, ending[row.night])
            sums[key][row.student_id] += row.capped_minutes
            if row.is_amended:
                amended[key].add(row.student_id)
    return sums, amended


def _sum_subjects(work: Iterable[Any], ending: dict[dt.date, dt.date]) -> dict[Key, dict[str, dict[uuid.UUID, int]]]:
    sums: dict[Key, dict[str, dict[uuid.UUID, int]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    for row in work:
        if row.night in ending:
            sums[row.class_id, ending[row.night]][row.subject][row.student_id] += int(row.minutes)
    return sums


def _enrolled_on(enrolled: Sequence[Any], class_id: uuid.UUID, day: dt.date) -> int:
    return sum(
        row.class_id == class_id and row.from_on <= day and (row.to_on is None or row.to_on >= day) for row in enrolled
    )


def frozen_cells(
    session: Session, *, school: School, classes: Sequence[Class], spans: Sequence[Stretch], now: dt.datetime
) -> dict[Key, Cell]:
    """What those who may not see names are given; it freezes what is due, so the transaction must be able to write."""
    due = [span for span in spans if frozen_at(span.until, school.zone) <= now]
    if not due or not classes:
        return {}
    ids = [each.id for each in classes]
    first, last = due[0].until, due[-1].until
    stored = {(row.class_id, row.until): row for row in queries.frozen(session, school.id, ids, first, last)}
    changed = queries.changed_since_frozen(session, school.id, ids, first, last)
    stale = [span for span in due if any(_is_stale(school, (c, span.until), stored, changed, now) for c in ids)]
    fresh = live_cells(session, school=school, classes=classes, spans=stale)
    fresh = {
        key: cell
        for key, cell in fresh.items()
        if _is_stale(school, key, stored, changed, now) and (cell.n or key in stored)
    }
    kept = {key: _thawed(row) for key, row in stored.items()}
    # A teacher's review changes a sheet and no figure: what was merely looked at again stays as it was published.
    fresh = {
        key: cell if key not in kept or sheets_apart(kept[key], cell) >= MINIMUM else kept[key]
        for key, cell in fresh.items()
    }
    queries.freeze(session, [_frozen_row(school, cell, now) for cell in fresh.values()])
    return kept | fresh


def sheets_apart(old: Cell, new: Cell) -> int:
    """How many sheets, at the least, have other figures in one than in the other: neither knows whose they are."""
    tables = [(old.minutes, new.minutes)]
    tables += [
        (old.by_subject.get(code, ()), new.by_subject.get(code, ())) for code in {*old.by_subject, *new.by_subject}
    ]
    return max(_values_apart(before, after) for before, after in tables)


def _values_apart(before: Sequence[int], after: Sequence[int]) -> int:
    gone, come = Counter(before) - Counter(after), Counter(after) - Counter(before)
    return max(gone.total(), come.total())


def _is_stale(
    school: School, key: Key, stored: dict[Key, FrozenFigure], changed: dict[Key, int], now: dt.datetime
) -> bool:
    return may_refresh(
        now=now,
        frozen_from=frozen_at(key[1], school.zone),
        published=key in stored,
        changed_sheets=changed.get(key, 0),
    )


def _frozen_row(school: School, cell: Cell, now: dt.datetime) -> dict[str, Any]:
    return {
        "school_id": school.id,
        "class_id": cell.class_id,
        "until": cell.stretch.until,
        "since": cell.stretch.since,
        "frozen_at": now,
        "figures": {
            "enrolled": cell.enrolled,
            "cap_minutes": cell.cap_minutes,
            "amended": cell.amended,
            "minutes": list(cell.minutes),
            "by_subject": {code: list(values) for code, values in cell.by_subject.items()},
        },
    }


def _thawed(row: FrozenFigure) -> Cell:
    figures = row.figures
    return Cell(
        class_id=row.class_id,
        stretch=Stretch(row.until, row.since),
        enrolled=figures["enrolled"],
        cap_minutes=figures["cap_minutes"],
        amended=figures["amended"],
        minutes=tuple(figures["minutes"]),
        by_subject={code: tuple(values) for code, values in figures["by_subject"].items()},
    )
