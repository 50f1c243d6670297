"""The class tablet: the homeroom teacher switches it on, pupils add today's work done at school."""

import datetime as dt
from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from backend.domain.errors import Conflict, Gone
from backend.domain.sheet import ChangeResult
from backend.services.identity import tablets
from backend.services.identity.tablets import WrongPictures
from backend.services.nights.recording import Recorded
from mobile_api import transaction
from mobile_api.auth import Who, actor, allow, bearer_hash, clock, settings
from mobile_api.recorded import entry_change
from mobile_api.refusals import refuses
from mobile_api.schemas.night_changes import offset_of
from mobile_api.schemas.tablets import (
    PictureCodeSchema,
    PupilsSchema,
    ReceiptSchema,
    TabletAssignmentsSchema,
    TabletEntrySchema,
    TabletSchema,
    TabletStateSchema,
)
from mobile_api.transaction import session

blp = Blueprint("tablets", __name__, url_prefix="/api/v1", description="The class tablet")


@blp.route("/classes/<uuid:class_id>/tablet", methods=["PUT"])
@blp.arguments(TabletSchema)
@blp.response(200, TabletStateSchema)
@refuses(blp, "invalid")
@allow(Who.STAFF)
def set_tablet(body: dict[str, Any], class_id: UUID) -> Any:
    """Give the class a tablet (a new token, the old one ends) or take it away."""
    return tablets.set_tablet(session(), actor=actor(), class_id=class_id, **body, now=clock().now())


@blp.route("/students/<uuid:student_id>/picture-code", methods=["PUT"])
@blp.arguments(PictureCodeSchema)
@blp.response(204)
@refuses(blp, "invalid")
@allow(Who.GUARDIAN | Who.STAFF)
def set_picture_code(body: dict[str, Any], student_id: UUID) -> None:
    """Choose the three pictures with which a pupil is known on the class tablet."""
    key = settings().required_secret_key()
    tablets.set_picture_code(session(), actor=actor(), student_id=student_id, **body, secret_key=key, now=clock().now())


@blp.route("/tablet/pupils")
@blp.response(200, PupilsSchema)
@refuses(blp)
@allow(Who.TABLET)
def list_pupils() -> Any:
    """The pupils of the tablet's class."""
    return {"items": tablets.list_pupils(session(), actor=actor(), now=clock().now())}


@blp.route("/tablet/assignments")
@blp.response(200, TabletAssignmentsSchema)
@refuses(blp)
@allow(Who.TABLET)
def list_assignments() -> Any:
    """Tonight's homework of the tablet's class."""
    return {"items": tablets.list_assignments(session(), actor=actor(), now=clock().now())}


@blp.route("/tablet/pupils/<uuid:student_id>/entries/<uuid:entry_id>", methods=["PUT"])
@blp.arguments(TabletEntrySchema)
@blp.response(200, ReceiptSchema)
@refuses(blp, "invalid", "consent_required", "forbidden", "conflict", "gone", "too_many_attempts")
@allow(Who.TABLET)
def add_entry(body: dict[str, Any], student_id: UUID, entry_id: UUID) -> Any:
    """Add one entry of today, done at school; sent twice, it does nothing the second time."""
    now = clock().now()
    try:
        recorded = transaction.retried(lambda: add(body, student_id, entry_id, now))
    except WrongPictures:
        transaction.keep()
        raise
    return {"entry_id": entry_id, "result": taken(recorded), "received_at": now}


def add(body: dict[str, Any], student_id: UUID, entry_id: UUID, now: dt.datetime) -> Recorded:
    """Hand the entry to the service."""
    return tablets.add_entry(
        session(),
        actor=actor(),
        token_hash=bearer_hash(),
        student_id=student_id,
        pictures=body["picture_code"],
        entry=entry_change(entry_id, body),
        secret_key=settings().required_secret_key(),
        now=now,
        offset=offset_of(now, body.get("sent_at")),
    )


def taken(recorded: Recorded) -> ChangeResult:
    """What became of the entry; raises the refusal, without what stands on the sheet: the tablet shows no sheet."""
    outcome = recorded.outcomes[0]
    if outcome.error is not None:
        raise outcome.error
    if outcome.result is ChangeResult.gone:
        raise Gone("this id was deleted and stays deleted")
    if outcome.result is ChangeResult.conflict:
        raise Conflict("this id is another entry")
    return outcome.result
