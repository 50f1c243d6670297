"""Who is given which figures: a class's, a school's or a district's cells over a period, live or frozen (rule 11)."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.errors import FieldProblem, Invalid, NotFound
from backend.domain.night import days_after
from backend.domain.policy import Stage
from backend.domain.trends import MINIMUM
from backend.services import access, policy_setting, schools
from backend.services.actor import Actor, ActorKind
from backend.services.class_figures import Cell, Table, stretches_of
from backend.services.frozen_figures import frozen_cells
from backend.services.live_figures import live_cells
from backend.services.trend_parts import Shown, TrendBy, shown_parts
from backend.storage.models import Class, School
from backend.storage.queries import classes as places

MOST_DAYS = 370
DEFAULT_DAYS = 28


@dataclass(frozen=True)
class Figures:
    """The cells that somebody is given over a period.

    `live`: as they stand, nothing withheld. `subjects`: to whom only some subjects are shown, these; None for all.
    """

    first: dt.date
    last: dt.date
    live: bool = False
    subjects: Sequence[str] | None = None
    school: School | None = None
    classes: Sequence[Class] = ()
    cells: Sequence[Cell] = ()
    schools: Sequence["Figures"] = field(default_factory=tuple)

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
        parts = shown_parts(self.cells, by, live=True).parts if by.table is Table.subject else []
        return Shown([part for part in parts if part.name in self.subjects], [])


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
) -> Figures:
    """One class's cells: live to the homeroom teacher, and to a subject teacher in the own subjects; else frozen."""
    place = schools.get_school(session, school_id=actor.school, now=now)
    visible = access.sees_class_trends(actor, class_id, today=place.today)
    class_ = schools.get_class(session, school_id=place.id, class_id=class_id, visible=visible)
    start, end = period(first, last, place.today)
    spans = stretches_of(session, school=place.school, first=start, last=end)
    live, subjects = _live(session, actor, place, class_id, start)
    if live:
        cells = live_cells(session, school=place.school, classes=[class_], spans=spans, whole=whole)
    else:
        cells = frozen_cells(session, school=place.school, classes=[class_], spans=spans, now=now, whole=whole)
    ordered = [cells[key] for key in sorted(cells, key=lambda key: key[1])]
    return Figures(start, end, live, subjects, place.school, [class_], ordered)


def _live(
    session: Session, actor: Actor, place: schools.SchoolToday, class_id: uuid.UUID, start: dt.date
) -> tuple[bool, Sequence[str] | None]:
    """Whether the actor gets figures as they stand, and of which subjects if not of all.

    A homeroom teacher gets nights before the own post as others do, fixed (rule 12).
    """
    if places.is_true(session, access.homeroom(actor, class_id, start, today=place.today)):
        return True, None
    frozen = access.sees_warnings(actor, class_id, today=place.today)
    own = places.subjects_taught(session, place.id, class_id, actor.id, place.today)
    if own and not places.is_true(session, frozen):
        return True, own
    return False, None


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
) -> Figures:
    """A school's frozen cells; a grade head's own grade, or one grade where it is named. Raises ``NotFound``."""
    place = schools.get_school(session, school_id=school_id, now=now)
    if not places.is_true(session, access.sees_school_trends(actor, school_id, today=place.today)):
        raise NotFound("no such school")
    start, end = period(first, last, place.today)
    classes = _own_classes(session, actor, place, stage, grade)
    spans = stretches_of(session, school=place.school, first=start, last=end)
    cells = frozen_cells(session, school=place.school, classes=classes, spans=spans, now=now, whole=whole)
    return Figures(start, end, school=place.school, classes=classes, cells=list(cells.values()))


def _own_classes(
    session: Session, actor: Actor, place: schools.SchoolToday, stage: Stage | None, grade: int | None
) -> Sequence[Class]:
    """All classes for office and district; a grade head's own grade."""
    classes = places.classes_of_school(session, place.id, stage=stage, grade=grade)
    if actor.kind is ActorKind.DISTRICT_OFFICER:
        return classes
    if places.is_true(session, access.runs_school(actor, place.id, today=place.today)):
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
) -> Figures:
    """A district's schools with their frozen cells. Raises ``NotFound`` unless the actor is its officer."""
    policy_setting.get_own_district(session, actor=actor, district_id=district_id)
    start, end = period(first, last, schools.local_date(now, policy_setting.DISTRICT_ZONE))
    found = []
    for school in places.schools_of_district(session, district_id):
        classes = places.classes_of_school(session, school.id)
        spans = stretches_of(session, school=school, first=start, last=end)
        cells = frozen_cells(session, school=school, classes=classes, spans=spans, now=now, whole=whole)
        found.append(Figures(start, end, school=school, classes=classes, cells=list(cells.values())))
    return Figures(start, end, cells=[cell for each in found for cell in each.cells], schools=found)
