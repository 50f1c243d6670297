"""Tonight's board of a class, its sheets marked as read at once, and the recorder's log of what was really set."""

import datetime as dt
from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from backend.services.nights import boards, class_reviews
from backend.services.planning import set_log
from mobile_api import transaction
from mobile_api.auth import Who, actor, allow, bearer_hash, clock
from mobile_api.refusals import refuses
from mobile_api.schemas.boards import BoardSchema, ClassReviewSchema, SetLogAnswerSchema, SetLogSchema, SetSchema
from mobile_api.transaction import session

blp = Blueprint("boards", __name__, url_prefix="/api/v1", description="A class's evening")


@blp.route("/classes/<uuid:class_id>/nights/<date:night>")
@blp.response(200, BoardSchema)
@refuses(blp)
@allow(Who.STAFF, notes_look=True)
def get_board(class_id: UUID, night: dt.date) -> Any:
    """The class's evening in roll order: all of it to the homeroom teacher, the own subject's minutes to a teacher."""
    return boards.get_board(session(), actor=actor(), class_id=class_id, night=night, now=clock().now())


@blp.route("/classes/<uuid:class_id>/nights/<date:night>/reviews", methods=["PUT"])
@blp.response(200, ClassReviewSchema)
@refuses(blp)
@allow(Who.STAFF)
def review_class(class_id: UUID, night: dt.date) -> Any:
    """Mark every handed-in, unread sheet without a guardian's line as read; one row in the audit log."""
    now, who, token = clock().now(), actor(), bearer_hash()
    return transaction.retried(
        lambda: class_reviews.review_class(
            session(), actor=who, token_hash=token, class_id=class_id, night=night, now=now
        )
    )


@blp.route("/classes/<uuid:class_id>/nights/<date:night>/set")
@blp.response(200, SetSchema)
@refuses(blp)
@allow(Who.STUDENT | Who.GUARDIAN | Who.STAFF)
def get_set(class_id: UUID, night: dt.date) -> Any:
    """Planned, really set and really taken, side by side; what it took is the homeroom teacher's alone."""
    return set_log.get_set(session(), actor=actor(), class_id=class_id, night=night, now=clock().now())


@blp.route("/classes/<uuid:class_id>/nights/<date:night>/set", methods=["PUT"])
@blp.arguments(SetLogSchema)
@blp.response(200, SetLogAnswerSchema)
@refuses(blp, "invalid")
@allow(Who.STUDENT | Who.GUARDIAN | Who.STAFF)
def record_set(body: dict[str, Any], class_id: UUID, night: dt.date) -> Any:
    """Note what was really set that day: one line a subject, replacing the night's log."""
    items = [set_log.SetItem(**item) for item in body["items"]]
    return set_log.record_set(session(), actor=actor(), class_id=class_id, night=night, items=items, now=clock().now())
