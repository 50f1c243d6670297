"""A recorded change as an answer: shared by the night's own routes, the class tablet's and sync."""

import json
import uuid
from typing import Any

from flask import Response
from flask.json.provider import DefaultJSONProvider

from backend.domain.errors import Gone, NightsheetError
from backend.domain.sheet import ChangeResult
from backend.services.nights.changes import Change, ChangeOutcome, PutEntry, PutNote, PutSleep
from backend.services.nights.night_document import (
    entry_document,
    figures,
    note_document,
    review_document,
    sleep_document,
)
from backend.services.nights.night_figures import load_of
from backend.services.nights.night_state import NightState, cap_scope_of
from backend.services.nights.recording import Recorded
from mobile_api import problems, transaction

#: As the application's own writes JSON; made once, because an encoder with options is otherwise made at every call.
_JSON = json.JSONEncoder(default=DefaultJSONProvider.default, ensure_ascii=False, sort_keys=True)


def answer(recorded: Recorded, change: Change) -> Response:
    """One change's outcome: 200 with the record, or its problem."""
    outcome = recorded.outcomes[0]
    if recorded.looked:
        transaction.keep()
    elif not recorded.changed:
        transaction.discard()
    if outcome.error is not None:
        return problems.of_domain(outcome.error)
    if outcome.result is ChangeResult.gone:
        return problems.of_domain(Gone("this id was deleted and stays deleted"))
    record = record_document(outcome, change, recorded.state)
    if outcome.result is ChangeResult.conflict:
        return problems.respond(409, problems.body(409, "conflict") | {"current": record})
    return document({"result": outcome.result.value, "record": record, "sheet": sheet_document(recorded.state)})


def document(body: Any, status: int = 200) -> Response:
    """JSON as it stands: our documents need no second walk through a schema."""
    return Response(_JSON.encode(body), status=status, mimetype="application/json")


def record_document(outcome: ChangeOutcome, change: Change, state: NightState) -> dict[str, Any] | None:
    """The record as it stands after the change, with its recomputed minutes."""
    row = outcome.record
    if row is None:
        return None
    if isinstance(change, PutSleep):
        return sleep_document(row)
    if isinstance(change, PutNote):
        return note_document(row)
    if "teacher_reply" in row:
        return review_document(row)
    fresh = state.entries.get(change.id, row) if isinstance(change, PutEntry) else row
    return entry_document(fresh)


def sheet_document(state: NightState) -> dict[str, Any]:
    """Where the sheet stands, with figures as of now."""
    sheet = state.sheet
    counter = state.counter if state.changed else state.read.counter
    class_ = state.read.class_
    return {
        "version": sheet.get("version", 0),
        "state": state.state.value,
        "cursor": f"{counter}.{class_['change_counter'] if class_ else 0}",
        **figures(load_of(state), sheet.get("cap_minutes"), cap_scope_of(sheet)),
    }


def sync_result(index: int, outcome: ChangeOutcome, change: Change, state: NightState) -> dict[str, Any]:
    """One change of a batch."""
    errors = [problems.field(problem) for problem in outcome.fields]
    return {
        "index": index,
        "result": outcome.result.value,
        "code": outcome.code,
        "record": record_document(outcome, change, state),
        "errors": errors,
    }


def refused(index: int, error: NightsheetError) -> dict[str, Any]:
    """A change that never reached its night: an unreadable one, or a student who is not there."""
    return {
        "index": index,
        "result": ChangeResult.invalid.value,
        "code": error.code,
        "record": None,
        "errors": [problems.field(problem) for problem in error.fields],
    }


def entry_change(entry_id: uuid.UUID, body: dict[str, Any]) -> PutEntry:
    """A parsed entry as a change."""
    return PutEntry(
        id=entry_id,
        base_version=body["base_version"],
        installation_id=body["installation_id"],
        revision=body["revision"],
        assignment_id=body["assignment_id"],
        subject=body["subject"],
        title=body["title"],
        tier=body["tier"],
        place=body["place"],
        outcome=body["outcome"],
        segments=tuple(body["segments"]),
    )
