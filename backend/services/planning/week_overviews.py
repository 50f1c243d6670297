"""The week of a whole school at a glance: every class's nights against the cap, and where each week plan stands.

The office sees all grades, a grade head the own one, a prep group its own: minutes of homework, nobody's data.
"""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.errors import FieldProblem, Invalid, NotFound
from backend.domain.homework import is_no_homework_day, nights
from backend.domain.night import days_after
from backend.domain.school_days import school_year_of
from backend.services import access
from backend.services.actor import Actor
from backend.services.planning.week_totals import WEEK, ClassNight, Grade, Week, planned_works, read_week
from backend.services.school import schools
from backend.storage.models import Class, WeekPlan
from backend.storage.queries import classes as places
from backend.storage.queries import week_plans as queries

Document = dict[str, Any]


def week_overview(
    session: Session, *, actor: Actor, school_id: uuid.UUID, week_starts_on: dt.date | None, now: dt.datetime
) -> Document:
    """A week (next week unless said) by grade and class. Raises ``NotFound``, ``Invalid`` unless it begins Monday."""
    if actor.school_id != school_id:
        raise NotFound("no such school")
    place = schools.get_school(session, school_id=school_id, now=now)
    if not places.is_true(session, access.sees_week_plans(actor, school_id, today=place.today)):
        raise NotFound("no such school")
    monday = week_starts_on or days_after(place.today, 8 - place.today.isoweekday())
    if monday.isoweekday() != 1:
        raise Invalid("not a Monday", fields=[FieldProblem("week_starts_on", "week_begins_monday")])
    reader = _Reader(session, actor, place)
    listed = places.classes_of_school(session, school_id, school_year=school_year_of(monday))
    classes = [each for each in listed if reader.sees((each.stage, each.grade))]
    plans = queries.filed_plans(session, school_id, monday)
    standing = [each for each in plans if each.state in queries.STANDING]
    week = read_week(session, place=place, classes=classes, week_plans=standing, week_starts_on=monday)
    calendar = places.school_days(session, school_id, monday, days_after(monday, WEEK - 1))
    names = places.person_names(session, school_id, sorted({each.filed_by for each in plans}))
    groups = queries.prep_groups(session, school_id, place.today)
    grades = list(dict.fromkeys((each.stage, each.grade) for each in classes))
    return {
        "week_starts_on": monday,
        "today": place.today,
        "decides": reader.is_office,
        "days": [{"day": day, "is_school_day": calendar.get(day, day.isoweekday() < WEEK - 1)} for day in week.nights],
        "grades": [
            _grade(
                week,
                grade,
                [each for each in classes if (each.stage, each.grade) == grade],
                [(each, _head(each, reader, names)) for each in plans if (each.stage, each.grade) == grade],
                sorted(subject for *of, subject in groups if tuple(of) == grade),
            )
            for grade in grades
        ],
    }


class _Reader:
    """Which grades and which plans somebody may open, asked once."""

    def __init__(self, session: Session, actor: Actor, place: schools.SchoolToday) -> None:
        self.is_office = places.is_true(session, access.runs_school(actor, place.id, today=place.today))
        self._headed = places.grades_headed(session, place.id, actor.id, place.today)
        self._groups = queries.prep_groups(session, place.id, place.today, actor.id)

    def sees(self, grade: Grade) -> bool:
        return self.is_office or grade in self._headed or grade in {(stage, of) for stage, of, _ in self._groups}

    def opens(self, plan: WeekPlan) -> bool:
        grade = (plan.stage, plan.grade)
        return self.is_office or grade in self._headed or (*grade, plan.subject) in self._groups


def _grade(
    week: Week, grade: Grade, classes: list[Class], filed: list[tuple[WeekPlan, Document]], groups: list[str]
) -> Document:
    by_class = {class_.id: [week.night_of(class_, night) for night in week.nights] for class_ in classes}
    over = {each.budget.night for own in by_class.values() for each in own if each.budget.exceeded}
    named = {plan.subject for plan, _ in filed}
    return {
        "stage": grade[0].value,
        "grade": grade[1],
        "nights_over": sum(each.budget.exceeded for own in by_class.values() for each in own),
        "missing_subjects": [subject for subject in groups if subject not in named],
        "plans": [head | {"nights_over": sorted(over & _nights_of(week, plan))} for plan, head in filed],
        "classes": [
            {
                "class_id": class_.id,
                "class_name": class_.name,
                "nights": [_night(each) for each in by_class[class_.id]],
            }
            for class_ in classes
        ],
    }


def _nights_of(week: Week, plan: WeekPlan) -> set[dt.date]:
    """The week's nights on which a plan has any work."""
    of_plan = (night for work in planned_works(plan) for night in nights(work.given_on, work.due_on))
    return set(of_plan) & set(week.nights)


def _head(plan: WeekPlan, reader: _Reader, names: dict[uuid.UUID, str]) -> Document:
    return {
        "id": plan.id if reader.opens(plan) else None,
        "subject": plan.subject,
        "state": plan.state.value,
        "version": plan.version,
        "n_items": len(plan.items),
        "by": {"person_id": plan.filed_by, "name": names.get(plan.filed_by, "")},
        "filed_at": plan.filed_at,
    }


def _night(night: ClassNight) -> Document:
    budget = night.budget
    return {
        "night": budget.night,
        "cap_minutes": budget.cap_minutes,
        "cap_scope": night.policy.cap_scope.value,
        "no_homework_day": is_no_homework_day(budget.night, night.policy.no_homework_weekday),
        "total_minutes": budget.planned_minutes,
        "over_minutes": budget.over_minutes,
        "exceeded": budget.exceeded,
        "planned_minutes": sum(sum(of.values()) for source, of in night.parts.items() if source != "published"),
        "published_minutes": night.published_minutes,
        "parts": [
            {"subject": subject, "minutes": minutes, "source": source}
            for source, of in sorted(night.parts.items())
            for subject, minutes in of.items()
        ],
    }
