"""Who is given which figures: a class's, a school's or a district's cells over a period, live or frozen (rule 11)."""

import datetime as dt
import uuid
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.errors import FieldProblem, Invalid, NotFound
from backend.domain.night import days_after
from backend.domain.policy import Stage
from backend.domain.stretches import Stretch
from backend.domain.trends import MINIMUM
from backend.services import access
from backend.services.actor import Actor, ActorKind
from backend.services.figures.class_figures import Cell, Table, stretches_of
from backend.services.figures.frozen_figures import due_of, fixed_cells, renew, version_of
from backend.services.figures.live_figures import LiveClass
from backend.services.figures.trend_parts import Shown, TrendBy, shown_parts
from backend.services.school import policy_setting, schools
from backend.storage.models import Class, School
from backend.storage.queries import classes as places

MOST_DAYS = 370
DEFAULT_DAYS = 28


@dataclass(frozen=True)
class Figures:
    """The cells that somebody is given over a period.

    `live`: as they stand, nothing withheld. `subjects`: to whom only some subjects are shown, these; None for all.
    Who may has been asked; the cells are read when somebody looks at them, in the same transaction.
    """

    first: dt.date
    last: dt.date
    live: bool = False
    subjects: Sequence[str] | None = None
    school: School | None = None
    classes: Sequence[Class] = ()
    schools: Sequence["Figures"] = field(default_factory=tuple)
    read: Callable[[], Sequence[Cell]] = tuple
    standing: Callable[[], Hashable] = lambda: None

    @cached_property
    def cells(self) -> Sequence[Cell]:
        """The cells, by class and then by date."""
        return self.read() if not self.schools else [cell for each in self.schools for cell in each.cells]

    def anew(self) -> "Figures":
        """The same, not read yet."""
        return replace(self, schools=tuple(each.anew() for each in self.schools))

    def read_now(self) -> int:
        """Read the cells unless they are; returns how many there are."""
        return len(self.cells)

    def version(self) -> Hashable:
        """All that the figures, and whose they are, follow from; asked of the database anew where that is cheap.

        Reading may fix figures, and those have a version of their own.
        """
        places = [(each.id.hex, each.name, each.stage.value, each.grade) for each in self.classes]
        head = (self.first, self.last, self.live, tuple(self.subjects or ()), self.subjects is None)
        school = None if self.school is None else (self.school.name, self.school.sleep_short_tolerance_minutes)
        return head, self.school_id, school, places, self.standing(), [each.version() for each in self.schools]

    def only(self, classes: Sequence[Class]) -> "Figures":
        """The same of some of the classes, from the cells of all."""
        ids = {each.id for each in classes}
        return replace(self, classes=classes, read=lambda: [cell for cell in self.cells if cell.class_id in ids])

    @property
    def name(self) -> str:
        """The school's name."""
        return "" if self.school is None else self.school.name

    @property
    def school_id(self) -> uuid.UUID | None:
        """The school's id."""
        return None if self.school is None else self.school.id

    def shown(self, by: TrendBy) -> Shown:
        """The parts of the rows asked for that the reader may see."""
        if self.subjects is None:
            return shown_parts(self.cells, by, live=self.live)
        if by.table is not Table.subject:
            return Shown([], [])
        every, own = shown_parts(self.cells, by, live=self.live), set(self.subjects)
        return Shown(*([part for part in parts if part.name in own] for parts in (every.parts, every.withheld)))


def period_head(found: Figures, by: TrendBy | None = None) -> dict[str, Any]:
    """What was asked for, as an answer begins."""
    head: dict[str, Any] = {"from": found.first, "to": found.last, "minimum": MINIMUM}
    return head if by is None else head | {"by": by.value}


def period(first: dt.date | None, last: dt.date | None, today: dt.date) -> tuple[dt.date, dt.date]:
    """The dates asked for; four weeks up to today unless said. Raises ``Invalid`` backwards or beyond a year."""
    end = last or today
    start = first or days_after(end, 1 - DEFAULT_DAYS)
    if end < start:
        raise Invalid("backwards", fields=[FieldProblem("to", "before_from")])
    if (end - start).days >= MOST_DAYS:
        raise Invalid("too long", fields=[FieldProblem("to", "too_far")])
    return start, end


def class_figures(
    session: Session,
    *,
    actor: Actor,
    class_id: uuid.UUID,
    first: dt.date | None,
    last: dt.date | None,
    whole: bool,
    now: dt.datetime,
    table: Table | None = None,
) -> Figures:
    """One class's cells: live to the homeroom teacher, and to a subject teacher in the own subjects; else frozen.

    ``whole`` and ``table`` as for `live_cells`.
    """
    place = schools.get_school(session, school_id=actor.school, now=now)
    # Whether the period makes sense is said only to those who may see the class.
    class_, is_homeroom = _class_and_homeroom(session, actor, place, class_id, first or _default_start(last, place))
    start, end = period(first, last, place.today)
    live, subjects = (True, None) if is_homeroom else _live(session, actor, place, class_id, start)
    found, extent = Figures(start, end, live, subjects, place.school, [class_]), _Extent(whole, table)
    if not live:
        spans = stretches_of(session, school=place.school, first=start, last=end)
        return _fixed(session, found, spans, extent, now)
    as_it_stands = LiveClass(session, place.school, class_, start, end)
    return replace(found, read=lambda: as_it_stands.cells(**extent.asked), standing=as_it_stands.version)


def _plain(spans: Sequence[Stretch]) -> list[tuple[int, int]]:
    return [(span.since.toordinal(), span.until.toordinal()) for span in spans]


@dataclass(frozen=True)
class _Extent:
    whole: bool
    table: Table | None

    @property
    def asked(self) -> dict[str, Any]:
        return {"whole": self.whole, "table": self.table}


def _fixed(session: Session, found: Figures, spans: Sequence[Stretch], extent: _Extent, now: dt.datetime) -> Figures:
    """The same with frozen cells; what has changed is held against what was given out now, read later."""
    school, classes = found.school, found.classes
    if school is None:
        return found
    due = due_of(school, spans, now)
    if due and classes:
        renew(session, school, now)

    def read() -> Sequence[Cell]:
        cells = fixed_cells(session, school=school, classes=classes, due=due, now=now, **extent.asked)
        return list(cells.values())

    def standing() -> Hashable:
        return version_of(session, school), _plain(due)

    return replace(found, read=read, standing=standing)


def _default_start(last: dt.date | None, place: schools.SchoolToday) -> dt.date:
    return days_after(last or place.today, 1 - DEFAULT_DAYS)


def _class_and_homeroom(
    session: Session, actor: Actor, place: schools.SchoolToday, class_id: uuid.UUID, start: dt.date
) -> tuple[Class, bool]:
    """The class, and whether the actor is its homeroom teacher and was already at ``start``; raises ``NotFound``.

    A homeroom teacher gets nights before the own post as others do, fixed (rule 12).
    """
    if actor.kind is not ActorKind.STAFF:
        raise NotFound("no such class")
    asked = {"person": actor.id, "school": place.id, "class": class_id, "start": start, "today": place.today}
    found = places.find_one(session, _class_asked(), asked)
    if found is None:
        raise NotFound("no such class")
    return found


@lru_cache(maxsize=1)
def _class_asked() -> Any:
    """The statement behind it, for anybody's ids: building its conditions takes longer than asking them."""
    ids: dict[str, Any] = {name: sa.bindparam(name, type_=sa.Uuid()) for name in ("person", "school", "class")}
    days: dict[str, Any] = {name: sa.bindparam(name, type_=sa.Date()) for name in ("start", "today")}
    anybody = Actor(ActorKind.STAFF, ids["person"], ids["school"], ids["person"], None, None, "")
    return places.class_and(
        ids["school"],
        ids["class"],
        visible=access.sees_class_trends(anybody, ids["class"], today=days["today"]),
        fact=access.homeroom(anybody, ids["class"], days["start"], today=days["today"]),
    )


def _live(
    session: Session, actor: Actor, place: schools.SchoolToday, class_id: uuid.UUID, start: dt.date
) -> tuple[bool, Sequence[str] | None]:
    """Whether one who is not its homeroom teacher gets figures as they stand, and of which subjects if not of all.

    A subject teacher gets nights before the own post as others do, fixed, of the own subjects (rule 12).
    """
    own = places.subjects_taught(session, place.id, class_id, actor.id, place.today)
    if not own or places.is_true(session, access.sees_warnings(actor, class_id, today=place.today)):
        return False, None
    return own == places.subjects_taught(session, place.id, class_id, actor.id, place.today, start), own


def school_figures(
    session: Session,
    *,
    actor: Actor,
    school_id: uuid.UUID,
    first: dt.date | None,
    last: dt.date | None,
    whole: bool,
    now: dt.datetime,
    stage: Stage | None = None,
    grade: int | None = None,
    table: Table | None = None,
) -> Figures:
    """A school's frozen cells; a grade head's own grade, or one grade where it is named. Raises ``NotFound``."""
    place = schools.get_school(session, school_id=school_id, now=now)
    sees, sees_all = _may_see(session, actor, place)
    if not sees:
        raise NotFound("no such school")
    start, end = period(first, last, place.today)
    classes = _own_classes(session, actor, place, stage, grade, sees_all=sees_all)
    spans = stretches_of(session, school=place.school, first=start, last=end)
    return _fixed(session, Figures(start, end, school=place.school, classes=classes), spans, _Extent(whole, table), now)


def _may_see(session: Session, actor: Actor, place: schools.SchoolToday) -> tuple[bool, bool]:
    """Whether the actor sees the school's trends, and whether those of all its classes."""
    if actor.kind is ActorKind.STAFF and actor.school_id == place.id:
        asked = {"person": actor.id, "school": place.id, "today": place.today}
        return places.are_true(session, _school_asked(), asked)
    is_officer = actor.kind is ActorKind.DISTRICT_OFFICER
    return places.is_true(session, access.sees_school_trends(actor, place.id, today=place.today)), is_officer


@lru_cache(maxsize=1)
def _school_asked() -> Any:
    """The statement behind it for staff of the school, as `_class_asked`."""
    ids: dict[str, Any] = {name: sa.bindparam(name, type_=sa.Uuid()) for name in ("person", "school")}
    today: Any = sa.bindparam("today", type_=sa.Date())
    anybody = Actor(ActorKind.STAFF, ids["person"], ids["school"], ids["person"], None, None, "")
    sees = access.sees_school_trends(anybody, ids["school"], today=today)
    return sa.select(sees.label("sees"), access.runs_school(anybody, ids["school"], today=today).label("runs"))


def _own_classes(
    session: Session,
    actor: Actor,
    place: schools.SchoolToday,
    stage: Stage | None,
    grade: int | None,
    *,
    sees_all: bool,
) -> Sequence[Class]:
    """All classes for office and district; a grade head's own grade."""
    classes = places.classes_of_school(session, place.id, stage=stage, grade=grade)
    if sees_all:
        return classes
    headed = places.grades_headed(session, place.id, actor.id, place.today)
    return [each for each in classes if (each.stage, each.grade) in headed]


def district_figures(
    session: Session,
    *,
    actor: Actor,
    district_id: uuid.UUID,
    first: dt.date | None,
    last: dt.date | None,
    whole: bool,
    now: dt.datetime,
    table: Table | None = None,
) -> Figures:
    """A district's schools with their frozen cells. Raises ``NotFound`` unless the actor is its officer."""
    policy_setting.get_own_district(session, actor=actor, district_id=district_id)
    start, end = period(first, last, schools.local_date(now, policy_setting.DISTRICT_ZONE))
    found = []
    for school in places.schools_of_district(session, district_id):
        classes = places.classes_of_school(session, school.id)
        spans = stretches_of(session, school=school, first=start, last=end)
        own = Figures(start, end, school=school, classes=classes)
        found.append(_fixed(session, own, spans, _Extent(whole, table), now))
    return Figures(start, end, schools=found)
