"""Week plans and weekends of the demonstration: as a school has them on any weekday, and going on as days go by."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from backend.demo import week_plans, weekends
from backend.demo.school import DemoSchool, build
from backend.demo.shape import ZONE
from backend.demo.week_plans import DemoPlan
from backend.domain.night import local_instant
from backend.storage.base import Base
from backend.storage.engine import build_engine
from backend.storage.models import Assignment, AssignmentState, WeekendDecision, WeekPlan, WeekPlanState
from tests.demo.test_loading import FRIDAY, THURSDAY, load_on

TABLES = ("week_plans", "week_plan_versions", "weekend_decisions", "assignments", "assignment_tiers")


def school_on(day: date, at: time = time(17, 30)) -> DemoSchool:
    return build(day, now=local_instant(day, at, ZONE), opened_on=date(2026, 10, 12))


def states(school: DemoSchool, monday: date) -> dict[tuple[int, str], WeekPlanState]:
    found = week_plans.plans(school, monday)
    return {(each.grade.grade, each.subject): each.stands.state for each in found if each.week_starts_on == monday}


@pytest.mark.parametrize("day", [date(2026, 11, 16) + timedelta(days=n) for n in range(5)], ids=lambda day: f"{day:%a}")
def test_on_every_weekday_the_office_finds_a_week_behind_one_under_way_and_one_in_preparation(day: date) -> None:
    school, monday = school_on(day), date(2026, 11, 16)
    behind, under_way, ahead = (states(school, monday + timedelta(days=7 * n)) for n in (-1, 0, 1))
    assert len(behind) == len(under_way) == 9
    assert set(behind.values()) == {WeekPlanState.APPROVED}
    assert list(under_way.values()).count(WeekPlanState.APPROVED) >= 5
    assert day.isoweekday() > 3 or WeekPlanState.SENT_BACK in under_way.values()
    assert 0 < len(ahead) <= 9
    assert WeekPlanState.DRAFT in ahead.values() or day.isoweekday() >= 4


def test_some_plans_were_sent_back_and_came_again_with_less() -> None:
    school = school_on(date(2026, 11, 20))
    plans = list(week_plans.plans(school, school.opened_on))
    again = [each for each in plans if len(each.version_rows(school.school_id)) == 2]
    assert 3 <= len(again) <= 30
    for plan in again:
        first, second = (sum(minutes(each)) for each in (plan.heavier, plan.items))
        assert first - second >= week_plans.TOO_MUCH
        rows = plan.version_rows(school.school_id)
        assert rows[0]["state"] is WeekPlanState.SENT_BACK
        assert [bool(row["note"]) for row in rows] == [True, False]


def minutes(items: list[dict[str, Any]]) -> list[int]:
    return [tier["estimated_minutes"] for item in items for tier in item["tiers"]]


def test_a_plan_is_what_the_first_class_of_the_grade_really_sets() -> None:
    school = school_on(date(2026, 11, 20))
    plan = next(each for each in week_plans.plans(school, date(2026, 11, 9)) if each.subject == "maths")
    first = next(each for each in school.population.classes if each.shape is plan.grade)
    rows = [row for n in range(5) for row in school.homework_rows(date(2026, 11, 9 + n))["assignments"]]
    titles = {row["title"] for row in rows if row["class_id"] == first.id and row["subject"] == "maths"}
    assert {item["title"] for item in plan.items} == titles


def test_nothing_of_it_lies_in_the_future() -> None:
    school = school_on(date(2026, 11, 18), time(9))
    moments = [at for plan in week_plans.plans(school, school.opened_on) for at in happened(plan)]
    moments += [row["decided_at"] for row in weekends.decisions(school, school.opened_on)]
    assert moments
    assert max(moments) <= school.until


def happened(plan: DemoPlan) -> list[datetime]:
    stands = plan.stands
    return [each for each in (stands.at, stands.filed_at, stands.decided_at) if each is not None]


def test_weekends_are_mostly_approved_a_few_sent_back_with_a_note_and_some_wait() -> None:
    school = school_on(date(2026, 11, 22))
    rows = weekends.decisions(school, school.opened_on)
    with_homework = {(row["class_id"], row["starts_on"]) for row in rows}
    approved = [row for row in rows if row["approved"]]
    assert len(with_homework) == len(rows) > 40
    assert 0.7 < len(approved) / len(rows) < 0.98
    assert all(row["note"] for row in rows if not row["approved"])
    possible = 12 * len({row["starts_on"] for row in rows})
    assert len(rows) < possible


def test_a_day_added_gives_the_same_plans_as_loading_on_that_day(
    engine: sa.Engine, databases: Any, tmp_path: Path
) -> None:
    load_on(engine, THURSDAY, tmp_path)
    load_on(engine, FRIDAY, tmp_path)
    url = databases.fresh()
    at_once = build_engine(url)
    try:
        load_on(at_once, FRIDAY, tmp_path / "other")
        by_days, together = ([rows_of(each, name) for name in TABLES] for each in (engine, at_once))
    finally:
        at_once.dispose()
        databases.drop(url)
    assert all(together)
    assert by_days == together


def rows_of(engine: sa.Engine, table: str) -> set[str]:
    with engine.connect() as connection:
        return {repr(tuple(row)) for row in connection.execute(sa.select(Base.metadata.tables[table]))}


def test_approved_plans_are_drafts_for_the_days_to_come_and_no_longer_when_the_day_is_here(
    engine: sa.Engine, tmp_path: Path
) -> None:
    drafts = sa.select(Assignment.given_on).where(Assignment.state == AssignmentState.DRAFT)
    load_on(engine, THURSDAY, tmp_path, time(16))
    with engine.connect() as connection:
        assert set(connection.scalars(drafts)) == {FRIDAY}
    load_on(engine, FRIDAY, tmp_path)
    with engine.connect() as connection:
        assert min(connection.scalars(drafts)) > FRIDAY


def test_what_a_visitor_has_decided_changed_or_published_stands(engine: sa.Engine, tmp_path: Path) -> None:
    load_on(engine, THURSDAY, tmp_path)
    waiting = sa.select(WeekPlan.id).where(WeekPlan.week_starts_on == FRIDAY + timedelta(days=3)).limit(1)
    draft = sa.select(Assignment.id).where(Assignment.state == AssignmentState.DRAFT).limit(1)
    decided = {"state": WeekPlanState.SENT_BACK, "note": "我改的", "decided_at": local_instant(FRIDAY, time(0), ZONE)}
    with engine.begin() as connection:
        plan_id, draft_id = connection.scalar(waiting), connection.scalar(draft)
        connection.execute(sa.update(WeekPlan).where(WeekPlan.id == plan_id).values(**decided))
        published = sa.update(Assignment).where(Assignment.id == draft_id)
        connection.execute(published.values(state=AssignmentState.PUBLISHED, title="我布置的"))
    load_on(engine, FRIDAY, tmp_path)
    with engine.connect() as connection:
        assert connection.scalar(sa.select(WeekPlan.note).where(WeekPlan.id == plan_id)) == "我改的"
        assert connection.scalar(sa.select(Assignment.title).where(Assignment.id == draft_id)) == "我布置的"
        assert connection.scalar(sa.select(sa.func.count()).select_from(WeekendDecision))
