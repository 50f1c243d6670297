"""What the teachers of one class set on one school day: assignments with tiers, "none today", the recorder's log.

Budgets are the domain's; who did the work and how long it took is `nights.py`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from backend.demo.ids import milliseconds, new_id
from backend.demo.people import Population, Row, Rows, SchoolClass
from backend.demo.shape import COUNTER_STEP, REASONS, Habit
from backend.domain import homework
from backend.domain.estimates import Estimate
from backend.domain.homework import PlannedWork
from backend.domain.load import Kind, Place, Tier
from backend.domain.policy import ResolvedPolicy
from backend.storage.models import AssignmentState

SCHOOL_SHARE = 0.12
TOO_MUCH = 0.03
_TIER_SHARES = {Tier.basic: 0.7, Tier.standard: 1.0, Tier.extension: 1.35}


@dataclass(frozen=True, slots=True)
class SetWork:
    """One published assignment as the nights see it."""

    id: UUID
    ordinal: int
    habit: Habit
    place: Place
    nights: tuple[date, ...]
    tiers: dict[Tier, Estimate]
    teacher: UUID


@dataclass(slots=True)
class SetDay:
    """A class's homework of one school day: what is set, and the rows that say so."""

    works: list[SetWork]
    rows: Rows
    planned: list[PlannedWork]


def counter_of(night: date, opened_on: date) -> int:
    """What a student's or a class's change counter stood at after that night."""
    return ((night - opened_on).days + 1) * COUNTER_STEP


class SetHomework:
    """Sets one class's homework of one school day."""

    def __init__(
        self,
        school: Population,
        class_: SchoolClass,
        day: date,
        due_on: date,
        morning: datetime,
        policy: ResolvedPolicy,
        until: datetime,
    ) -> None:
        self._school, self._class, self._day, self._due_on = school, class_, day, due_on
        self._morning, self._policy, self._until = morning, policy, until
        self._rng = Random(f"{school.seed} homework {class_.id} {day}")
        self._out = SetDay([], defaultdict(list), [])

    def all_of(self, weekday: int) -> SetDay:
        """What is set by that weekday's timetable."""
        for habit in self._class.shape.habits:
            if weekday in habit.weekdays:
                self._one(habit)
        if self._class.number == 1:
            self._record()
        return self._out

    def _one(self, habit: Habit) -> None:
        luck = self._rng.random()
        if luck < 0.025:
            self._none_today(habit)
        elif luck > 0.045:
            self._publish(habit)

    def _add(self, table: str, **values: object) -> None:
        self._out.rows[table].append({"school_id": self._school.school_id, **values})

    def _none_today(self, habit: Habit) -> None:
        self._add(
            "no_homework",
            class_id=self._class.id,
            subject=habit.subject,
            night=self._day,
            declared_by=self._class.teachers[habit.subject],
            declared_at=min(self._at(15, 5), self._until),
        )

    def _at(self, hour: int, minute: int) -> datetime:
        """A clock time of the day; `morning` is its 00:00."""
        return self._morning + timedelta(hours=hour, minutes=minute)

    def _publish(self, habit: Habit) -> None:
        rng = self._rng
        span = (self._due_on - self._day).days
        stretch = 1.0 if span < 3 else 1.5 if span < 6 else 2.4
        estimate = round(rng.choice(habit.estimates) * stretch * self._eagerness(habit) / 5) * 5
        tiers = _tiers(habit, estimate, rng)
        published_at = self._at(14, 40 + len(self._out.works) * 5)
        work = SetWork(
            id=new_id(rng, milliseconds(published_at)),
            ordinal=len(self._out.works),
            habit=habit,
            place=self._place(habit, span),
            nights=tuple(homework.nights(self._day, self._due_on)),
            tiers=tiers,
            teacher=self._class.teachers[habit.subject],
        )
        self._out.works.append(work)
        self._write(work, min(published_at, self._until), self._over_cap(work))

    def _eagerness(self, habit: Habit) -> float:
        """Now and then a teacher sets far more than usual: before a test, or because one lesson was missed."""
        return 2.4 if habit.kind is Kind.written and self._rng.random() < TOO_MUCH else 1.0

    def _place(self, habit: Habit, span: int) -> Place:
        at_school = habit.kind is Kind.written and span == 1 and self._rng.random() < SCHOOL_SHARE
        return Place.school if at_school else habit.place

    def _over_cap(self, work: SetWork) -> int | None:
        """By how many minutes the class's plan exceeds its cap with this assignment; None within it."""
        plan = PlannedWork(
            key=str(work.id),
            subject=work.habit.subject,
            by_whom=str(work.teacher),
            kind=work.habit.kind,
            given_on=self._day,
            due_on=self._due_on,
            minutes=work.tiers[Tier.standard].upper_minutes,
            place=work.place,
        )
        budgets = homework.budgets_with(self._out.planned, plan, self._policy.cap_minutes, self._policy.cap_scope)
        self._out.planned.append(plan)
        return max(budget.over_minutes for budget in budgets) or None

    def _write(self, work: SetWork, published_at: datetime, over: int | None) -> None:
        rng = self._rng
        self._add(
            "assignments",
            id=work.id,
            class_id=self._class.id,
            subject=work.habit.subject,
            title=rng.choice(work.habit.titles).format(n=1 + (self._day - self._school.opened_on).days // 3),
            kind=work.habit.kind,
            place=work.place,
            given_on=self._day,
            due_on=self._due_on,
            state=AssignmentState.PUBLISHED,
            version=1,
            change_counter=counter_of(self._day, self._school.opened_on),
            created_by=work.teacher,
            created_at=published_at - timedelta(minutes=20),
            published_at=published_at,
            published_by=work.teacher,
            over_cap_minutes=over,
            over_cap_reason=rng.choice(REASONS) if over else None,
        )
        for tier, estimate in work.tiers.items():
            self._write_tier(work, tier, estimate, published_at)

    def _write_tier(self, work: SetWork, tier: Tier, estimate: Estimate, published_at: datetime) -> None:
        self._add(
            "assignment_tiers",
            assignment_id=work.id,
            version=1,
            tier=tier,
            estimated_minutes=estimate.estimated_minutes,
            estimated_max_minutes=estimate.estimated_max_minutes,
            tried_minutes=estimate.tried_minutes,
            in_force_at=published_at,
            set_by=work.teacher,
        )

    def _record(self) -> None:
        """The class recorder notes what was really set: nearly always what was published."""
        for row in self._out.rows["assignments"]:
            if row["kind"] is Kind.written:
                self._add("set_records", **self._recorded(row))

    def _recorded(self, row: Row) -> Row:
        estimate = next(w.tiers[Tier.standard].estimated_minutes for w in self._out.works if w.id == row["id"])
        return {
            "class_id": self._class.id,
            "night": self._day,
            "subject": row["subject"],
            "title": row["title"],
            "estimated_minutes": estimate + (5 if self._rng.random() < 0.1 else 0),
            "recorded_by": self._class.recorder,
            "recorded_at": min(self._at(16, 0), self._until),
        }


def _tiers(habit: Habit, estimate: int, rng: Random) -> dict[Tier, Estimate]:
    chosen = tuple(_TIER_SHARES) if habit.tiered else (Tier.standard,)
    return {tier: _estimate(habit, tier, estimate, rng) for tier in chosen}


def _estimate(habit: Habit, tier: Tier, minutes: int, rng: Random) -> Estimate:
    own = max(5, round(minutes * _TIER_SHARES[tier] / 5) * 5)
    tried = max(3, round(own * rng.uniform(0.3, 0.6))) if rng.random() < 0.3 else None
    return Estimate(tier, own, own + 5 if habit.ranged else None, tried)
