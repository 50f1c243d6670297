"""Class figures as they stand, for those who see names: kept added up, and added up again when anything has changed.

A stretch's stamp is made of the numbers and counters of the sheets it rests on and of the homework due at its end. It
is compared at every reading, so nothing stale is ever shown, and no writer has to know that figures are kept.
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.night import days_after
from backend.domain.stretches import Stretch, stretches
from backend.services.figures.adding_up import WORK_DAYS, add_up
from backend.services.figures.class_figures import (
    LOOK_BACK,
    SATURDAY,
    Cell,
    Enrolled,
    Key,
    Table,
    figures_of,
    paths_of,
)
from backend.storage.models import Class, RolledUpFigure, School
from backend.storage.queries import kept_figures
from backend.storage.queries import trends as queries

#: So many nights before a period its first stretch may begin without being asked about again.
USUAL_NIGHTS = 4


@dataclass(frozen=True)
class Standing:
    """What the figures of some classes rest on: a stamp a class and stretch that has a sheet, and who was enrolled."""

    spans: Sequence[Stretch]
    stamps: Mapping[Key, str]
    enrolled: Mapping[Key, int]
    erased: int
    """Higher after each erasure. Kept sums go with what is erased; what was answered from them does not."""

    def version(self) -> tuple[Any, ...]:
        """What is another whenever a figure of these classes and stretches is; plain values."""
        spans = [(span.since.toordinal(), span.until.toordinal()) for span in self.spans]
        each = [(key[0].hex, number, self.stamps.get(key)) for key, number in self.enrolled.items()]
        return spans, each, self.erased


def standing_between(
    session: Session, school_id: uuid.UUID, ids: Sequence[uuid.UUID], first: dt.date, last: dt.date
) -> Standing:
    """Of the stretches that end between two dates, with the calendar that makes them, in one statement."""
    marks = _marks(session, school_id, ids, days_after(first, -USUAL_NIGHTS), last)
    known = {mark.day: bool(mark.number) for mark in marks if mark.what == "day"}
    spans = stretches(first, last, lambda day: known.get(day, day.isoweekday() < SATURDAY))
    if spans and spans[0].since < days_after(first, -USUAL_NIGHTS):
        marks = _marks(session, school_id, ids, spans[0].since, last)
    return _standing(ids, spans, marks)


def standing_of(session: Session, school_id: uuid.UUID, ids: Sequence[uuid.UUID], spans: Sequence[Stretch]) -> Standing:
    """Of stretches that are known."""
    return _standing(ids, spans, _marks(session, school_id, ids, spans[0].since, spans[-1].until))


def _marks(
    session: Session, school_id: uuid.UUID, ids: Sequence[uuid.UUID], first: dt.date, last: dt.date
) -> list[queries.Mark]:
    since, until = days_after(first, -WORK_DAYS), days_after(last, 1)
    return queries.marks(session, school_id, ids, since, until, calendar_from=days_after(first, -LOOK_BACK))


def _standing(ids: Sequence[uuid.UUID], spans: Sequence[Stretch], marks: Sequence[queries.Mark]) -> Standing:
    """A stamp covers every night that its figures may rest on."""
    sheets = {(mark.class_id, mark.day): mark for mark in marks if mark.what == "sheets"}
    due = {(mark.class_id, mark.day): mark for mark in marks if mark.what == "homework"}
    enrolled = Enrolled.of(marks)
    found: dict[Key, str] = {}
    for class_id in ids if spans else ():
        first, last = days_after(spans[0].since, -WORK_DAYS), days_after(spans[-1].until, 1)
        sums, works = _RunningSums(sheets, class_id, first, last), _RunningSums(due, class_id, first, last)
        for span in spans:
            since, until = span.since.toordinal(), span.until.toordinal()
            if sums.between(since, until)[0]:
                rests_on, ends_with = sums.between(since - WORK_DAYS, until), works.between(since + 1, until + 1)
                found[class_id, span.until] = "{}.{}-{}.{}".format(*rests_on, *ends_with)
    there = {(each, span.until): enrolled.on(each, span.until) for each in ids for span in spans}
    erased = sum(mark.total for mark in marks if mark.what == "came")
    return Standing(spans, found, there, erased)


def live_cells(
    session: Session,
    *,
    school: School,
    classes: Sequence[Class],
    spans: Sequence[Stretch],
    whole: bool,
    table: Table | None = None,
    standing: Standing | None = None,
) -> dict[Key, Cell]:
    """Each class and stretch as the sheets stand now, keyed by class and last night; those without a sheet left out.

    ``whole`` brings all figures, or of one ``table`` alone with its work, else the minutes against the cap.
    ``standing`` if it was asked for in this transaction already. The transaction must be able to write.
    """
    if not spans or not classes:
        return {}
    ids = [each.id for each in classes]
    now = standing or standing_of(session, school.id, ids, spans)
    paths, known = paths_of(whole=whole, table=table), {span.until: span for span in spans}
    rows = kept_figures.rolled_up(session, school.id, ids, spans[0].until, spans[-1].until, paths=paths)
    found = {
        (row.class_id, row.until): Cell(
            row.class_id,
            known[row.until],
            now.enrolled[row.class_id, row.until],
            row.cap_minutes,
            row.amended,
            row.minutes,
            figures_of(paths, row.parts),
        )
        for row in rows
        if now.stamps.get((row.class_id, row.until)) == row.mark and known[row.until].since == row.since
    }
    stale = {key: now.stamps[key] for key in now.stamps.keys() - found.keys()}
    return found | _again(session, school, classes, spans, stale)


class _RunningSums:
    """Numbers and counters of one class, to be had between any two days without adding up again."""

    def __init__(self, sums: Mapping[Any, queries.Mark], class_id: uuid.UUID, first: dt.date, last: dt.date) -> None:
        self._first = first.toordinal()
        self._upto = [(0, 0)]
        for ordinal in range(self._first, last.toordinal() + 1):
            mark = sums.get((class_id, dt.date.fromordinal(ordinal)))
            before = self._upto[-1]
            self._upto.append(before if mark is None else (before[0] + mark.number, before[1] + mark.total))

    def between(self, first: int, last: int) -> tuple[int, int]:
        """Between two ordinals of days, both included."""
        before, upto = self._upto[max(0, first - self._first)], self._upto[max(0, last - self._first + 1)]
        return upto[0] - before[0], upto[1] - before[1]


def _again(
    session: Session, school: School, classes: Sequence[Class], spans: Sequence[Stretch], stale: Mapping[Key, str]
) -> dict[Key, Cell]:
    """Add up what has changed, and keep it."""
    if not stale:
        return {}
    ids, ends = {key[0] for key in stale}, {key[1] for key in stale}
    concerned = [span for span in spans if span.until in ends]
    added = add_up(session, school=school, classes=[each for each in classes if each.id in ids], spans=concerned)
    fresh = {key: added[key].cell for key in stale}
    rows = [rolled_up_row(school.id, cell, stale[key]) for key, cell in fresh.items()]
    kept_figures.keep(session, RolledUpFigure, rows)
    return fresh


def rolled_up_row(school_id: uuid.UUID, cell: Cell, stamp: str) -> dict[str, Any]:
    """A stretch as it is kept."""
    return {
        "school_id": school_id,
        "class_id": cell.class_id,
        "until": cell.stretch.until,
        "since": cell.stretch.since,
        "stamp": stamp,
        "cap_minutes": cell.cap_minutes,
        "amended": cell.amended,
        "minutes": list(cell.minutes),
        "figures": dict(cell.figures),
    }
