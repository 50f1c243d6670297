"""Estimate against actual week by week. Reading may fix or keep figures, hence writes."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from backend.services.figures import estimates_by_week
from mobile_api.auth import Who, actor, allow, clock
from mobile_api.figure_answers import respond
from mobile_api.refusals import refuses
from mobile_api.schemas.estimates import ClassEstimatesSchema, DistrictEstimatesSchema, SchoolEstimatesSchema
from mobile_api.schemas.trends import GradeQuerySchema, PeriodQuerySchema
from mobile_api.transaction import session

blp = Blueprint("estimates", __name__, url_prefix="/api/v1", description="Estimate against actual")
UNCHANGED = "Unchanged since the ETag in If-None-Match"


@blp.route("/classes/<uuid:class_id>/trends/estimates")
@blp.arguments(PeriodQuerySchema(), location="query")
@blp.response(200, ClassEstimatesSchema)
@blp.alt_response(304, description=UNCHANGED)
@refuses(blp, "invalid")
@allow(Who.STAFF, audits=True)
def class_estimates(query: dict[str, Any], class_id: UUID) -> Any:
    """A class's subjects and tiers, week by week; to a subject teacher, of the own subjects."""
    return respond(estimates_by_week.ask_class(session(), actor=actor(), class_id=class_id, now=clock().now(), **query))


@blp.route("/schools/<uuid:school_id>/trends/estimates")
@blp.arguments(GradeQuerySchema(), location="query")
@blp.response(200, SchoolEstimatesSchema)
@blp.alt_response(304, description=UNCHANGED)
@refuses(blp, "invalid")
@allow(Who.STAFF | Who.OFFICER, audits=True)
def school_estimates(query: dict[str, Any], school_id: UUID) -> Any:
    """A school's, or one grade's; small groups are withheld."""
    asked = {"school_id": school_id, "now": clock().now(), **query}
    return respond(estimates_by_week.ask_school(session(), actor=actor(), **asked))


@blp.route("/districts/<uuid:district_id>/trends/estimates")
@blp.arguments(PeriodQuerySchema(), location="query")
@blp.response(200, DistrictEstimatesSchema)
@blp.alt_response(304, description=UNCHANGED)
@refuses(blp, "invalid")
@allow(Who.OFFICER, audits=True)
def district_estimates(query: dict[str, Any], district_id: UUID) -> Any:
    """A district's; small groups are withheld."""
    asked = {"district_id": district_id, "now": clock().now(), **query}
    return respond(estimates_by_week.ask_district(session(), actor=actor(), **asked))
