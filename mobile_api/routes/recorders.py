"""Class recorders (学习委员): named by the homeroom teacher, for the log of what was really set."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from backend.services.planning import recorders
from mobile_api.auth import Who, actor, allow, clock
from mobile_api.refusals import refuses
from mobile_api.schemas.recorders import RecordersSchema
from mobile_api.transaction import session

blp = Blueprint("recorders", __name__, url_prefix="/api/v1", description="Class recorders")


@blp.route("/classes/<uuid:class_id>/recorders")
@blp.response(200, RecordersSchema)
@refuses(blp)
@allow(Who.STAFF)
def list_recorders(class_id: UUID) -> Any:
    """The class with who records: to its homeroom teacher."""
    return recorders.list_recorders(session(), actor=actor(), class_id=class_id, now=clock().now())


@blp.route("/classes/<uuid:class_id>/recorders/<uuid:student_id>", methods=["PUT"])
@blp.response(200, RecordersSchema)
@refuses(blp, "invalid")
@allow(Who.STAFF)
def appoint_recorder(class_id: UUID, student_id: UUID) -> Any:
    """Name a pupil recorder: two at most."""
    return recorders.appoint_recorder(
        session(), actor=actor(), class_id=class_id, student_id=student_id, now=clock().now()
    )


@blp.route("/classes/<uuid:class_id>/recorders/<uuid:student_id>", methods=["DELETE"])
@blp.response(200, RecordersSchema)
@refuses(blp)
@allow(Who.STAFF)
def end_recorder(class_id: UUID, student_id: UUID) -> Any:
    """End a pupil's post as recorder at once; what was logged stays."""
    return recorders.end_recorder(session(), actor=actor(), class_id=class_id, student_id=student_id, now=clock().now())
