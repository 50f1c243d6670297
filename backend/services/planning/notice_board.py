"""The notice board (作业公示): homework and minutes of every class, open to all, without a child and without a name.

Who set the homework stands there only by the alias that the school has given that teacher.
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backend.domain import homework
from backend.domain.errors import FieldProblem, Invalid, NotFound
from backend.domain.load import CapState, Tier, cap_state
from backend.domain.night import days_after
from backend.domain.policy import ResolvedPolicy
from backend.domain.school_days import school_year_of
from backend.services import access
from backend.services.planning import plans
from backend.services.school import policies, schools
from backend.storage.models import Assignment, AssignmentTier, Class, School, Subject
from backend.storage.queries import assignments as plan_queries
from backend.storage.queries import classes as places
from backend.storage.queries import notice_board as queries

#: The archive goes back over the school year before.
DAYS_BACK, DAYS_AHEAD = 731, 14
WEEK = 7


def get_notice_board(session: Session, *, slug: str, night: dt.date | None, now: dt.datetime) -> dict[str, Any]:
    """One night of a school's board; today unless said. Raises ``NotFound``, ``Invalid`` for a day too far away."""
    school = find_school(session, slug)
    today = schools.local_date(now, school.zone)
    night = checked(night or today, today)
    classes = queries.classes_of_year(session, school.id, school_year_of(night))
    board = _read(session, school, classes, [night], today)
    return {
        "school": {"slug": school.slug, "name": school.name},
        "date": night,
        "classes": [board.evening(each, night) for each in classes],
    }


def get_class_week(
    session: Session, *, slug: str, class_id: uuid.UUID, day: dt.date | None, now: dt.datetime
) -> dict[str, Any]:
    """The seven nights of the week of a day of one class; this week unless said. Raises as the board does."""
    school = find_school(session, slug)
    today = schools.local_date(now, school.zone)
    day = checked(day or today, today)
    monday = days_after(day, 1 - day.isoweekday())
    class_ = places.find_class(session, school.id, class_id, access.everyone())
    if class_ is None:
        raise NotFound("no such class")
    nights = [days_after(monday, n) for n in range(WEEK)]
    board = _read(session, school, [class_], nights, today)
    return {
        "school": {"slug": school.slug, "name": school.name},
        "class": {"id": class_.id, "name": class_.name},
        "week_starts_on": monday,
        "nights": [{"date": night, **board.evening(class_, night)} for night in nights],
    }


def get_archive(session: Session, *, slug: str, day: dt.date | None, now: dt.datetime) -> dict[str, Any]:
    """The month of a day: on each date how many classes published. This month unless said. Raises as the board does."""
    school = find_school(session, slug)
    today = schools.local_date(now, school.zone)
    first = checked(day or today, today).replace(day=1)
    last = days_after((first + dt.timedelta(days=31)).replace(day=1), -1)
    published = queries.classes_publishing(session, school.id, first, last)
    days = [days_after(first, n) for n in range((last - first).days + 1)]
    return {
        "school": {"slug": school.slug, "name": school.name},
        "month_starts_on": first,
        "classes": len(queries.classes_of_year(session, school.id, school_year_of(last))),
        "days": [{"date": each, "published": published.get(each, 0)} for each in days],
    }


def find_school(session: Session, slug: str) -> School:
    """The school of that name in its address. Raises ``NotFound``."""
    school = places.find_school_by_slug(session, slug)
    if school is None:
        raise NotFound("no such school")
    return school


def checked(day: dt.date, today: dt.date) -> dt.date:
    """The day, if the board goes so far. Raises ``Invalid``."""
    if not -DAYS_BACK <= (day - today).days <= DAYS_AHEAD:
        raise Invalid("too far", fields=[FieldProblem("date", "too_far")])
    return day


@dataclass(frozen=True)
class _Board:
    """What the evenings of some classes are made of."""

    school: School
    policies: Mapping[tuple[uuid.UUID, dt.date], ResolvedPolicy]
    assignments: Sequence[Assignment]
    tiers: Mapping[uuid.UUID, Sequence[AssignmentTier]]
    used: Mapping[uuid.UUID, Mapping[Tier, int]]
    none: Mapping[tuple[uuid.UUID, dt.date], Sequence[str]]
    names: Mapping[str, Subject]
    aliases: Mapping[uuid.UUID, str]

    def evening(self, class_: Class, night: dt.date) -> dict[str, Any]:
        """One class's evening: the sum against the cap, and each piece of homework with its share of the night."""
        policy = self.policies[class_.id, night]
        own = [a for a in self.assignments if a.class_id == class_.id and a.given_on <= night < a.due_on]
        tier = homework.most_used_tier(self.used.get(class_.id, {}))
        work = [plans.planned_work(each, self.tiers.get(each.id, ()), tier) for each in own]
        budget = homework.evening_budget(work, policy.cap_minutes, night, policy.cap_scope)
        state = CapState.exceeded if budget.exceeded else cap_state(budget.planned_minutes, budget.cap_minutes)
        return {
            "id": class_.id,
            "name": class_.name,
            "stage": class_.stage.value,
            "grade": class_.grade,
            "cap_minutes": budget.cap_minutes,
            "planned_minutes": budget.planned_minutes,
            "cap_state": state.value,
            "homework": [
                self._item(each, homework.minutes_on(part, night)) for each, part in zip(own, work, strict=True)
            ],
            "none": [self._subject(code) for code in self.none.get((class_.id, night), ())],
        }

    def _item(self, assignment: Assignment, tonight: int) -> dict[str, Any]:
        tiers = sorted(self.tiers.get(assignment.id, ()), key=lambda each: list(Tier).index(each.tier))
        return {
            "subject": self._subject(assignment.subject),
            "title": None if self.school.hide_titles else assignment.title,
            "kind": assignment.kind.value,
            "place": assignment.place.value,
            "given_on": assignment.given_on,
            "due_on": assignment.due_on,
            "minutes": tonight,
            "set_by": self.aliases.get(assignment.created_by),
            "tiers": [
                {name: value for name, value in plans.tier_document(each).items() if name != "tried_minutes"}
                for each in tiers
            ],
        }

    def _subject(self, code: str) -> dict[str, str]:
        subject = self.names.get(code)
        if subject is None:
            return {"code": code, "name_zh": code, "name_en": code, "glyph": ""}
        return {"code": code, "name_zh": subject.name_zh, "name_en": subject.name_en, "glyph": subject.glyph}


def _read(
    session: Session, school: School, classes: Sequence[Class], nights: Sequence[dt.date], today: dt.date
) -> _Board:
    """Everything at once: the number of statements grows with neither classes nor nights."""
    ids = [each.id for each in classes]
    assignments = queries.published_in(session, school.id, ids, nights[0], nights[-1])
    first, last = days_after(today, -plans.TIER_NIGHTS), days_after(today, -1)
    return _Board(
        school=school,
        policies=policies.resolve_many(session, school=school, classes=classes, nights=nights),
        assignments=assignments,
        tiers=plan_queries.tiers_of(session, school.id, assignments),
        used=queries.tier_counts_by_class(session, school.id, first, last),
        none=queries.none_in(session, school.id, ids, nights[0], nights[-1]),
        names={subject.code: subject for subject in queries.subjects(session, school.id)},
        aliases=queries.notice_aliases(session, school.id, {each.created_by for each in assignments}),
    )
