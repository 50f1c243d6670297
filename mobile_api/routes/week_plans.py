"""Week plans: filed by prep groups, decided by the academic office."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from backend.services import week_plans
from mobile_api.auth import Who, actor, allow, clock
from mobile_api.refusals import refuses
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
    """File a week's homework of one grade and subject; filing it anew replaces it until it is approved."""
    return week_plans.file_week_plan(
        session(), actor=actor(), school_id=school_id, plan=plan_of(body), now=clock().now()
    )


@blp.route("/schools/<uuid:school_id>/week-plans")
@blp.arguments(WeekPlanQuerySchema, location="query")
@blp.response(200, WeekPlansSchema)
@refuses(blp, "invalid")
@allow(Who.STAFF)
def list_week_plans(query: dict[str, Any], school_id: UUID) -> Any:
    """All plans to the office, the grade's to its head, the own to a prep group."""
    return week_plans.list_week_plans(session(), actor=actor(), school_id=school_id, now=clock().now(), **query)


@blp.route("/schools/<uuid:school_id>/week-plans/<uuid:plan_id>/decision", methods=["PUT"])
@blp.arguments(DecisionSchema)
@blp.response(200, WeekPlanWithTotalsSchema)
@refuses(blp, "invalid")
@allow(Who.STAFF)
def decide_week_plan(body: dict[str, Any], school_id: UUID, plan_id: UUID) -> Any:
    """Approve, making drafts for every class of the grade, or send back with a note."""
    return week_plans.decide_week_plan(
        session(), actor=actor(), school_id=school_id, plan_id=plan_id, now=clock().now(), **body
    )
