"""Signing in and out, and the one-time codes with which families do."""

from typing import Any
from uuid import UUID

from flask import request
from flask_smorest import Blueprint

from backend.domain.errors import ClaimRefused
from backend.services.identity import password_sign_in, sessions, signing_in
from mobile_api import transaction
from mobile_api.auth import Who, actor, allow, clock, public, settings
from mobile_api.refusals import refuses
from mobile_api.schemas.auth import ClaimSchema, CredentialsSchema, IssuedClaimSchema, SignedInSchema
from mobile_api.transaction import session

blp = Blueprint("auth", __name__, url_prefix="/api/v1", description="Signing in and out")


def address() -> str:
    """The caller's address, as far as the proxies in front are trusted."""
    return request.remote_addr or ""


@blp.route("/auth/claims", methods=["POST"])
@blp.arguments(ClaimSchema)
@blp.response(201, SignedInSchema)
@refuses(blp, "claim_refused", "too_many_attempts", "invalid")
@blp.doc(security=[])
@public
def claim(body: dict[str, Any]) -> Any:
    """Sign a phone in with a one-time code; again within ten minutes if the answer was lost."""
    key = settings().required_secret_key()
    try:
        return signing_in.claim(session(), **body, address=address(), secret_key=key, now=clock().now())
    except ClaimRefused:
        transaction.keep()
        raise


@blp.route("/auth/sessions", methods=["POST"])
@blp.arguments(CredentialsSchema)
@blp.response(201, SignedInSchema)
@refuses(blp, "credentials_refused", "too_many_attempts", "invalid")
@blp.doc(security=[])
@public
def sign_in(body: dict[str, Any]) -> Any:
    """Sign a member of staff or a district officer in with a name and a password."""
    typed = {name: body.pop(name) for name in ("school", "district", "login", "password")}
    return password_sign_in.sign_in(
        session(),
        credentials=password_sign_in.Credentials(**typed),
        **body,
        address=address(),
        secret_key=settings().required_secret_key(),
        now=clock().now(),
        pause=transaction.pause,
    )


@blp.route("/auth/sessions/current", methods=["DELETE"])
@blp.response(204)
@refuses(blp)
@allow(Who.ANYONE | Who.TABLET, before_password_change=True)
def sign_out() -> None:
    """Sign this device out; it gets no more reminders."""
    sessions.end_session(session(), actor=actor(), session_id=actor().session_id, now=clock().now())


@blp.route("/students/<uuid:student_id>/claims", methods=["POST"])
@blp.response(201, IssuedClaimSchema)
@refuses(blp)
@allow(Who.GUARDIAN | Who.STAFF)
def issue_student_claim(student_id: UUID) -> Any:
    """A new code for a student: a guardian binds the child's own phone, the school renews a slip."""
    return issue(student_id)


@blp.route("/guardians/<uuid:guardian_id>/claims", methods=["POST"])
@blp.response(201, IssuedClaimSchema)
@refuses(blp)
@allow(Who.STAFF)
def issue_guardian_claim(guardian_id: UUID) -> Any:
    """A new code for a guardian: homeroom teacher of a child's class, or academic office."""
    return issue(guardian_id)


def issue(person_id: UUID) -> dict[str, Any]:
    """Make the code; whoever may not gets the answer of an unknown id."""
    key = settings().required_secret_key()
    code, expires_at = signing_in.issue_claim(
        session(), actor=actor(), person_id=person_id, secret_key=key, now=clock().now()
    )
    return {"code": code, "expires_at": expires_at}
