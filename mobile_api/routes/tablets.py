"""The class tablet: the homeroom teacher starts one with a code, pupils add today's work done at school."""

import datetime as dt
from typing import Any
from uuid import UUID

from flask import request
from flask_smorest import Blueprint

from backend.domain.errors import ClaimRefused, Conflict, Gone
from backend.domain.sheet import ChangeResult
from backend.services.identity import picture_codes, tablets
from backend.services.identity.tablets import WrongPictures
from backend.services.nights.recording import Recorded
from mobile_api import transaction
from mobile_api.auth import Who, actor, allow, bearer_hash, clock, public, settings
from mobile_api.recorded import entry_change
from mobile_api.refusals import refuses
from mobile_api.schemas.night_changes import offset_of
from mobile_api.schemas.tablets import (
    MadePictureCodesSchema,
    MakePictureCodesSchema,
    NewTabletSchema,
    PictureCodeSchema,
    PictureCodesSchema,
    PupilsSchema,
    ReceiptSchema,
    TabletAssignmentsSchema,
    TabletClaimSchema,
    TabletEntrySchema,
    TabletSignedInSchema,
    TabletsSchema,
)
from mobile_api.transaction import session

blp = Blueprint("tablets", __name__, url_prefix="/api/v1", description="The class tablet")


@blp.route("/classes/<uuid:class_id>/tablets")
@blp.response(200, TabletsSchema)
@refuses(blp)
@allow(Who.STAFF)
def list_tablets(class_id: UUID) -> Any:
    """The class's tablets that are in use or wait for their code: to its homeroom teacher and the office."""
    return tablets.list_tablets(session(), actor=actor(), class_id=class_id, now=clock().now())


@blp.route("/classes/<uuid:class_id>/tablets", methods=["POST"])
@blp.response(201, NewTabletSchema)
@refuses(blp)
@allow(Who.STAFF)
def start_tablet(class_id: UUID) -> Any:
    """A one-time code that makes one device a tablet of the class."""
    key = settings().required_secret_key()
    return tablets.start_tablet(session(), actor=actor(), class_id=class_id, secret_key=key, now=clock().now())


@blp.route("/classes/<uuid:class_id>/tablets/<uuid:tablet_id>", methods=["DELETE"])
@blp.response(204)
@refuses(blp)
@allow(Who.STAFF)
def end_tablet(class_id: UUID, tablet_id: UUID) -> None:
    """Take one tablet back: it shows no name from then on."""
    tablets.end_tablet(session(), actor=actor(), class_id=class_id, tablet_id=tablet_id, now=clock().now())


@blp.route("/auth/tablets", methods=["POST"])
@blp.arguments(TabletClaimSchema)
@blp.response(201, TabletSignedInSchema)
@refuses(blp, "claim_refused", "too_many_attempts", "invalid")
@blp.doc(security=[])
@public
def claim_tablet(body: dict[str, Any]) -> Any:
    """Make this device a class tablet with its one-time code."""
    key, address = settings().required_secret_key(), request.remote_addr or ""
    try:
        return tablets.claim_tablet(session(), **body, address=address, secret_key=key, now=clock().now())
    except ClaimRefused:
        transaction.keep()
        raise


@blp.route("/classes/<uuid:class_id>/picture-codes")
@blp.response(200, PictureCodesSchema)
@refuses(blp)
@allow(Who.STAFF)
def list_picture_codes(class_id: UUID) -> Any:
    """Who of the class has three pictures: to its homeroom teacher. Never which."""
    return picture_codes.list_picture_codes(session(), actor=actor(), class_id=class_id, now=clock().now())


@blp.route("/classes/<uuid:class_id>/picture-codes", methods=["POST"])
@blp.arguments(MakePictureCodesSchema)
@blp.response(201, MadePictureCodesSchema)
@refuses(blp, "invalid")
@allow(Who.STAFF)
def make_picture_codes(body: dict[str, Any], class_id: UUID) -> Any:
    """Make pictures for these pupils, or for all that have none: to be printed, for they are shown once."""
    key = settings().required_secret_key()
    return picture_codes.make_picture_codes(
        session(), actor=actor(), class_id=class_id, **body, secret_key=key, now=clock().now()
    )


@blp.route("/students/<uuid:student_id>/picture-code", methods=["PUT"])
@blp.arguments(PictureCodeSchema)
@blp.response(204)
@refuses(blp, "invalid")
@allow(Who.GUARDIAN | Who.STAFF)
def set_picture_code(body: dict[str, Any], student_id: UUID) -> None:
    """Choose the three pictures with which a pupil is known on the class tablet."""
    key = settings().required_secret_key()
    picture_codes.set_picture_code(
        session(), actor=actor(), student_id=student_id, **body, secret_key=key, now=clock().now()
    )


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
