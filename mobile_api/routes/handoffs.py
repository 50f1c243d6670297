"""What a homeroom teacher hands on to a subject teacher, and the list of it on that teacher's desk."""

import datetime as dt
from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from backend.services.nights import handoffs
from mobile_api.auth import Who, actor, allow, clock
from mobile_api.refusals import refuses
from mobile_api.schemas.handoffs import HandoffIn, HandoffsSchema
from mobile_api.transaction import session

blp = Blueprint("handoffs", __name__, url_prefix="/api/v1", description="How long it really took, handed on")


@blp.route("/classes/<uuid:class_id>/nights/<date:night>/handoffs", methods=["POST"])
@blp.arguments(HandoffIn)
@blp.response(201, HandoffsSchema)
@refuses(blp, "invalid")
@allow(Who.STAFF)
def hand_on(body: dict[str, Any], class_id: UUID, night: dt.date) -> Any:
    """Tell the subject's teachers what one homework took the class; the server takes the figure, nobody is pushed."""
    made = handoffs.hand_on(session(), actor=actor(), class_id=class_id, night=night, now=clock().now(), **body)
    return {"items": made, "next_cursor": None}


@blp.route("/me/handoffs")
@blp.response(200, HandoffsSchema)
@refuses(blp)
@allow(Who.STAFF)
def list_handoffs() -> Any:
    """What was handed on to oneself, newest first, at most 100."""
    return {"items": handoffs.list_handoffs(session(), actor=actor()), "next_cursor": None}


@blp.route("/me/handoffs/<uuid:handoff_id>/read", methods=["PUT"])
@blp.response(204)
@refuses(blp)
@allow(Who.STAFF)
def read_handoff(handoff_id: UUID) -> None:
    """Mark one as read."""
    handoffs.read_handoff(session(), actor=actor(), handoff_id=handoff_id, now=clock().now())
