"""The demonstration school as data: `build(as_of)` says everything that has happened there by that day.

A pure function of seed and date. People come first and never change; each night is made when it is asked for, from its
own random numbers, so that adding a day costs a day. Putting it into a database is `loading.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, cached_property
from uuid import UUID

from backend.demo import calendar, shape
from backend.demo.homework import SetDay, SetHomework, SetWork
from backend.demo.night_rows import NightFacts, Wakings
from backend.demo.nights import rows_of
from backend.demo.people import Population, Rows, SchoolClass, made_id, opened_at, populate, school_year
from backend.domain.night import local_instant
from backend.domain.policy import PolicyField, PolicyLevel, PolicyValue, ResolvedPolicy, SchoolSystem, Stage, resolve
from backend.domain.presets import presets
from backend.domain.school_days import SchoolDay
from backend.services.school.founding import SUBJECTS

#: A class that keeps a shorter evening than the Ministry asks, from the middle of the demonstration on.
SHORTER_CAP = 50
SHORTER_CLASS = (5, 2)
BEFORE = timedelta(days=14)


@dataclass
class DemoSchool:
    """The school on `as_of`: static rows, and the rows of any night from `opened_on` to the night before `as_of`."""

    as_of: date
    seed: int
    opened_on: date
    now: datetime | None = None
    wakings: Wakings = field(default_factory=dict, repr=False)
    """What the nights made so far have logged; a later start brings what the database holds."""
    _set: dict[tuple[UUID, date], SetDay] = field(default_factory=dict, repr=False)

    @cached_property
    def population(self) -> Population:
        """Everybody of the school."""
        return populate(self.seed, self.opened_on)

    @property
    def school_id(self) -> UUID:
        """The school's id."""
        return made_id(self.seed, "school")

    @cached_property
    def days(self) -> dict[date, SchoolDay]:
        """The school's calendar, from before it opened to two months ahead."""
        return dict(calendar.school_days(self.opened_on - BEFORE, self.as_of + calendar.AHEAD))

    @property
    def until(self) -> datetime:
        """Nothing later than this has happened."""
        return self.now or datetime.combine(self.as_of, time(23, 59), UTC)

    @property
    def nights(self) -> list[date]:
        """Every night that is over by `as_of`, oldest first."""
        return [self.opened_on + timedelta(days=n) for n in range((self.as_of - self.opened_on).days)]

    def static_rows(self) -> Rows:
        """District, school, subjects, term, policies and people: what a night needs to exist."""
        rows: Rows = defaultdict(list)
        rows["districts"].append(
            {"id": self.population.district_id, "slug": shape.DISTRICT_SLUG, "name": shape.DISTRICT_NAME}
        )
        rows["schools"].append(_school(self.population))
        rows["subjects"] += [_subject(self.school_id, n, s) for n, s in enumerate(SUBJECTS)]
        rows["terms"].append(_term(self.population))
        rows["policies"].append(self._shorter_cap())
        for table, added in self.population.rows.items():
            rows[table] += added
        return rows

    def calendar_rows(self, after: date | None = None) -> Rows:
        """The calendar's rows later than `after`, or all."""
        days = [day for day in self.days.values() if after is None or day.day > after]
        return {"school_days": [_day(self.school_id, day) for day in days]}

    def homework_rows(self, day: date) -> Rows:
        """What was set on a day in every class; nothing on a day without school."""
        parts = [self.set_on(class_, day) for class_ in self.population.classes]
        return _together(part.rows for part in parts if part is not None)

    def night_rows(self, night: date) -> Rows:
        """Sheets and what stands on them, of every class. Nights are asked for in their order: sleep looks back."""
        return _together(rows_of(self._facts(class_, night)) for class_ in self.population.classes)

    def rows(self) -> Rows:
        """Everything at once, tonight's homework included: for tests and for those who want to look."""
        parts = [self.static_rows(), self.calendar_rows()]
        for night in self.nights:
            parts += [self.homework_rows(night), self.night_rows(night)]
        return _together([*parts, self.homework_rows(self.as_of)])

    def policy_of(self, class_: SchoolClass, night: date) -> ResolvedPolicy:
        """The class's policy on a night, by the domain's resolution."""
        values = list(_presets(class_.shape.stage, class_.shape.grade))
        if (class_.shape.grade, class_.number) == SHORTER_CLASS:
            values.append(self._shorter_value())
        return resolve(values, night)

    @property
    def shorter_from(self) -> date:
        """When the class with the shorter cap begins to have it."""
        return self.opened_on + timedelta(days=60)

    def _shorter_value(self) -> PolicyValue:
        return PolicyValue(PolicyLevel.class_, PolicyField.cap_minutes, SHORTER_CAP, self.shorter_from)

    def _shorter_cap(self) -> dict[str, object]:
        school = self.population
        class_ = next(c for c in school.classes if (c.shape.grade, c.number) == SHORTER_CLASS)
        return {
            "id": made_id(self.seed, "policy"),
            "level": PolicyLevel.class_,
            "district_id": None,
            "school_id": school.school_id,
            "stage": None,
            "grade": None,
            "class_id": class_.id,
            "student_id": None,
            "field": PolicyField.cap_minutes,
            "value": {"value": SHORTER_CAP},
            "effective_on": self.shorter_from,
            "reason": "年级组商定",
            "set_by": school.offices[0],
            "set_at": opened_at(school.opened_on) + timedelta(days=50),
        }

    def _facts(self, class_: SchoolClass, night: date) -> NightFacts:
        following = night + timedelta(days=1)
        return NightFacts(
            school=self.population,
            class_=class_,
            night=night,
            policy=self.policy_of(class_, night),
            is_school_day=self.days[night].is_school_day,
            next_is_school_day=self.days[following].is_school_day,
            read_on=calendar.due_on(night, self.days),
            works=tuple(self._works_on(class_, night)),
            wakings=self.wakings,
            until=self.until,
        )

    def _works_on(self, class_: SchoolClass, night: date) -> Iterator[SetWork]:
        """Homework that may be done on a night: set that day, or on the last school day before it."""
        given_on = night
        while not self.days[given_on].is_school_day:
            given_on -= timedelta(days=1)
        found = self.set_on(class_, given_on) if given_on >= self.opened_on else None
        if found is not None:
            yield from found.works

    def set_on(self, class_: SchoolClass, day: date) -> SetDay | None:
        """What a class's teachers set on a day, a day to come too; None without school."""
        weekday = self.days[day].timetable_weekday
        if weekday is None:
            return None
        key = (class_.id, day)
        if key not in self._set:
            morning = local_instant(day, time(0, 0), shape.ZONE)
            due_on = calendar.due_on(day, self.days)
            policy = self.policy_of(class_, day)
            teachers = SetHomework(self.population, class_, day, due_on, morning, policy, self.until)
            self._set[key] = teachers.all_of(weekday)
        return self._set[key]


def build(
    as_of: date, *, seed: int = shape.DEFAULT_SEED, opened_on: date | None = None, now: datetime | None = None
) -> DemoSchool:
    """The school on `as_of`, the same for the same arguments.

    `opened_on` is the first night; left out, ninety school nights lie before `as_of`. A school that goes on keeps its
    own. Nothing later than `now` (aware; left out, the end of `as_of`) has happened: who sleeps has not woken.
    """
    return DemoSchool(as_of, seed, opened_on or calendar.opening_day(as_of), now)


def _school(population: Population) -> dict[str, object]:
    return {
        "id": population.school_id,
        "district_id": population.district_id,
        "slug": shape.SCHOOL_SLUG,
        "name": shape.SCHOOL_NAME,
        "zone": shape.ZONE,
        "system": SchoolSystem.six_three,
        "locale": "zh-CN",
        "created_at": opened_at(population.opened_on),
        "is_demonstration": True,
    }


def _subject(school_id: UUID, position: int, subject: tuple[str, str, str, str]) -> dict[str, object]:
    names = dict(zip(("code", "name_zh", "name_en", "glyph"), subject, strict=True))
    return {"school_id": school_id, "position": position, **names}


def _term(population: Population) -> dict[str, object]:
    begins = population.opened_on - BEFORE
    return {
        "school_id": population.school_id,
        "id": made_id(population.seed, "term"),
        "name": f"{school_year(population.opened_on)} 演示学期",
        "starts_on": begins,
        "ends_on": begins + timedelta(days=800),
    }


def _day(school_id: UUID, day: SchoolDay) -> dict[str, object]:
    return {
        "school_id": school_id,
        "day": day.day,
        "is_school_day": day.is_school_day,
        "timetable_weekday": day.timetable_weekday,
        "status": day.status,
        "note": day.note,
    }


@cache
def _presets(stage: Stage, grade: int) -> tuple[PolicyValue, ...]:
    return tuple(presets(stage, grade))


def _together(parts: Iterable[Rows]) -> Rows:
    rows: Rows = defaultdict(list)
    for part in parts:
        for table, added in part.items():
            rows[table] += added
    return rows
