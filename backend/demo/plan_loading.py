"""Puts week plans, the drafts they became and decisions about weekends into the demonstration's database.

Days go by: what stood in an earlier moment of its history is replaced by how it stands now. What a visitor has filed,
decided, changed or published stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa

from backend.demo import week_plans, weekends
from backend.demo.people import Rows
from backend.demo.school import DemoSchool
from backend.demo.week_plans import DemoPlan
from backend.storage.queries import demonstration as queries
from backend.storage.queries.demonstration import PlanMark


def bring(connection: sa.Connection, school: DemoSchool, since: date) -> None:
    """Bring plans and decisions up to the school's day; `since`: the day up to which they were brought before."""
    plans = list(week_plans.plans(school, since))
    queries.remove_drafts(connection, school.school_id, {each.filed_by for each in plans}, until=school.as_of)
    standing = queries.plan_marks(connection, school.school_id)
    stale = [each for each in plans if each.id in standing and standing[each.id] in _earlier(each)]
    queries.remove_plans(connection, school.school_id, [each.id for each in stale])
    taken = {mark.key for plan_id, mark in standing.items() if plan_id not in {each.id for each in stale}}
    new = [each for each in plans if _now(each).key not in taken]
    queries.insert_rows(connection, _rows(school, new))
    mine = [each for each in plans if each in new or standing.get(each.id) == _now(each)]
    _bring_drafts(connection, school, mine)
    queries.insert_rows(connection, {"weekend_decisions": weekends.decisions(school, since)})


def _now(plan: DemoPlan) -> PlanMark:
    return _mark(plan, len(plan.history) - 1)


def _earlier(plan: DemoPlan) -> list[PlanMark]:
    return [_mark(plan, n) for n in range(len(plan.history) - 1)]


def _mark(plan: DemoPlan, moment: int) -> PlanMark:
    at = plan.history[moment]
    key = (plan.grade.stage, plan.grade.grade, plan.subject, plan.week_starts_on)
    return PlanMark(key, at.version, at.state, at.filed_at, at.decided_at)


def _rows(school: DemoSchool, plans: Iterable[DemoPlan]) -> Rows:
    rows: Rows = {"week_plans": [], "week_plan_versions": []}
    for plan in plans:
        rows["week_plans"].append(plan.row(school.school_id))
        rows["week_plan_versions"] += plan.version_rows(school.school_id)
    return rows


def _bring_drafts(connection: sa.Connection, school: DemoSchool, plans: Iterable[DemoPlan]) -> None:
    """Only those that are not there: a visitor may have published one, or changed it."""
    drafts = [week_plans.draft_rows(school, plan) for plan in plans]
    ids = [row["id"] for each in drafts for row in each["assignments"]]
    there = queries.known_assignments(connection, school.school_id, ids)
    rows: Rows = {
        "assignments": [row for each in drafts for row in each["assignments"] if row["id"] not in there],
        "assignment_tiers": [
            row for each in drafts for row in each["assignment_tiers"] if row["assignment_id"] not in there
        ],
    }
    queries.insert_rows(connection, rows)
