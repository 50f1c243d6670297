"""Reports: a school's month, and what goes upward. Reading may fix figures, hence writes."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from backend.services.figures import reports
from mobile_api.auth import Who, actor, allow, clock
from mobile_api.refusals import refuses
from mobile_api.schemas.reports import (
    DistrictUpwardSchema,
    MonthlyReportSchema,
    MonthQuerySchema,
    SchoolUpwardSchema,
)
from mobile_api.schemas.trends import PeriodQuerySchema
from mobile_api.transaction import session

blp = Blueprint("reports", __name__, url_prefix="/api/v1", description="Reports")


@blp.route("/schools/<uuid:school_id>/reports/monthly")
@blp.arguments(MonthQuerySchema, location="query")
@blp.response(200, MonthlyReportSchema)
@refuses(blp, "invalid")
@allow(Who.STAFF | Who.OFFICER, audits=True)
def monthly_report(query: dict[str, Any], school_id: UUID) -> Any:
    """One month of a school on one page."""
    return reports.monthly_report(session(), actor=actor(), school_id=school_id, now=clock().now(), **query)


@blp.route("/schools/<uuid:school_id>/reports/upward")
@blp.arguments(PeriodQuerySchema, location="query")
@blp.response(200, SchoolUpwardSchema)
@refuses(blp, "invalid")
@allow(Who.STAFF | Who.OFFICER, audits=True)
def school_upward(query: dict[str, Any], school_id: UUID) -> Any:
    """What a school reports upward: shares within the cap, in bed on time, sleep targets met, publication, response."""
    return reports.school_upward(session(), actor=actor(), school_id=school_id, now=clock().now(), **query)


@blp.route("/districts/<uuid:district_id>/reports/upward")
@blp.arguments(PeriodQuerySchema, location="query")
@blp.response(200, DistrictUpwardSchema)
@refuses(blp, "invalid")
@allow(Who.OFFICER, audits=True)
def district_upward(query: dict[str, Any], district_id: UUID) -> Any:
    """The same of every school of a district."""
    return reports.district_upward(session(), actor=actor(), district_id=district_id, now=clock().now(), **query)
