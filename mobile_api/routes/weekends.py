"""Weekends and holidays of a class, approved by its grade head."""

import datetime as dt
from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from backend.services.planning import weekends
from mobile_api.auth import Who, actor, allow, clock
from mobile_api.refusals import refuses
from mobile_api.schemas.weekends import (
    WeekendDecisionSchema,
    WeekendQuerySchema,
    WeekendSchema,
    WeekendsSchema,
)
from mobile_api.transaction import session

blp = Blueprint("weekends", __name__, url_prefix="/api/v1", description="Weekends and holidays of a class")


@blp.route("/schools/<uuid:school_id>/weekends")
@blp.arguments(WeekendQuerySchema, location="query")
@blp.response(200, WeekendsSchema)
@refuses(blp, "invalid")
@allow(Who.STAFF)
def list_weekends(query: dict[str, Any], school_id: UUID) -> Any:
    """The next weekend of a grade's classes to its head, of every class to the academic office."""
    return weekends.list_weekends(session(), actor=actor(), school_id=school_id, now=clock().now(), **query)


@blp.route("/classes/<uuid:class_id>/weekends/<date:night>")
@blp.response(200, WeekendSchema)
@refuses(blp)
@allow(Who.STAFF)
def get_weekend(class_id: UUID, night: dt.date) -> Any:
    """The weekend of a class that holds this night, else the next."""
    return weekends.get_weekend(session(), actor=actor(), class_id=class_id, night=night, now=clock().now())


@blp.route("/classes/<uuid:class_id>/weekends/<date:night>/decision", methods=["PUT"])
@blp.arguments(WeekendDecisionSchema)
@blp.response(200, WeekendSchema)
@refuses(blp, "invalid", "version_mismatch")
@allow(Who.STAFF)
def decide_weekend(body: dict[str, Any], class_id: UUID, night: dt.date) -> Any:
    """The grade head approves what is planned, or sends it back with a note."""
    seen = [(each["id"], each["version"]) for each in body.pop("seen")]
    return weekends.decide_weekend(
        session(), actor=actor(), class_id=class_id, night=night, seen=seen, now=clock().now(), **body
    )
