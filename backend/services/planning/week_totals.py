"""A week's minutes of every class before it begins: what the week plans bring, and what is published beside them.

A subject whose plan stands counts by its plan, every other by what is published; both are shown, the total is held
against the class's cap. Filing and deciding is `week_plans`.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from backend.domain import homework
from backend.domain.homework import Budget, PlannedWork
from backend.domain.load import CapScope, Tier
from backend.domain.night import days_after
from backend.domain.policy import ResolvedPolicy, Stage
from backend.domain.school_days import school_year_of
from backend.services.planning import plans, stated_homework
from backend.services.school import policies, schools
from backend.storage.models import Assignment, Class, WeekPlan
from backend.storage.queries import assignments as plan_queries
from backend.storage.queries import classes as places
from backend.storage.queries import week_plans as queries
from backend.storage.queries import weekends as published_queries

WEEK = 7
Document = dict[str, Any]
Grade = tuple[Stage, int]


@dataclass(frozen=True)
class ClassNight:
    """One class's night of the week: the budget of everything together, and its parts by source and subject."""

    budget: Budget
    policy: ResolvedPolicy
    parts: Mapping[str, Mapping[str, int]]
    """`filed` and `approved` of week plans, `published` beside them: minutes by subject."""
    published_by_subject: Mapping[str, int]
    """All that is published for the night, planned before or not."""

    @property
    def published_minutes(self) -> int:
        """All that is published for the night."""
        return sum(self.published_by_subject.values())


@dataclass
class Week:
    """A week of some classes, read in a number of statements that does not grow with them."""

    nights: Sequence[dt.date]
    classes: Sequence[Class]
    plans: Sequence[WeekPlan]
    """Those that count."""
    policies: Mapping[tuple[uuid.UUID, dt.date], ResolvedPolicy]
    published: Mapping[uuid.UUID, Sequence[tuple[Assignment, PlannedWork]]]
    _planned: dict[tuple[Any, ...], dict[str, Mapping[str, int]]] = field(default_factory=dict)

    def plans_of(self, grade: Grade) -> list[WeekPlan]:
        """The plans of a grade."""
        return [each for each in self.plans if (each.stage, each.grade) == grade]

    def night_of(self, class_: Class, night: dt.date) -> ClassNight:
        """A class's night with its total, its parts and its cap."""
        policy = self.policies[class_.id, night]
        standing = self.plans_of((class_.stage, class_.grade))
        planned = {plan.subject for plan in standing}
        own = self.published.get(class_.id, ())
        beside = [work for each, work in own if each.subject not in planned or each.given_on < self.nights[0]]
        work = [each for plan in standing for each in planned_works(plan)] + beside
        parts = dict(self._plan_parts(class_, night, policy.cap_scope, standing))
        parts["published"] = _by_subject(beside, night, policy.cap_scope)
        every = _by_subject([work for _, work in own], night, policy.cap_scope)
        budget = homework.evening_budget(work, policy.cap_minutes, night, policy.cap_scope)
        return ClassNight(budget, policy, parts, every)

    def _plan_parts(
        self, class_: Class, night: dt.date, scope: CapScope, standing: Sequence[WeekPlan]
    ) -> dict[str, Mapping[str, int]]:
        """The same for every class of a grade, hence reckoned once."""
        key = (class_.stage, class_.grade, night, scope)
        if key not in self._planned:
            works: dict[str, list[PlannedWork]] = defaultdict(list)
            for plan in standing:
                works[plan.state.value] += planned_works(plan)
            self._planned[key] = {state: _by_subject(each, night, scope) for state, each in works.items()}
        return self._planned[key]


def read_week(
    session: Session,
    *,
    place: schools.SchoolToday,
    classes: Sequence[Class],
    week_plans: Sequence[WeekPlan],
    week_starts_on: dt.date,
) -> Week:
    """The published homework and the policies of some classes over a week, with the plans that stand."""
    nights = [days_after(week_starts_on, n) for n in range(WEEK)]
    ids = [each.id for each in classes]
    published = published_queries.published_of_classes(session, place.id, ids, nights[0], nights[-1])
    tiers = plan_queries.tiers_of(session, place.id, published)
    of_class: dict[uuid.UUID, list[tuple[Assignment, PlannedWork]]] = defaultdict(list)
    for each in published:
        of_class[each.class_id].append((each, plans.planned_work(each, tiers[each.id], Tier.standard)))
    resolved = policies.resolve_many(session, school=place.school, classes=classes, nights=nights)
    return Week(nights, classes, week_plans, resolved, of_class)


def classes_of_plan(session: Session, plan: WeekPlan) -> list[Class]:
    """The classes that the plan is for: those of its grade in its school year."""
    year = school_year_of(plan.week_starts_on)
    return places.classes_of_school(session, plan.school_id, stage=plan.stage, grade=plan.grade, school_year=year)


def daily_totals(session: Session, *, place: schools.SchoolToday, plan: WeekPlan) -> list[Document]:
    """Each class's nights of the week with this plan (a draft too) and every other that stands."""
    standing = queries.filed_plans(session, place.id, plan.week_starts_on, plan.stage, plan.grade)
    others = [each for each in standing if each.id != plan.id and each.state in queries.STANDING]
    classes = classes_of_plan(session, plan)
    week = read_week(
        session, place=place, classes=classes, week_plans=[*others, plan], week_starts_on=plan.week_starts_on
    )
    return [
        {
            "class_id": class_.id,
            "class_name": class_.name,
            "nights": [_budget(week.night_of(class_, night)) for night in week.nights],
        }
        for class_ in classes
    ]


def _budget(night: ClassNight) -> Document:
    return plans.budget_document(night.budget, night.policy, {})


def planned_works(plan: WeekPlan) -> list[PlannedWork]:
    """A plan's items as a class's budget sees them, reckoned for the standard tier."""
    return [
        PlannedWork(
            key=f"{plan.id}:{index}",
            subject=plan.subject,
            by_whom=str(plan.filed_by),
            kind=item.kind,
            given_on=item.given_on,
            due_on=item.due_on,
            minutes=_standard_minutes(item),
            place=item.place,
        )
        for index, item in enumerate(stated_homework.from_document(plan.subject, each) for each in plan.items)
    ]


def _standard_minutes(item: stated_homework.Homework) -> int:
    estimate = homework.estimate_for({each.tier: each for each in item.tiers}, Tier.standard)
    return estimate.estimated_minutes if estimate else 0


def _by_subject(works: Iterable[PlannedWork], night: dt.date, scope: CapScope) -> dict[str, int]:
    return homework.evening_budget(works, None, night, scope).by_subject
