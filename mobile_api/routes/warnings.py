"""Early warnings, and what was done about them. Reading may fix or keep figures, hence writes."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from backend.services.figures import early_warnings
from mobile_api.auth import Who, actor, allow, clock
from mobile_api.refusals import refuses
from mobile_api.schemas.warnings import EarlyWarningSchema, EarlyWarningsSchema, WarningActionSchema
from mobile_api.transaction import session

blp = Blueprint("warnings", __name__, url_prefix="/api/v1", description="Early warnings")


@blp.route("/classes/<uuid:class_id>/warnings")
@blp.response(200, EarlyWarningsSchema)
@refuses(blp)
@allow(Who.STAFF, audits=True)
def class_warnings(class_id: UUID) -> Any:
    """What in one class's last weeks deserves attention, and why."""
    return early_warnings.class_warnings(session(), actor=actor(), class_id=class_id, now=clock().now())


@blp.route("/schools/<uuid:school_id>/warnings")
@blp.response(200, EarlyWarningsSchema)
@refuses(blp)
@allow(Who.STAFF, audits=True)
def school_warnings(school_id: UUID) -> Any:
    """The same of every class of a school, or of the own grade."""
    return early_warnings.school_warnings(session(), actor=actor(), school_id=school_id, now=clock().now())


@blp.route("/classes/<uuid:class_id>/warnings/<uuid:warning_id>/closing", methods=["PUT"])
@blp.arguments(WarningActionSchema)
@blp.response(200, EarlyWarningSchema)
@refuses(blp, "invalid")
@allow(Who.STAFF)
def close_warning(body: dict[str, Any], class_id: UUID, warning_id: UUID) -> Any:
    """Close a warning by saying what was done; a second time changes nothing."""
    return early_warnings.close_warning(
        session(), actor=actor(), class_id=class_id, warning_id=warning_id, now=clock().now(), **body
    )
