"""Class figures as they stand, for those who see names: kept added up, and added up again when anything has changed.

A stretch's stamp is made of the numbers and counters of the sheets it rests on and of the homework due at its end. It
is compared at every reading, so nothing stale is ever shown, and no writer has to know that figures are kept.
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.night import days_after
from backend.domain.stretches import Stretch
from backend.services.figures.adding_up import WORK_DAYS, add_up
from backend.services.figures.class_figures import Cell, Key, enrolled_in
from backend.storage.models import Class, RolledUpFigure, School
from backend.storage.queries import trends as queries


def live_cells(
    session: Session, *, school: School, classes: Sequence[Class], spans: Sequence[Stretch], whole: bool
) -> dict[Key, Cell]:
    """Each class and stretch as the sheets stand now, keyed by class and last night; those without a sheet left out.

    ``whole`` brings all figures, else the minutes against the cap alone. The transaction must be able to write.
    """
    if not spans or not classes:
        return {}
    ids = [each.id for each in classes]
    stamps = stamps_of(session, school.id, ids, spans)
    rows = queries.rolled_up(session, school.id, ids, spans[0].until, spans[-1].until, whole=whole)
    enrolled = enrolled_in(session, school.id, ids)
    since = {span.until: span.since for span in spans}
    found = {
        (row.class_id, row.until): Cell(
            class_id=row.class_id,
            stretch=Stretch(row.until, row.since),
            enrolled=enrolled.on(row.class_id, row.until),
            cap_minutes=row.cap_minutes,
            amended=row.amended,
            minutes=row.minutes,
            figures=row.figures if whole else {},
        )
        for row in rows
        if stamps.get((row.class_id, row.until)) == row.stamp and since.get(row.until) == row.since
    }
    return found | _again(session, school, classes, spans, {key: stamps[key] for key in stamps.keys() - found.keys()})


def stamps_of(
    session: Session, school_id: uuid.UUID, ids: Sequence[uuid.UUID], spans: Sequence[Stretch]
) -> dict[Key, str]:
    """A stamp a class and stretch that has a sheet; it covers every night that its figures may rest on."""
    first, last = days_after(spans[0].since, -WORK_DAYS), spans[-1].until
    sheets = queries.sheet_stamps(session, school_id, ids, first, last)
    due = queries.homework_stamps(session, school_id, ids, days_after(spans[0].since, 1), days_after(last, 1))
    found = {}
    for class_id in ids:
        sums = _RunningSums(sheets, class_id, first, last)
        works = _RunningSums(due, class_id, first, days_after(last, 1))
        for span in spans:
            if sums.between(span.since, span.until)[0]:
                rests_on = sums.between(days_after(span.since, -WORK_DAYS), span.until)
                ends_with = works.between(days_after(span.since, 1), days_after(span.until, 1))
                found[class_id, span.until] = "{}.{}-{}.{}".format(*rests_on, *ends_with)
    return found


class _RunningSums:
    """Numbers and counters of one class, to be had between any two days without adding up again."""

    def __init__(self, sums: Mapping[Key, tuple[int, int]], class_id: uuid.UUID, first: dt.date, last: dt.date) -> None:
        self._first = first.toordinal()
        self._upto = [(0, 0)]
        for ordinal in range(self._first, last.toordinal() + 1):
            number, counters = sums.get((class_id, dt.date.fromordinal(ordinal)), (0, 0))
            before = self._upto[-1]
            self._upto.append((before[0] + number, before[1] + counters))

    def between(self, first: dt.date, last: dt.date) -> tuple[int, int]:
        before = self._upto[max(0, first.toordinal() - self._first)]
        upto = self._upto[max(0, last.toordinal() - self._first + 1)]
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
    queries.keep(session, RolledUpFigure, [rolled_up_row(school.id, cell, stale[key]) for key, cell in fresh.items()])
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
