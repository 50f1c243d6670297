"""The prep groups' week plans as they stand on the demonstration's day, and the drafts that approved ones became.

A plan is what the first class of the grade sets that week; the other classes differ as teachers do, so that plan and
really set stay two figures. It is kept as a draft early in the week before, filed before the weekend, sometimes sent
back and filed again with less, and approved. Pure, from seed and date; `plan_loading.py` puts it into the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from backend.demo import shape
from backend.demo.homework import SetWork
from backend.demo.people import Row, Rows, SchoolClass, made_id
from backend.demo.school import DemoSchool
from backend.demo.shape import GRADES, GradeShape
from backend.domain.load import Kind, Place, Tier
from backend.domain.night import local_instant
from backend.storage.models import AssignmentState, WeekPlanState

SUBJECTS = ("chinese", "maths", "english")
NOTES = ("和别科碰在一天，会超上限，请减 10 分钟。", "周三内容偏多，请备课组再议。", "这一天已有单元复习，请错开。")
#: What a plan sent back had beyond what was filed afterwards, in minutes of one item.
TOO_MUCH = 10
DRAFTED, SENT_BACK, ON_FRIDAY = 0.6, 0.15, 0.7


class Standing(NamedTuple):
    """One moment of a plan's history: from `at` on it stands so, until the next."""

    at: datetime
    state: WeekPlanState
    version: int
    filed_at: datetime
    decided_at: datetime | None
    note: str


@dataclass(frozen=True)
class DemoPlan:
    """One prep group's plan of one week, with its whole history as far as it has happened."""

    id: UUID
    grade: GradeShape
    subject: str
    week_starts_on: date
    filed_by: UUID
    decided_by: UUID
    history: tuple[Standing, ...]
    items: list[dict[str, Any]]
    heavier: list[dict[str, Any]]
    """What stood in the version that was sent back."""

    @property
    def stands(self) -> Standing:
        """How it stands by now."""
        return self.history[-1]

    def items_of(self, version: int) -> list[dict[str, Any]]:
        """What stood in a version."""
        sent_back = {each.version for each in self.history if each.state is WeekPlanState.SENT_BACK}
        return self.heavier if version in sent_back else self.items

    def row(self, school_id: UUID) -> Row:
        """The plan's row."""
        now = self.stands
        return {
            "school_id": school_id,
            "id": self.id,
            "stage": self.grade.stage,
            "grade": self.grade.grade,
            "subject": self.subject,
            "week_starts_on": self.week_starts_on,
            "state": now.state,
            "version": now.version,
            "items": self.items_of(now.version),
            "filed_by": self.filed_by,
            "filed_at": now.filed_at,
            "decided_by": self.decided_by if now.decided_at else None,
            "decided_at": now.decided_at,
            "note": now.note,
        }

    def version_rows(self, school_id: UUID) -> list[Row]:
        """Every filed version as it ended."""
        last = {each.version: each for each in self.history if each.state is not WeekPlanState.DRAFT}
        return [
            {
                "school_id": school_id,
                "week_plan_id": self.id,
                "version": version,
                "state": each.state,
                "items": self.items_of(version),
                "filed_by": self.filed_by,
                "filed_at": each.filed_at,
                "decided_by": self.decided_by if each.decided_at else None,
                "decided_at": each.decided_at,
                "note": each.note,
            }
            for version, each in sorted(last.items())
        ]


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.isoweekday() - 1)


def plans(school: DemoSchool, since: date) -> Iterator[DemoPlan]:
    """Every plan that has begun, of the weeks from that of `since` to the one after today's."""
    monday, last = monday_of(since), monday_of(school.as_of) + timedelta(days=7)
    while monday <= last:
        for grade in GRADES:
            for subject in SUBJECTS:
                found = _plan(school, grade, subject, monday)
                if found is not None:
                    yield found
        monday += timedelta(days=7)


def _plan(school: DemoSchool, grade: GradeShape, subject: str, monday: date) -> DemoPlan | None:
    first = next(each for each in school.population.classes if each.shape is grade)
    items = [item for day in _days(school, monday) for item in _items(school, first, subject, day)]
    rng = Random(f"{school.seed} week plan {grade.grade} {subject} {monday}")
    is_late = _late(school, monday) == (grade, subject)
    history = tuple(each for each in _history(rng, monday, is_late=is_late) if each.at <= school.until)
    if not items or not history:
        return None
    return DemoPlan(
        id=made_id(school.seed, "week plan", grade.grade, subject, monday),
        grade=grade,
        subject=subject,
        week_starts_on=monday,
        filed_by=made_id(school.seed, "staff", grade.grade, 2, subject),
        decided_by=rng.choice(school.population.offices),
        history=history,
        items=items,
        heavier=_heavier(items, rng.randrange(len(items))),
    )


def _days(school: DemoSchool, monday: date) -> list[date]:
    days = [monday + timedelta(days=n) for n in range(7)]
    return [day for day in days if day >= school.opened_on and school.days[day].timetable_weekday is not None]


def _items(school: DemoSchool, class_: SchoolClass, subject: str, day: date) -> Iterator[dict[str, Any]]:
    found = school.set_on(class_, day)
    if found is None:
        return
    rows = {row["id"]: row for row in found.rows["assignments"]}
    for work in found.works:
        if work.habit.subject == subject:
            yield _item(rows[work.id], work)


def _item(row: Row, work: SetWork) -> dict[str, Any]:
    tiers = [
        {
            "tier": tier.value,
            "estimated_minutes": each.estimated_minutes,
            "estimated_max_minutes": each.estimated_max_minutes,
            "tried_minutes": each.tried_minutes,
        }
        for tier, each in work.tiers.items()
    ]
    dates = {"given_on": row["given_on"].isoformat(), "due_on": row["due_on"].isoformat()}
    return {"title": row["title"], "kind": row["kind"].value, "place": row["place"].value, **dates, "tiers": tiers}


def _heavier(items: list[dict[str, Any]], which: int) -> list[dict[str, Any]]:
    """The same with one item longer."""
    longer = [
        tier | {"estimated_minutes": tier["estimated_minutes"] + TOO_MUCH, "estimated_max_minutes": None}
        for tier in items[which]["tiers"]
    ]
    return [item | {"tiers": longer} if n == which else item for n, item in enumerate(items)]


def _late(school: DemoSchool, monday: date) -> tuple[GradeShape, str]:
    """The one group a week that is still consulting again while the week goes on."""
    rng = Random(f"{school.seed} late {monday}")
    return rng.choice(GRADES), rng.choice(SUBJECTS)


def _history(rng: Random, monday: date, *, is_late: bool) -> Iterator[Standing]:
    """Often a draft in the week before, filed before its Friday noon; then what the office decides."""
    luck, note = rng.random(), rng.choice(NOTES)
    drafted, has_draft = _at(monday, -7 + rng.randrange(2), 16, rng.randrange(60)), rng.random() < DRAFTED
    if has_draft:
        yield Standing(drafted, WeekPlanState.DRAFT, 1, drafted, None, "")
    version = 2 if has_draft else 1
    filed = _at(monday, -4 + rng.randrange(2), 10, rng.randrange(60))
    yield Standing(filed, WeekPlanState.FILED, version, filed, None, "")
    # The office looks at most on Friday afternoon, at the rest on Sunday evening.
    decided = _at(monday, -3, 15, rng.randrange(60)) if rng.random() < ON_FRIDAY else _at(monday, -1, 19, 30)
    if luck < SENT_BACK or is_late:
        yield Standing(decided, WeekPlanState.SENT_BACK, version, filed, decided, note)
        # Most groups answer at the beginning of the week.
        filed = _at(monday, 3 if is_late else 0, 16 if is_late else 8, rng.randrange(60))
        version, decided = version + 1, filed + timedelta(hours=17 if is_late else 2)
        yield Standing(filed, WeekPlanState.FILED, version, filed, None, "")
    yield Standing(decided, WeekPlanState.APPROVED, version, filed, decided, "")


def _at(monday: date, days: int, hour: int, minute: int) -> datetime:
    return local_instant(monday + timedelta(days=days), time(hour, minute), shape.ZONE)


def draft_rows(school: DemoSchool, plan: DemoPlan) -> Rows:
    """The drafts that an approved plan is for every class on the days that are still to come."""
    rows: Rows = {"assignments": [], "assignment_tiers": []}
    if plan.stands.state is not WeekPlanState.APPROVED:
        return rows
    to_come = [(n, item) for n, item in enumerate(plan.items) if item["given_on"] > school.as_of.isoformat()]
    for class_ in (each for each in school.population.classes if each.shape is plan.grade):
        for n, item in to_come:
            rows["assignments"].append(_draft(school, plan, class_, n, item))
            rows["assignment_tiers"] += _tiers(school, plan, rows["assignments"][-1]["id"], item)
    return rows


def _draft(school: DemoSchool, plan: DemoPlan, class_: SchoolClass, n: int, item: dict[str, Any]) -> Row:
    return {
        "school_id": school.school_id,
        "id": made_id(school.seed, "draft", plan.id, class_.id, n),
        "class_id": class_.id,
        "subject": plan.subject,
        "title": item["title"],
        "kind": Kind(item["kind"]),
        "place": Place(item["place"]),
        "given_on": date.fromisoformat(item["given_on"]),
        "due_on": date.fromisoformat(item["due_on"]),
        "state": AssignmentState.DRAFT,
        "version": 1,
        "change_counter": 0,
        "created_by": plan.filed_by,
        "created_at": plan.stands.at,
        "published_at": None,
        "published_by": None,
        "over_cap_minutes": None,
        "over_cap_reason": None,
    }


def _tiers(school: DemoSchool, plan: DemoPlan, assignment_id: UUID, item: dict[str, Any]) -> list[Row]:
    return [
        {
            **tier,
            "tier": Tier(tier["tier"]),
            "school_id": school.school_id,
            "assignment_id": assignment_id,
            "version": 1,
            "in_force_at": plan.stands.at,
            "set_by": plan.filed_by,
        }
        for tier in item["tiers"]
    ]
