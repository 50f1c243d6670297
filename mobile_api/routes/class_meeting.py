"""The week's sheet for the class meeting."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from backend.services.figures import class_meeting
from mobile_api.auth import Who, actor, allow, clock
from mobile_api.refusals import refuses
from mobile_api.schemas.class_meeting import ClassMeetingQuery, ClassMeetingSchema
from mobile_api.transaction import session

blp = Blueprint("class_meeting", __name__, url_prefix="/api/v1", description="The weekly class meeting")


@blp.route("/classes/<uuid:class_id>/meeting")
@blp.arguments(ClassMeetingQuery, location="query")
@blp.response(200, ClassMeetingSchema)
@refuses(blp, "invalid")
@allow(Who.STAFF)
def get_class_meeting(query: dict[str, Any], class_id: UUID) -> Any:
    """A week in figures of many and in words, fit to be read out in front of the class."""
    return class_meeting.get_class_meeting(
        session(), actor=actor(), class_id=class_id, day=query["day"], now=clock().now()
    )
