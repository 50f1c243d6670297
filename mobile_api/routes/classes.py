"""A class before its evening: the plan with its budget, "none today", and the estimate offered to the teacher."""

import datetime as dt
from typing import Any
from uuid import UUID

from flask import Response, jsonify, request
from flask_smorest import Blueprint

from backend.services.planning import estimate_offers, own_classes, plans
from mobile_api.auth import Who, actor, allow, clock
from mobile_api.refusals import refuses
from mobile_api.schemas.classes import (
    NoneAnswerSchema,
    NoneSchema,
    OfferAnswerSchema,
    OfferQuerySchema,
    OwnClassesSchema,
    PeriodSchema,
    PlanSchema,
)
from mobile_api.transaction import session

blp = Blueprint("classes", __name__, url_prefix="/api/v1", description="A class's plan")


@blp.route("/me/classes")
@blp.response(200, OwnClassesSchema)
@refuses(blp)
@allow(Who.STAFF)
def list_own_classes() -> Any:
    """The classes that one's posts reach, with subjects and roles, and the school's days around today."""
    return own_classes.list_own_classes(session(), actor=actor(), now=clock().now())


@blp.route("/classes/<uuid:class_id>/plan")
@blp.arguments(PeriodSchema, location="query")
@blp.response(200, PlanSchema)
@blp.alt_response(304, description="Unchanged since the ETag in If-None-Match")
@refuses(blp, "invalid")
@allow(Who.STAFF)
def get_plan(query: dict[str, Any], class_id: UUID) -> Response:
    """The class's budget a night: cap, planned by whom, what is left."""
    plan = plans.get_plan(session(), actor=actor(), class_id=class_id, now=clock().now(), **query)
    response: Response = jsonify(PlanSchema().dump(plan))
    response.add_etag()
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(request)
    return response


@blp.route("/classes/<uuid:class_id>/subjects/<string:subject>/nights/<date:night>/none", methods=["PUT"])
@blp.arguments(NoneSchema)
@blp.response(200, NoneAnswerSchema)
@refuses(blp, "invalid")
@allow(Who.STAFF)
def declare_none(body: dict[str, Any], class_id: UUID, subject: str, night: dt.date) -> Any:
    """Say that a subject sets nothing for a night, or take it back."""
    return estimate_offers.declare_none(
        session(), actor=actor(), class_id=class_id, subject=subject, night=night, now=clock().now(), **body
    )


@blp.route("/classes/<uuid:class_id>/subjects/<string:subject>/offer")
@blp.arguments(OfferQuerySchema, location="query")
@blp.response(200, OfferAnswerSchema)
@refuses(blp, "invalid")
@allow(Who.STAFF)
def get_offer(query: dict[str, Any], class_id: UUID, subject: str) -> Any:
    """The next estimate from what similar work took: to the teacher of class and subject alone."""
    return estimate_offers.get_offer(
        session(), actor=actor(), class_id=class_id, subject=subject, now=clock().now(), **query
    )
