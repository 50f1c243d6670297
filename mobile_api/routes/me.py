"""Who is signed in, on which devices, and with what password."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from backend.services.identity import me, password_sign_in, sessions
from mobile_api import transaction
from mobile_api.auth import Who, actor, allow, clock, settings
from mobile_api.refusals import refuses
from mobile_api.schemas.auth import PasswordSchema
from mobile_api.schemas.me import MeSchema, SessionsSchema
from mobile_api.transaction import session

blp = Blueprint("me", __name__, url_prefix="/api/v1", description="Oneself")


@blp.route("/me")
@blp.response(200, MeSchema)
@refuses(blp, "password_change_required")
@allow(Who.ANYONE | Who.TABLET)
def get_me() -> Any:
    """Everything a client needs at start: school, posts, children, consent."""
    return me.describe_me(session(), actor=actor(), now=clock().now())


@blp.route("/me/sessions")
@blp.response(200, SessionsSchema)
@refuses(blp)
@allow(Who.ANYONE)
def list_sessions() -> Any:
    """One's own devices that are signed in, the newest first."""
    rows = sessions.list_sessions(session(), actor=actor(), now=clock().now())
    return {"items": [sessions_row(row) for row in rows]}


def sessions_row(row: Any) -> dict[str, Any]:
    """A session with whether it is the one that asks."""
    names = ("id", "device_name", "installation_id", "created_at", "expires_at")
    return {name: getattr(row, name) for name in names} | {"is_current": row.id == actor().session_id}


@blp.route("/me/sessions/<uuid:session_id>", methods=["DELETE"])
@blp.response(204)
@refuses(blp)
@allow(Who.ANYONE)
def end_session(session_id: UUID) -> None:
    """Sign one of one's own devices out."""
    sessions.end_session(session(), actor=actor(), session_id=session_id, now=clock().now())


@blp.route("/me/password", methods=["PUT"])
@blp.arguments(PasswordSchema)
@blp.response(204)
@refuses(blp, "invalid", "password_too_weak", "too_many_attempts")
@allow(Who.STAFF | Who.OFFICER, before_password_change=True)
def change_password(body: dict[str, Any]) -> None:
    """Change one's own password; every other device is signed out."""
    key = settings().required_secret_key()
    password_sign_in.change_password(
        session(), actor=actor(), **body, secret_key=key, now=clock().now(), pause=transaction.pause
    )
