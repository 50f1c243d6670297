"""Homework: drafted or published for a class, changed from a named version, withdrawn."""

from typing import Any
from uuid import UUID

from flask import request
from flask_smorest import Blueprint

from backend.services.planning import assignment_versions, assignments
from backend.services.planning.stated_homework import Homework
from mobile_api.auth import Who, actor, allow, clock
from mobile_api.refusals import refuses
from mobile_api.schemas.assignments import (
    AssignmentChangeSchema,
    AssignmentVersionsSchema,
    AssignmentWithBudgetSchema,
    NewAssignmentSchema,
    PublicationSchema,
    estimates_of,
)
from mobile_api.transaction import session

blp = Blueprint("assignments", __name__, url_prefix="/api/v1", description="Homework and its publication")
IF_MATCH = {"name": "If-Match", "in": "header", "required": True, "schema": {"type": "string"}, "example": '"3"'}


@blp.route("/classes/<uuid:class_id>/assignments", methods=["POST"])
@blp.arguments(NewAssignmentSchema)
@blp.response(201, AssignmentWithBudgetSchema)
@refuses(blp, "invalid", "over_cap_reason_required", "over_cap_refused")
@allow(Who.STAFF)
def create_assignment(body: dict[str, Any], class_id: UUID) -> Any:
    """Draft homework for a class, or publish it at once."""
    publish, reason, own_id = body.pop("publish"), body.pop("over_cap_reason"), body.pop("id")
    stated = Homework(**(body | {"tiers": estimates_of(body["tiers"])}))
    made = assignments.create_assignment(
        session(),
        actor=actor(),
        class_id=class_id,
        stated=stated,
        publish=publish,
        over_cap_reason=reason,
        now=clock().now(),
        assignment_id=own_id,
    )
    return made, 201, etag(made)


@blp.route("/assignments/<uuid:assignment_id>")
@blp.response(200, AssignmentWithBudgetSchema)
@refuses(blp)
@allow(Who.STAFF)
def get_assignment(assignment_id: UUID) -> Any:
    """One assignment with its nights' budgets; the ETag is its version."""
    found = assignments.get_assignment(session(), actor=actor(), assignment_id=assignment_id, now=clock().now())
    return found, 200, etag(found)


@blp.route("/assignments/<uuid:assignment_id>/versions")
@blp.response(200, AssignmentVersionsSchema)
@refuses(blp)
@allow(Who.STAFF)
def list_versions(assignment_id: UUID) -> Any:
    """What was changed, when and by whom, the newest first."""
    return assignment_versions.list_versions(session(), actor=actor(), assignment_id=assignment_id, now=clock().now())


@blp.route("/assignments/<uuid:assignment_id>", methods=["PATCH"], parameters=[IF_MATCH])
@blp.arguments(AssignmentChangeSchema)
@blp.response(200, AssignmentWithBudgetSchema)
@refuses(blp, "invalid", "over_cap_reason_required", "over_cap_refused", "version_mismatch", "version_required")
@allow(Who.STAFF)
def change_assignment(body: dict[str, Any], assignment_id: UUID) -> Any:
    """Change homework from the version named in If-Match; changed estimates hold from now on."""
    reason = body.pop("over_cap_reason")
    changes = body | ({"tiers": estimates_of(body["tiers"])} if "tiers" in body else {})
    changed = assignments.change_assignment(
        session(),
        actor=actor(),
        assignment_id=assignment_id,
        version=named_version(),
        changes=changes,
        over_cap_reason=reason,
        now=clock().now(),
    )
    return changed, 200, etag(changed)


@blp.route("/assignments/<uuid:assignment_id>/publication", methods=["PUT"])
@blp.arguments(PublicationSchema)
@blp.response(200, AssignmentWithBudgetSchema)
@refuses(blp, "invalid", "over_cap_reason_required", "over_cap_refused")
@allow(Who.STAFF)
def set_publication(body: dict[str, Any], assignment_id: UUID) -> Any:
    """Publish or withdraw; the same request twice does nothing the second time."""
    found = assignments.set_publication(
        session(), actor=actor(), assignment_id=assignment_id, now=clock().now(), **body
    )
    return found, 200, etag(found)


def etag(document: dict[str, Any]) -> dict[str, str]:
    """The ETag header of an assignment: its version."""
    return {"ETag": f'"{document["version"]}"'}


def named_version() -> int | None:
    """The version of If-Match; None without one, 0 (which never stands) for what is not a version."""
    named = request.headers.get("If-Match")
    if named is None:
        return None
    number = named.strip().removeprefix("W/").strip('"')
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0
