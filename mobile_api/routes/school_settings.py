"""A school's own settings beside its policies, for its academic office."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from backend.domain import reminder_times
from backend.services.school import school_settings
from mobile_api.auth import Who, actor, allow, clock, settings
from mobile_api.refusals import refuses
from mobile_api.schemas.school_settings import SchoolSettingsChangeSchema, SchoolSettingsSchema
from mobile_api.transaction import session

blp = Blueprint("school_settings", __name__, url_prefix="/api/v1", description="What a school decides about itself")


@blp.route("/schools/<uuid:school_id>/settings")
@blp.response(200, SchoolSettingsSchema)
@refuses(blp)
@allow(Who.STAFF)
def get_settings(school_id: UUID) -> Any:
    """How the school's settings stand."""
    stands = school_settings.get_settings(session(), actor=actor(), school_id=school_id, now=clock().now())
    return _within(stands)


@blp.route("/schools/<uuid:school_id>/settings", methods=["PATCH"])
@blp.arguments(SchoolSettingsChangeSchema)
@blp.response(200, SchoolSettingsSchema)
@refuses(blp, "invalid")
@allow(Who.STAFF)
def change_settings(body: dict[str, Any], school_id: UUID) -> Any:
    """Change the settings named, from now on; noted in the audit log."""
    stands = school_settings.change_settings(
        session(), actor=actor(), school_id=school_id, changes=body, now=clock().now()
    )
    return _within(stands)


def _within(stands: Mapping[str, Any]) -> dict[str, Any]:
    """The settings, with what may be chosen."""
    return {**stands, "available_channels": list(settings().channels), "bounds": reminder_times.bounds()}
