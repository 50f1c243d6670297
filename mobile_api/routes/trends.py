"""Trends: how written load stands to the cap, by day, week or subject. Reading may freeze figures, hence writes."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from backend.services import trends
from mobile_api.auth import Who, actor, allow, clock
from mobile_api.refusals import refuses
from mobile_api.schemas.trends import ClassTrendsSchema, DistrictTrendsSchema, SchoolTrendsSchema, TrendQuerySchema
from mobile_api.transaction import session

blp = Blueprint("trends", __name__, url_prefix="/api/v1", description="Figures over time")


@blp.route("/classes/<uuid:class_id>/trends")
@blp.arguments(TrendQuerySchema, location="query")
@blp.response(200, ClassTrendsSchema)
@refuses(blp, "invalid")
@allow(Who.STAFF, audits=True)
def class_trends(query: dict[str, Any], class_id: UUID) -> Any:
    """One class: mean, median, 90th percentile, share within the cap, coverage."""
    return trends.class_trends(session(), actor=actor(), class_id=class_id, now=clock().now(), **query)


@blp.route("/schools/<uuid:school_id>/trends")
@blp.arguments(TrendQuerySchema, location="query")
@blp.response(200, SchoolTrendsSchema)
@refuses(blp, "invalid")
@allow(Who.STAFF | Who.OFFICER, audits=True)
def school_trends(query: dict[str, Any], school_id: UUID) -> Any:
    """A school with a cell a class; small groups are withheld."""
    return trends.school_trends(session(), actor=actor(), school_id=school_id, now=clock().now(), **query)


@blp.route("/districts/<uuid:district_id>/trends")
@blp.arguments(TrendQuerySchema, location="query")
@blp.response(200, DistrictTrendsSchema)
@refuses(blp, "invalid")
@allow(Who.OFFICER, audits=True)
def district_trends(query: dict[str, Any], district_id: UUID) -> Any:
    """A district with a cell a school; small groups are withheld."""
    return trends.district_trends(session(), actor=actor(), district_id=district_id, now=clock().now(), **query)
