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
from backend.storage.models import School
from backend.storage.queries import classes as places
from backend.storage.queries import trends as queries

Key = tuple[uuid.UUID, dt.date]
LOOK_BACK = 70


class Table(enum.Enum):
    """By what a class's work is parted."""

    subject = "subject"
    kind = "kind"
    tier = "tier"
    place = "place"


@dataclass(frozen=True)
class Cell:
    """One class over one stretch. `minutes` are those against the cap, a submitting student each, sorted.

    `figures` is ``{tables, work, lights, sleep, bedtimes, debts}`` (see `adding_up`), empty where nobody asked for it.
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
        return found


def stretches_of(session: Session, *, school: School, first: dt.date, last: dt.date) -> list[Stretch]:
    """The stretches that end between two dates by the school's calendar; unknown days count by their weekday."""
    known = places.school_days(session, school.id, days_after(first, -LOOK_BACK), days_after(last, 1))
    return stretches(first, last, lambda day: known.get(day, day.isoweekday() < 6))


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

    def on(self, class_id: uuid.UUID, day: dt.date) -> int:
        """Those who had come by that day, without those who had left before it."""
        return bisect_right(self._from.get(class_id, []), day) - bisect_left(self._to.get(class_id, []), day)


def enrolled_in(session: Session, school_id: uuid.UUID, class_ids: Sequence[uuid.UUID]) -> Enrolled:
    """The numbers enrolled in these classes."""
    return Enrolled(queries.enrolments(session, school_id, class_ids))
