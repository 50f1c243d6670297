"""The key by which browsers let this school, and nobody else, push to them (Web Push, VAPID). Sending is not here."""

from typing import Any

from flask_smorest import Blueprint

from backend.settings import Settings
from mobile_api.auth import settings, standalone
from mobile_api.refusals import refuses
from mobile_api.schemas.devices import PushKeySchema

blp = Blueprint("push_key", __name__, url_prefix="/api/v1", description="Web Push")


@blp.route("/push-key")
@blp.response(200, PushKeySchema)
@refuses(blp)
@standalone
def get_push_key() -> Any:
    """By what a phone registers for push: the key of Web Push, Firebase's web app; null for what is not turned on."""
    return {"key": public_key_of(settings()), "firebase": firebase_of(settings())}


def firebase_of(held: Settings) -> Any:
    """Firebase's web app; None while this installation does not send by it: then no phone has a reason to register."""
    return held.firebase_web if "fcm" in held.channels else None


def public_key_of(held: Settings) -> str | None:
    """The public key in base64url; None while this installation has no channel for Web Push."""
    found = getattr(held, "web_push_public_key", None)
    return found if isinstance(found, str) else None
