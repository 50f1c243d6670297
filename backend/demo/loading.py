"""Puts the demonstration school into a database, and at each later start adds the days that are missing.

Only into a database that is empty or holds nothing but the demonstration. Everything happens in one transaction: a
start that is broken off leaves what was there. What happened at the school is decided in `school.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.demo import past, plan_loading, sign_ins
from backend.demo.homework import counter_of
from backend.demo.people import Rows, made_id
from backend.demo.school import DemoSchool, build
from backend.demo.shape import DEFAULT_SEED, DISTRICT_SLUG, SCHOOL_SLUG
from backend.demo.sheet_rows import local_time
from backend.demo.sign_ins import DemoSignIns
from backend.domain.sleep import DayKind
from backend.services.figures import figures_ahead
from backend.settings import instance_secret_key
from backend.storage.engine import cut_log
from backend.storage.models import School
from backend.storage.queries import demonstration as queries

#: Called with what is done and what is to do, in nights and then in pieces of figures.
Progress = Callable[[int, int], None]
#: Adding figures up takes about as long for so many nights as making one.
NIGHTS_PER_STEP = 10


class NotADemonstration(RuntimeError):
    """The database holds a real school: the demonstration is not loaded beside it."""


def load(
    engine: sa.Engine,
    *,
    as_of: date,
    now: datetime,
    progress: Progress,
    instance_folder: Path,
    secret_key: str | None = None,
    seed: int = DEFAULT_SEED,
    opened_on: date | None = None,
) -> DemoSignIns:
    """Load the demonstration as it stands on `as_of` (the school's date at `now`, aware), or add what is missing.

    Afterwards every night before `as_of` is there, with the homework set on `as_of`; the same call again changes
    nothing but reopens used codes. `secret_key` (left out: the instance's own) keys the one-time codes. No reminder is
    left due for the past. `opened_on` makes a first loading other than ninety school nights long. Raises
    NotADemonstration.
    """
    key = secret_key or instance_secret_key(instance_folder)
    with engine.begin() as connection:
        if queries.holds_other_schools(connection):
            raise NotADemonstration("This database holds a real school. Use an empty one for the demonstration.")
        added = _Loading(connection, seed, as_of, now, opened_on).run(progress)
        population = added.school.population
        known = sign_ins.ensure(connection, population, folder=instance_folder, secret_key=key, now=now)
    cut_log(engine)
    return DemoSignIns(SCHOOL_SLUG, DISTRICT_SLUG, known, added.nights_added)


class _Loading:
    def __init__(
        self, connection: sa.Connection, seed: int, as_of: date, now: datetime, opened_on: date | None
    ) -> None:
        self._connection, self._as_of, self._now, self._seed = connection, as_of, now, seed
        last = queries.find_last_loading(connection, made_id(seed, "school"))
        self._last_as_of = None if last is None else date.fromisoformat(last["as_of"])
        opened_on = opened_on if last is None else date.fromisoformat(last["opened_on"])
        self.school: DemoSchool = build(as_of, seed=seed, opened_on=opened_on, now=now)
        self.nights_added = 0

    def run(self, progress: Progress) -> _Loading:
        """Add what is missing; nothing when the demonstration is that far already."""
        if self._last_as_of is None:
            queries.insert_rows(self._connection, self.school.static_rows())
        elif self._as_of > self._last_as_of:
            self._remember()
        else:
            return self
        self._extend_calendar()
        self._add_nights(progress)
        queries.raise_class_counters(
            self._connection, self.school.school_id, counter_of(self._as_of, self.school.opened_on)
        )
        self._note_loading()
        return self

    def _remember(self) -> None:
        """The wakings that were logged before: what the new nights' projections rest on."""
        days = self.school.days
        for student_id, night, woke_at in queries.logged_wakings(self._connection, self.school.school_id):
            following = days.get(night + timedelta(days=1))
            is_school_day = following is not None and following.is_school_day
            kind = DayKind.school_day if is_school_day else DayKind.free_day
            self.school.wakings.setdefault(student_id, []).append((kind, local_time(woke_at)))

    def _extend_calendar(self) -> None:
        after = queries.last_known_day(self._connection, self.school.school_id)
        queries.insert_rows(self._connection, self.school.calendar_rows(after))

    def _add_nights(self, progress: Progress) -> None:
        first = self._last_as_of or self.school.opened_on
        nights = [night for night in self.school.nights if night >= first]
        steps = len(nights) + len(nights) // NIGHTS_PER_STEP
        for done, night in enumerate(nights):
            progress(done, steps)
            self._add_night(night)
        self._add_homework(self._as_of)
        plan_loading.bring(self._connection, self.school, first)
        queries.insert_rows(self._connection, past.week_keys(self.school.population, self._as_of, self._now))
        self.nights_added = len(nights)
        self._add_up(lambda done: progress(min(len(nights) + done, steps), steps))
        progress(steps, steps)

    def _add_up(self, progress: Callable[[int], None]) -> None:
        """Figures of the past, as a worker would have added them up morning by morning."""
        with Session(self._connection) as session:
            school = session.get_one(School, self.school.school_id)
            figures_ahead.renew(session, school=school, now=self._now)
            for done, piece in enumerate(figures_ahead.pieces_due(session, school=school, now=self._now)):
                progress(done)
                prepared = figures_ahead.prepare(session, school=school, piece=piece, now=self._now)
                figures_ahead.keep(session, prepared=prepared)

    def _add_night(self, night: date) -> None:
        self._add_homework(night)
        rows = self.school.night_rows(night)
        if self._last_as_of is not None:
            rows = _without(rows, queries.students_with_sheet(self._connection, self.school.school_id, night))
        queries.insert_rows(self._connection, rows)
        if night == self._as_of - timedelta(days=1):
            queries.insert_rows(self._connection, past.taken_keys(self.school.population, rows, night, self._now))

    def _add_homework(self, day: date) -> None:
        """What was set that day, unless the last start has brought it as tonight's."""
        if day == self._last_as_of:
            return
        rows = self.school.homework_rows(day)
        queries.insert_rows(self._connection, rows)
        if day >= self._as_of - timedelta(days=1):
            queries.insert_rows(self._connection, past.plan_keys(self.school.population, rows, self._now))

    def _note_loading(self) -> None:
        details = {"as_of": self._as_of.isoformat(), "opened_on": self.school.opened_on.isoformat()}
        row = {
            "school_id": self.school.school_id,
            "id": made_id(self._seed, "loading", self._as_of),
            "at": self._now,
            "actor_kind": "command",
            "action": queries.LOADED,
            "night": self._as_of,
            "details": details,
        }
        queries.insert_rows(self._connection, {"audit_events": [row]})


def _without(rows: Rows, students: set[UUID]) -> Rows:
    """The rows of those students who have not written that night themselves, while trying the demonstration."""
    return {table: [row for row in of if row["student_id"] not in students] for table, of in rows.items()}
