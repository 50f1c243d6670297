"""Week plans: filed by prep groups, decided by the academic office; the week at a glance; a night's three figures."""

import datetime as dt
from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from backend.services.figures import three_figures
from backend.services.planning import week_overviews, week_plans
from mobile_api.auth import Who, actor, allow, clock
from mobile_api.refusals import refuses
from mobile_api.schemas.week_overviews import ThreeFiguresSchema, WeekOverviewSchema
from mobile_api.schemas.week_plans import (
    DecisionSchema,
    NewWeekPlanSchema,
    WeekPlanQuerySchema,
    WeekPlansSchema,
    WeekPlanWithTotalsSchema,
    plan_of,
)
from mobile_api.transaction import session

blp = Blueprint("week_plans", __name__, url_prefix="/api/v1", description="Next week's homework of a prep group")


@blp.route("/schools/<uuid:school_id>/week-plans", methods=["POST"])
@blp.arguments(NewWeekPlanSchema)
@blp.response(201, WeekPlanWithTotalsSchema)
@refuses(blp, "invalid")
@allow(Who.STAFF)
def file_week_plan(body: dict[str, Any], school_id: UUID) -> Any:
    """File a week's homework of one grade and subject, or keep it as a draft; replaced until it is approved."""
    return week_plans.file_week_plan(
        session(),
        actor=actor(),
        school_id=school_id,
        plan=plan_of(body),
        as_draft=body["as_draft"],
        now=clock().now(),
    )


@blp.route("/schools/<uuid:school_id>/week-plans")
@blp.arguments(WeekPlanQuerySchema, location="query")
@blp.response(200, WeekPlansSchema)
@refuses(blp, "invalid")
@allow(Who.STAFF)
def list_week_plans(query: dict[str, Any], school_id: UUID) -> Any:
    """All plans to the office, the grade's to its head, the own to a prep group."""
    return week_plans.list_week_plans(session(), actor=actor(), school_id=school_id, now=clock().now(), **query)


@blp.route("/schools/<uuid:school_id>/week-plans/overview")
@blp.arguments(WeekPlanQuerySchema, location="query")
@blp.response(200, WeekOverviewSchema)
@refuses(blp, "invalid")
@allow(Who.STAFF)
def week_overview(query: dict[str, Any], school_id: UUID) -> Any:
    """A week (next week unless said) by grade and class: every night against the cap, every plan's state."""
    return week_overviews.week_overview(session(), actor=actor(), school_id=school_id, now=clock().now(), **query)


@blp.route("/schools/<uuid:school_id>/week-plans/<uuid:plan_id>")
@blp.response(200, WeekPlanWithTotalsSchema)
@refuses(blp)
@allow(Who.STAFF)
def get_week_plan(school_id: UUID, plan_id: UUID) -> Any:
    """One plan with every class's daily totals, its filed versions and what changed; a draft to its prep group."""
    return week_plans.get_week_plan(session(), actor=actor(), school_id=school_id, plan_id=plan_id, now=clock().now())


@blp.route("/schools/<uuid:school_id>/week-plans/<uuid:plan_id>/filing", methods=["DELETE"])
@blp.response(200, WeekPlanWithTotalsSchema)
@refuses(blp, "invalid")
@allow(Who.STAFF)
def withdraw_week_plan(school_id: UUID, plan_id: UUID) -> Any:
    """Take a filed plan back before anybody decided: it is its prep group's draft again."""
    return week_plans.withdraw_week_plan(
        session(), actor=actor(), school_id=school_id, plan_id=plan_id, now=clock().now()
    )


@blp.route("/schools/<uuid:school_id>/week-plans/<uuid:plan_id>/decision", methods=["PUT"])
@blp.arguments(DecisionSchema)
@blp.response(200, WeekPlanWithTotalsSchema)
@refuses(blp, "invalid", "version_mismatch")
@allow(Who.STAFF)
def decide_week_plan(body: dict[str, Any], school_id: UUID, plan_id: UUID) -> Any:
    """Approve, making drafts for every class of the grade, or send back with a note."""
    return week_plans.decide_week_plan(
        session(), actor=actor(), school_id=school_id, plan_id=plan_id, now=clock().now(), **body
    )


@blp.route("/classes/<uuid:class_id>/nights/<date:night>/three-figures")
@blp.response(200, ThreeFiguresSchema)
@refuses(blp)
@allow(Who.STAFF, audits=True)
def get_three_figures(class_id: UUID, night: dt.date) -> Any:
    """Planned, really set and really taken by subject; what was taken is suppressed as in the class's trends."""
    return three_figures.get_three_figures(session(), actor=actor(), class_id=class_id, night=night, now=clock().now())
