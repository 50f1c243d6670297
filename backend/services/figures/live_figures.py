"""Class figures as they stand, for those who see names: kept added up, and added up again when anything has changed.

A stretch's stamp is made of the numbers and counters of the sheets it rests on and of the homework due at its end. It
is compared at every reading, so nothing stale is ever shown, and no writer has to know that figures are kept.
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
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
from backend.services.figures.standing_memory import StandingMemory
from backend.storage.models import Class, RolledUpFigure, School
from backend.storage.queries import kept_figures
from backend.storage.queries import trends as queries

#: So many nights before a period its first stretch may begin without being asked about again.
USUAL_NIGHTS = 4


@dataclass(frozen=True)
class Standing:
    """What the figures of some classes rest on: a stamp a class and stretch that has a sheet, and who was enrolled."""

    stamps: Mapping[Key, str]
    enrolled: Mapping[Key, int]


_KNOWN: StandingMemory[Standing] = StandingMemory()


class LiveClass:
    """One class over a period as it stands: whether it still does is told by one short row of the database.

    ``spans`` are the stretches that end between the two dates by the calendar that stood when it was made.
    """

    def __init__(self, session: Session, school: School, class_: Class, first: dt.date, last: dt.date) -> None:
        """Ask what the figures rest on now."""
        self._session, self._school, self._class = session, school, class_
        self._first, self._last = first, last
        self._ask()

    def version(self) -> tuple[Any, ...]:
        """What is another whenever a figure of the class and its stretches is; plain values."""
        return self._first, self._last, self._pulse

    def cells(self, *, whole: bool, table: Table | None) -> list[Cell]:
        """Its cells by date, as `live_cells`; the version is another afterwards where something changed meanwhile."""
        found = live_cells(
            self._session,
            school=self._school,
            classes=[self._class],
            spans=self.spans,
            whole=whole,
            table=table,
            standing=self._standing() if self.spans else None,
        )
        return [found[key] for key in sorted(found, key=lambda key: key[1])]

    def _standing(self) -> Standing:
        """The stamps by the stretch, remembered only if nothing changed while they were read."""
        database, before = self._session.get_bind(), (self._school.id, self._class.id, *self.version())
        known = _KNOWN.get(database, before)
        if known is None:
            known = standing_of(self._session, self._school.id, [self._class.id], self.spans)
            self._ask()
            if (self._school.id, self._class.id, *self.version()) == before:
                _KNOWN.put(database, before, known)
        return known

    def _ask(self) -> None:
        since = days_after(self._first, -USUAL_NIGHTS)
        self._pulse = self._pulse_from(since)
        self.spans = _spans(self._pulse.calendar, self._first, self._last)
        if self.spans and self.spans[0].since < since:
            self._pulse = self._pulse_from(self.spans[0].since)
            self.spans = _spans(self._pulse.calendar, self._first, self._last)

    def _pulse_from(self, first: dt.date) -> queries.Pulse:
        since, until = days_after(first, -WORK_DAYS), days_after(self._last, 1)
        asked = (self._session, self._school.id, self._class.id, since, until)
        return queries.pulse(*asked, calendar_from=days_after(self._first, -LOOK_BACK))


@lru_cache(maxsize=64)
def _spans(calendar: str, first: dt.date, last: dt.date) -> tuple[Stretch, ...]:
    """The stretches by a calendar as a pulse tells it; unknown days count by their weekday."""
    known = {dt.date.fromisoformat(day[:-1]): day.endswith("+") for day in calendar.split()}
    return tuple(stretches(first, last, lambda day: known.get(day, day.isoweekday() < SATURDAY)))


def standing_of(session: Session, school_id: uuid.UUID, ids: Sequence[uuid.UUID], spans: Sequence[Stretch]) -> Standing:
    """Of stretches that are known."""
    since, until = days_after(spans[0].since, -WORK_DAYS), days_after(spans[-1].until, 1)
    return _standing(ids, spans, queries.marks(session, school_id, ids, since, until))


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
    return Standing(found, there)


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
