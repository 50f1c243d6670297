"""A guardian's consent: what is asked, and the answer."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from backend.services.rights import consents
from mobile_api.auth import Who, actor, allow, clock
from mobile_api.consent_text import consent_texts
from mobile_api.refusals import refuses
from mobile_api.schemas.consents import ConsentDecisionSchema, ConsentSchema, ConsentStateSchema
from mobile_api.transaction import session

blp = Blueprint("consents", __name__, url_prefix="/api/v1", description="A guardian's consent")


@blp.route("/students/<uuid:student_id>/consent")
@blp.response(200, ConsentSchema)
@refuses(blp)
@allow(Who.FAMILY)
def get_consent(student_id: UUID) -> Any:
    """Where consent stands, and the text in both languages."""
    view = consents.get_consent(session(), actor=actor(), student_id=student_id, now=clock().now())
    return vars(view) | {"texts": consent_texts(view.text_version, view.school_name)}


@blp.route("/students/<uuid:student_id>/consent", methods=["PUT"])
@blp.arguments(ConsentDecisionSchema)
@blp.response(200, ConsentStateSchema)
@refuses(blp, "invalid")
@allow(Who.GUARDIAN)
def decide_consent(body: dict[str, Any], student_id: UUID) -> Any:
    """Grant, refuse or withdraw; a withdrawal stops new entries at once and is told to the others."""
    return consents.decide_consent(session(), actor=actor(), student_id=student_id, **body, now=clock().now())
