"""Whether messages arrive: a test to oneself, families who are not reached, and what became of a school's reminders."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from backend.domain.night import days_after
from backend.services.reminders import delivery_figures, reachability, trial_messages
from backend.services.school.schools import get_school
from mobile_api.auth import Who, actor, allow, clock, settings
from mobile_api.refusals import refuses
from mobile_api.schemas.reach import (
    ClassReachabilitySchema,
    DeliveryFiguresSchema,
    LatestTrialSchema,
    NightsQuerySchema,
    SchoolReachabilitySchema,
    TrialSchema,
)
from mobile_api.transaction import session

blp = Blueprint("reach", __name__, url_prefix="/api/v1", description="Whether messages arrive")
WEEK = 6


@blp.route("/me/reminders/test")
@blp.response(200, LatestTrialSchema)
@refuses(blp)
@allow(Who.PEOPLE)
def get_trial() -> Any:
    """What became of one's latest test message."""
    return {"latest": trial_messages.find_trial(session(), actor=actor(), now=clock().now())}


@blp.route("/me/reminders/test", methods=["POST"])
@blp.response(201, TrialSchema)
@refuses(blp, "too_many_attempts")
@allow(Who.PEOPLE)
def send_trial() -> Any:
    """Send oneself a test message, the way every reminder goes: once a minute, five times a day."""
    return trial_messages.send_trial(session(), actor=actor(), now=clock().now())


@blp.route("/classes/<uuid:class_id>/reachability")
@blp.response(200, ClassReachabilitySchema)
@refuses(blp)
@allow(Who.STAFF, notes_look=True)
def class_reachability(class_id: UUID) -> Any:
    """Which families of one's own class no message reaches, and why; noted in the audit log."""
    return reachability.class_reachability(
        session(), actor=actor(), class_id=class_id, channels=settings().channels, now=clock().now()
    )


@blp.route("/schools/<uuid:school_id>/reachability")
@blp.response(200, SchoolReachabilitySchema)
@refuses(blp)
@allow(Who.STAFF)
def school_reachability(school_id: UUID) -> Any:
    """How many families of each class no message reaches; small numbers are withheld."""
    return reachability.school_reachability(
        session(), actor=actor(), school_id=school_id, channels=settings().channels, now=clock().now()
    )


@blp.route("/schools/<uuid:school_id>/deliveries")
@blp.arguments(NightsQuerySchema, location="query")
@blp.response(200, DeliveryFiguresSchema)
@refuses(blp, "invalid")
@allow(Who.STAFF)
def delivery_figures_of(query: dict[str, Any], school_id: UUID) -> Any:
    """What became of reminders, by night and code and by night and channel; small numbers are withheld."""
    now = clock().now()
    last = query["last"] or get_school(session(), school_id=actor().school_id, now=now).today
    first = query["first"] or days_after(last, -WEEK)
    return delivery_figures.get_figures(session(), actor=actor(), school_id=school_id, first=first, last=last, now=now)
