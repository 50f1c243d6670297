"""Trends: load against cap and estimate, sleep, over time. Reading may fix or keep figures, hence writes."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from backend.services.figures import calibration, trend_overviews, trends
from mobile_api.auth import Who, actor, allow, clock
from mobile_api.figure_answers import respond
from mobile_api.refusals import refuses
from mobile_api.schemas.trend_overviews import (
    ClassOverviewSchema,
    DistrictOverviewSchema,
    OwnCalibrationSchema,
    SchoolOverviewSchema,
)
from mobile_api.schemas.trends import (
    ClassTrendsSchema,
    DistrictTrendsSchema,
    GradeQuerySchema,
    PeriodQuerySchema,
    SchoolTrendQuerySchema,
    SchoolTrendsSchema,
    TrendQuerySchema,
)
from mobile_api.transaction import session

blp = Blueprint("trends", __name__, url_prefix="/api/v1", description="Figures over time")
UNCHANGED = "Unchanged since the ETag in If-None-Match"


@blp.route("/classes/<uuid:class_id>/trends")
@blp.arguments(TrendQuerySchema(), location="query")
@blp.response(200, ClassTrendsSchema)
@blp.alt_response(304, description=UNCHANGED)
@refuses(blp, "invalid")
@allow(Who.STAFF, audits=True)
def class_trends(query: dict[str, Any], class_id: UUID) -> Any:
    """One class: mean, median, 90th percentile, share within the cap, coverage."""
    return respond(trends.ask_class(session(), actor=actor(), class_id=class_id, now=clock().now(), **query))


@blp.route("/schools/<uuid:school_id>/trends")
@blp.arguments(SchoolTrendQuerySchema(), location="query")
@blp.response(200, SchoolTrendsSchema)
@blp.alt_response(304, description=UNCHANGED)
@refuses(blp, "invalid")
@allow(Who.STAFF | Who.OFFICER, audits=True)
def school_trends(query: dict[str, Any], school_id: UUID) -> Any:
    """A school, or one grade, with a cell a grade and a class; small groups are withheld."""
    return respond(trends.ask_school(session(), actor=actor(), school_id=school_id, now=clock().now(), **query))


@blp.route("/districts/<uuid:district_id>/trends")
@blp.arguments(TrendQuerySchema(), location="query")
@blp.response(200, DistrictTrendsSchema)
@blp.alt_response(304, description=UNCHANGED)
@refuses(blp, "invalid")
@allow(Who.OFFICER, audits=True)
def district_trends(query: dict[str, Any], district_id: UUID) -> Any:
    """A district with a cell a school; small groups are withheld."""
    return respond(trends.ask_district(session(), actor=actor(), district_id=district_id, now=clock().now(), **query))


@blp.route("/classes/<uuid:class_id>/trends/overview")
@blp.arguments(PeriodQuerySchema(), location="query")
@blp.response(200, ClassOverviewSchema)
@blp.alt_response(304, description=UNCHANGED)
@refuses(blp, "invalid")
@allow(Who.STAFF, audits=True)
def class_overview(query: dict[str, Any], class_id: UUID) -> Any:
    """All of a class's page of charts; to a subject teacher, of the own subjects."""
    return respond(trend_overviews.ask_class(session(), actor=actor(), class_id=class_id, now=clock().now(), **query))


@blp.route("/schools/<uuid:school_id>/trends/overview")
@blp.arguments(GradeQuerySchema(), location="query")
@blp.response(200, SchoolOverviewSchema)
@blp.alt_response(304, description=UNCHANGED)
@refuses(blp, "invalid")
@allow(Who.STAFF | Who.OFFICER, audits=True)
def school_overview(query: dict[str, Any], school_id: UUID) -> Any:
    """All of a school's page of charts, or of one grade's; small groups are withheld."""
    asked = {"school_id": school_id, "now": clock().now(), **query}
    return respond(trend_overviews.ask_school(session(), actor=actor(), **asked))


@blp.route("/districts/<uuid:district_id>/trends/overview")
@blp.arguments(PeriodQuerySchema(), location="query")
@blp.response(200, DistrictOverviewSchema)
@blp.alt_response(304, description=UNCHANGED)
@refuses(blp, "invalid")
@allow(Who.OFFICER, audits=True)
def district_overview(query: dict[str, Any], district_id: UUID) -> Any:
    """All of a district's page of charts; small groups are withheld."""
    asked = {"district_id": district_id, "now": clock().now(), **query}
    return respond(trend_overviews.ask_district(session(), actor=actor(), **asked))


@blp.route("/me/calibration")
@blp.arguments(PeriodQuerySchema(), location="query")
@blp.response(200, OwnCalibrationSchema)
@refuses(blp, "invalid")
@allow(Who.STAFF, audits=True)
def own_calibration(query: dict[str, Any]) -> Any:
    """One's own estimates against what they took, class by class and week by week; nobody else is shown them."""
    return calibration.own_calibration(session(), actor=actor(), now=clock().now(), **query)
