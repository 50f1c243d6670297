"""The night: read it, and change it one record at a time (a phone that was offline uses ``/sync``)."""

import datetime as dt
import uuid
from typing import Any

from flask import Response, request
from flask_smorest import Blueprint

from backend.domain.errors import FieldProblem, Invalid
from backend.services.nights.changes import (
    Change,
    Confirm,
    DeleteEntry,
    MarkReview,
    PutNote,
    PutSleep,
    Stop,
    Submit,
    Versioning,
)
from backend.services.nights.nights import ask_night, range_of, read_nights
from backend.services.nights.recording import record_changes
from mobile_api import transaction
from mobile_api.auth import Who, actor, allow, bearer_hash, clock
from mobile_api.bodies import documents, takes
from mobile_api.recorded import answer, document, entry_change
from mobile_api.refusals import refuses
from mobile_api.schemas import night_changes, nights

blp = Blueprint("nights", __name__, url_prefix="/api/v1/students/<uuid:student_id>/nights", description="The night")

Night = dt.date
LONGEST_REASON = 500
Body = dict[str, Any]


def record(student_id: uuid.UUID, night: Night, change: Change, sent_at: dt.datetime | None = None) -> Response:
    """Apply one change and answer with what became of it."""
    now = clock().now()
    token = bearer_hash()
    recorded = transaction.retried(
        lambda: record_changes(
            transaction.session(),
            token_hash=token,
            student_id=student_id,
            night=night,
            changes=[change],
            now=now,
            offset=night_changes.offset_of(now, sent_at),
        )
    )
    return answer(recorded, change)


def _versioning(body: Body) -> dict[str, Any]:
    return {name: body[name] for name in Versioning.__dataclass_fields__}


@blp.route("/<date:night>")
@blp.response(200, nights.NightOut)
@blp.alt_response(304, description="Unchanged since the ETag in If-None-Match")
@refuses(blp)
@allow(Who.PEOPLE, notes_look=True)
def get_night(student_id: uuid.UUID, night: Night) -> Response:
    """One night: assignments, entries, loads, cap, sleep, state, versions.

    The academic office gives a reason in the header ``X-Reason``; it is recorded and shown to the family.
    """
    asked = ask_night(
        transaction.session(),
        actor=actor(),
        student_id=student_id,
        night=night,
        now=clock().now(),
        reason=reason(),
    )
    version, held = asked.version, request.if_none_match
    if not held.star_tag and held.contains_weak(version):
        return _with_etag(Response(status=304), version)
    found, settled = asked.read()
    return _with_etag(document(found), settled)


@blp.route("")
@blp.arguments(night_changes.NightsQuery, location="query")
@blp.response(200, nights.NightsOut)
@refuses(blp, "invalid")
@allow(Who.PEOPLE, notes_look=True)
def list_nights(query: Body, student_id: uuid.UUID) -> Response:
    """Several nights, oldest first, at most 62."""
    found = read_nights(
        transaction.session(),
        actor=actor(),
        student_id=student_id,
        nights=range_of(query["first"], query["last"]),
        now=clock().now(),
        reason=reason(),
    )
    return _with_etag(document({"items": found, "next_cursor": None}))


def reason() -> str | None:
    """Why the academic office looks: the octets of the header are UTF-8, which WSGI reads as Latin-1."""
    sent = request.headers.get("X-Reason")
    if sent is None:
        return None
    try:
        text = sent.encode("latin-1").decode()
    except UnicodeError:
        text = sent
    if len(text) > LONGEST_REASON or not text.isprintable():
        raise Invalid("no such reason can be kept", fields=[FieldProblem("X-Reason", "invalid")])
    return text


def _with_etag(response: Response, version: str | None = None) -> Response:
    """With an ETag: the version, or made of the body where there is none."""
    if version is None:
        response.add_etag()
    else:
        response.set_etag(version)
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(request)
    return response


@blp.route("/<date:night>/entries/<uuid:entry_id>", methods=["PUT"])
@takes(blp, night_changes.EntryIn())
@documents(blp.response(200, nights.RecordedOut))
@refuses(blp, "invalid", "night_in_future", "night_closed", "consent_required", "conflict", "gone")
@allow(Who.PEOPLE, in_statement=True)
def put_entry(body: Body, student_id: uuid.UUID, night: Night, entry_id: uuid.UUID) -> Response:
    """Write the full state of one entry under the phone's own id; sent twice, it does nothing the second time."""
    return record(student_id, night, entry_change(entry_id, body), body.get("sent_at"))


@blp.route("/<date:night>/entries/<uuid:entry_id>", methods=["DELETE"])
@takes(blp, night_changes.DeletionIn())
@documents(blp.response(200, nights.RecordedOut))
@refuses(blp, "invalid", "night_closed", "consent_required", "conflict", "gone")
@allow(Who.PEOPLE, in_statement=True)
def delete_entry(body: Body, student_id: uuid.UUID, night: Night, entry_id: uuid.UUID) -> Response:
    """Delete an entry; its id stays gone."""
    return record(student_id, night, DeleteEntry(id=entry_id, **_versioning(body)), body.get("sent_at"))


@blp.route("/<date:night>/sleep", methods=["PUT"])
@takes(blp, night_changes.SleepIn())
@documents(blp.response(200, nights.RecordedOut))
@refuses(blp, "invalid", "night_in_future", "night_closed", "consent_required", "conflict")
@allow(Who.PEOPLE, in_statement=True)
def put_sleep(body: Body, student_id: uuid.UUID, night: Night) -> Response:
    """Log lights-out, waking and nap. Logging lights-out submits the sheet."""
    fields = {name: body[name] for name in ("lights_out_at", "woke_at", "nap_minutes", "source")}
    return record(student_id, night, PutSleep(**fields, **_versioning(body)), body.get("sent_at"))


@blp.route("/<date:night>/note", methods=["PUT"])
@takes(blp, night_changes.NoteIn())
@documents(blp.response(200, nights.RecordedOut))
@refuses(blp, "invalid", "night_in_future", "forbidden", "consent_required", "conflict")
@allow(Who.PEOPLE, in_statement=True)
def put_note(body: Body, student_id: uuid.UUID, night: Night) -> Response:
    """The guardian's line to the teacher."""
    return record(student_id, night, PutNote(guardian_note=body["guardian_note"], **_versioning(body)))


@blp.route("/<date:night>/submission", methods=["PUT"])
@takes(blp, night_changes.SubmissionIn())
@documents(blp.response(200, nights.RecordedOut))
@refuses(blp, "invalid", "night_in_future", "night_closed", "consent_required")
@allow(Who.PEOPLE, in_statement=True)
def put_submission(body: Body, student_id: uuid.UUID, night: Night) -> Response:
    """Hand the sheet in; what runs ends. A guardian's own submission is confirmed by that act."""
    return record(student_id, night, Submit(), body.get("sent_at"))


@blp.route("/<date:night>/stop", methods=["PUT"])
@takes(blp, night_changes.StopIn())
@documents(blp.response(200, nights.RecordedOut))
@refuses(blp, "invalid", "night_in_future", "forbidden", "consent_required")
@allow(Who.PEOPLE, in_statement=True)
def put_stop(body: Body, student_id: uuid.UUID, night: Night) -> Response:
    """Stop homework for sleep: unfinished work is noted as stopped, nobody is blamed, nothing has to be made up."""
    return record(student_id, night, Stop(body["lights_out_at"]), body.get("sent_at"))


@blp.route("/<date:night>/confirmation", methods=["PUT"])
@takes(blp, night_changes.ConfirmationIn())
@documents(blp.response(200, nights.RecordedOut))
@refuses(blp, "invalid", "not_submitted", "forbidden", "version_mismatch")
@allow(Who.PEOPLE, in_statement=True)
def put_confirmation(body: Body, student_id: uuid.UUID, night: Night) -> Response:
    """Approve one version of the sheet: times and bedtime, never correctness."""
    return record(student_id, night, Confirm(body["sheet_version"]))


@blp.route("/<date:night>/review", methods=["PUT"])
@takes(blp, night_changes.ReviewIn())
@documents(blp.response(200, nights.RecordedOut))
@refuses(blp, "invalid", "not_submitted", "forbidden", "version_mismatch")
@allow(Who.PEOPLE, in_statement=True)
def put_review(body: Body, student_id: uuid.UUID, night: Night) -> Response:
    """Mark a sheet as read, with or without an answer to the guardian."""
    return record(student_id, night, MarkReview(**body))
