"""Policies of a school and of a district: set from tomorrow on, explained with their sources."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from backend.services.school import policy_setting
from mobile_api.auth import Who, actor, allow, clock
from mobile_api.refusals import refuses
from mobile_api.schemas.policies import (
    DistrictPoliciesSchema,
    DistrictPolicySchema,
    PoliciesSetSchema,
    SchoolPoliciesSchema,
    SchoolPolicySchema,
    document_of,
)
from mobile_api.transaction import session

blp = Blueprint("policies", __name__, url_prefix="/api/v1", description="Caps, sleep targets and times")


@blp.route("/schools/<uuid:school_id>/policies")
@blp.response(200, SchoolPoliciesSchema)
@refuses(blp)
@allow(Who.STAFF)
def list_school_policies(school_id: UUID) -> Any:
    """What the school has set, and what holds for each class tonight, with sources."""
    return policy_setting.list_school_policies(session(), actor=actor(), school_id=school_id, now=clock().now())


@blp.route("/schools/<uuid:school_id>/policies", methods=["POST"])
@blp.arguments(SchoolPolicySchema)
@blp.response(201, PoliciesSetSchema)
@refuses(blp, "invalid", "policy_refused", "reason_required")
@allow(Who.STAFF)
def set_school_policy(body: dict[str, Any], school_id: UUID) -> Any:
    """Set fields from tomorrow or later; looser than district or preset needs a reason and warns."""
    return policy_setting.set_school_policy(
        session(), actor=actor(), school_id=school_id, document=document_of(body), now=clock().now()
    )


@blp.route("/districts/<uuid:district_id>/policies")
@blp.response(200, DistrictPoliciesSchema)
@refuses(blp)
@allow(Who.OFFICER)
def list_district_policies(district_id: UUID) -> Any:
    """What the district has set, and what its schools have set looser."""
    return policy_setting.list_district_policies(session(), actor=actor(), district_id=district_id)


@blp.route("/districts/<uuid:district_id>/policies", methods=["POST"])
@blp.arguments(DistrictPolicySchema)
@blp.response(201, PoliciesSetSchema)
@refuses(blp, "invalid", "policy_refused", "reason_required")
@allow(Who.OFFICER)
def set_district_policy(body: dict[str, Any], district_id: UUID) -> Any:
    """Set fields for all schools of the district."""
    return policy_setting.set_district_policy(
        session(), actor=actor(), district_id=district_id, document=document_of(body), now=clock().now()
    )
