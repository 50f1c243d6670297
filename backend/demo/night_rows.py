"""One class's night in the making: what it is made of, its instants, and the rows that are gathered.

Who takes part and on what is `nights`; the rows of one sheet are `sheet_rows`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

from backend.demo import shape
from backend.demo.homework import SetWork
from backend.demo.ids import milliseconds
from backend.demo.people import Population, Rows, SchoolClass
from backend.domain.night import evening_instant, local_instant, midnight_after
from backend.domain.policy import ResolvedPolicy
from backend.domain.sleep import DayKind

#: The wakings that each student has logged on earlier nights, oldest first: what a projection rests on.
Wakings = dict[UUID, list[tuple[DayKind, time]]]


@dataclass(frozen=True, slots=True)
class NightFacts:
    """What one class's night is made of. Nothing after `until` has happened yet."""

    school: Population
    class_: SchoolClass
    night: date
    policy: ResolvedPolicy
    is_school_day: bool
    next_is_school_day: bool
    #: The next school day, on which the homeroom teacher reads.
    read_on: date
    works: tuple[SetWork, ...]
    until: datetime
    wakings: Wakings


class NightRows:
    """The night as a sheet sees it: its facts, its luck, its instants; and where its rows go."""

    def __init__(self, facts: NightFacts) -> None:
        """An empty night."""
        self.facts = facts
        self.rng = Random(f"{facts.school.seed} night {facts.class_.id} {facts.night}")
        self.midnight = local_instant(facts.night, time(0, 0), shape.ZONE)
        self.ends = midnight_after(facts.night, shape.ZONE)
        self.read_at = local_instant(facts.read_on, time(9, 30), shape.ZONE)
        latest = facts.policy.latest_lights_out
        self.latest_at = None if latest is None else evening_instant(facts.night, latest, shape.ZONE)
        self.id_from = milliseconds(self.midnight + timedelta(hours=17))
        self.reads_all = self.rng.random() < 0.9
        self.rows: Rows = defaultdict(list)

    def add(self, table: str, **values: Any) -> None:
        """Note a row of the school."""
        self.rows[table].append({"school_id": self.facts.school.school_id, **values})

    def at(self, seconds: int) -> datetime:
        """The instant of so many seconds after the night's midnight."""
        return self.midnight + timedelta(seconds=seconds)
