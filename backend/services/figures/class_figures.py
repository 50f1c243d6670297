"""One class over one stretch of nights, added up: what every trend is made of. No student is in it, only values.

Adding it up is `adding_up`; keeping it as it stands `live_figures`, as it was given out `frozen_figures`.
"""

import datetime as dt
import enum
import uuid
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.night import days_after
from backend.domain.stretches import Stretch, stretches
from backend.services.figures.packed_work import rows_of
from backend.storage.models import School
from backend.storage.queries import classes as places
from backend.storage.queries import trends as queries
from backend.storage.queries.kept_figures import WHOLE, Path

Key = tuple[uuid.UUID, dt.date]
LOOK_BACK = 70
SATURDAY = 6
#: Before a table's name among what is withheld: not its sums, but its work against estimates.
OF_WORK = "work "


class Table(enum.Enum):
    """By what a class's work is parted."""

    subject = "subject"
    kind = "kind"
    tier = "tier"
    place = "place"


@dataclass(frozen=True, slots=True)
class Cell:
    """One class over one stretch. `minutes` are those against the cap, a submitting student each, sorted.

    `figures` is ``{tables, work, lights, sleep, bedtimes, debts}`` (see `adding_up` and `packed_work`), or only what
    was asked for of it.
    `withheld` are the (table, name) pairs that may not be shown to those who see no names.
    """

    class_id: uuid.UUID
    stretch: Stretch
    enrolled: int
    cap_minutes: int | None
    amended: int = 0
    minutes: Sequence[int] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
    withheld: frozenset[tuple[str, str]] = frozenset()

    @property
    def n(self) -> int:
        """How many students submitted."""
        return len(self.minutes)

    @property
    def key(self) -> Key:
        """What it is kept by: its class and last night."""
        return self.class_id, self.stretch.until

    def table(self, table: Table) -> Mapping[str, Sequence[int]]:
        """Each student's minutes by subject, kind, tier or place."""
        found: Mapping[str, Sequence[int]] = self.figures.get("tables", {}).get(table.value, {})
        return found

    def rows(self, name: str) -> Sequence[Sequence[Any]]:
        """The rows of ``work``, ``lights``, ``sleep``, ``bedtimes`` or ``debts``."""
        found: Sequence[Sequence[Any]] = self.figures.get(name, ())
        return rows_of(found) if name == "work" else found


def stretches_of(session: Session, *, school: School, first: dt.date, last: dt.date) -> list[Stretch]:
    """The stretches that end between two dates by the school's calendar; unknown days count by their weekday."""
    known = places.school_days(session, school.id, days_after(first, -LOOK_BACK), days_after(last, 1))
    return stretches(first, last, lambda day: known.get(day, day.isoweekday() < SATURDAY))


def paths_of(*, whole: bool, table: Table | None) -> tuple[Path, ...]:
    """Which parts of the figures kept of a cell are read: all, or one table with the work that is parted by it."""
    if not whole:
        return ()
    if table is None:
        return WHOLE
    return (("tables", table.value),) if table is Table.place else (("tables", table.value), ("work",))


def figures_of(paths: tuple[Path, ...], parts: Sequence[Any]) -> dict[str, Any]:
    """What was read, in the places where it stands in a cell's figures."""
    if paths == WHOLE:
        return parts[0] or {}
    found: dict[str, Any] = {}
    for path, part in zip(paths, parts, strict=True):
        if part is not None:
            found[path[0]] = part if len(path) == 1 else {path[1]: part}
    return found


class Enrolled:
    """How many were enrolled in some classes on any day."""

    def __init__(self, rows: Iterable[Any]) -> None:
        """From ``(class_id, from_on, to_on)`` rows."""
        self._from: dict[uuid.UUID, list[dt.date]] = defaultdict(list)
        self._to: dict[uuid.UUID, list[dt.date]] = defaultdict(list)
        for class_id, from_on, to_on in rows:
            self._from[class_id].append(from_on)
            if to_on is not None:
                self._to[class_id].append(to_on)
        for days in (*self._from.values(), *self._to.values()):
            days.sort()

    @classmethod
    def of(cls, marks: Iterable[queries.Mark]) -> "Enrolled":
        """From how many came and left on which day."""
        found = cls(())
        for mark in marks:
            if mark.what in {"came", "left"}:
                days = found._from if mark.what == "came" else found._to
                days[mark.class_id] += [mark.day] * mark.number
        for each in (*found._from.values(), *found._to.values()):
            each.sort()
        return found

    def on(self, class_id: uuid.UUID, day: dt.date) -> int:
        """Those who had come by that day, without those who had left before it."""
        return bisect_right(self._from.get(class_id, []), day) - bisect_left(self._to.get(class_id, []), day)


def enrolled_in(session: Session, school_id: uuid.UUID, class_ids: Sequence[uuid.UUID]) -> Enrolled:
    """The numbers enrolled in these classes."""
    return Enrolled(queries.enrolments(session, school_id, class_ids))
