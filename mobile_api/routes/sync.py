"""A batch of a phone's changes, one result each, and everything it has not seen yet."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterable
from typing import Any, cast

from flask import Response
from flask_smorest import Blueprint
from marshmallow import Schema, ValidationError

from backend.domain.errors import FieldProblem, Invalid, NightsheetError
from backend.services.nights.changes import Change, Confirm, DeleteEntry, PutNote, PutSleep, Stop, Submit, Versioning
from backend.services.nights.night_state import rfc3339
from backend.services.nights.recording import record_changes
from backend.services.nights.sync import changes_since
from mobile_api import problems, transaction
from mobile_api.auth import Who, actor, allow, bearer_hash, clock
from mobile_api.bodies import documents, takes
from mobile_api.recorded import document, entry_change, refused, sync_result
from mobile_api.refusals import refuses
from mobile_api.schemas import night_changes, nights
from mobile_api.schemas.reading import Unread, reader_of

blp = Blueprint("sync", __name__, url_prefix="/api/v1/sync", description="Everything a phone has to send and to see")

Parsed = tuple[int, uuid.UUID, dt.date, Change]
Body = dict[str, Any]

_BODY: dict[str, Any] = {
    "entry": night_changes.EntryIn(),
    "entry_deletion": night_changes.DeletionIn(),
    "sleep": night_changes.SleepIn(),
    "note": night_changes.NoteIn(),
    "submission": night_changes.SubmissionIn(),
    "stop": night_changes.StopIn(),
    "confirmation": night_changes.ConfirmationIn(),
}
_CHANGE = night_changes.ChangeIn()
_READ = {kind: reader_of(schema) for kind, schema in _BODY.items()}
_READ_CHANGE = reader_of(_CHANGE)


@blp.route("", methods=["POST"])
@takes(blp, night_changes.SyncIn())
@documents(blp.response(200, nights.SyncOut))
@refuses(blp, "invalid")
@allow(Who.FAMILY, locks_late=True)
def sync(body: Body) -> Response:
    """Send changes and fetch what is new. One bad change never blocks the rest; sent twice, it does nothing twice."""
    now = clock().now()
    return document(transaction.retried(lambda: _sync(body, now)))


def _sync(body: Body, now: dt.datetime) -> Body:
    results: dict[int, Body] = {}
    parsed = list(_parsed(body, results))
    for (student_id, night), group in _grouped(parsed):
        _record(student_id, night, group, now, now - body["sent_at"], results)
    return {
        "server_time": rfc3339(now),
        "results": [results[index] for index in sorted(results)],
        "students": [_since(student_id, cursor, now) for student_id, cursor in body["cursors"].items()],
    }


def _parsed(batch: Body, results: dict[int, Body]) -> Iterable[Parsed]:
    """The readable changes; each of the others gets its result here."""
    for index, raw in enumerate(batch["changes"]):
        try:
            if not isinstance(raw, dict):
                raise ValidationError("not an object")
            change = _loaded(_CHANGE, _READ_CHANGE, {name: raw[name] for name in raw if name in _CHANGE.fields})
            kind = change["kind"]
            body = _loaded(_BODY[kind], _READ[kind], _body_of(raw, kind, batch))
            yield index, change["student_id"], change["night"], _MAKE[change["kind"]](change, body)
        except ValidationError as error:
            found = [FieldProblem(p["path"], p["code"], p["message"]) for p in problems.flatten(error.messages)]
            results[index] = refused(index, Invalid("unreadable", fields=found))
        except NightsheetError as error:
            results[index] = refused(index, error)


def _loaded(schema: Schema, read: Callable[[Any], Body], sent: Body) -> Body:
    """A part of a change as its schema loads it; raises ``ValidationError``."""
    try:
        return read(sent)
    except Unread:
        return dict(schema.load(sent))


def _body_of(raw: Body, kind: str, batch: Body) -> Body:
    """A change's own fields, with what the batch says once for all."""
    body = {name: value for name, value in raw.items() if name not in _CHANGE.fields}
    if "installation_id" in _BODY[kind].fields:
        body.setdefault("installation_id", str(batch["installation_id"]))
    return body


def _versioning(body: Body) -> Body:
    return {name: body[name] for name in Versioning.__dataclass_fields__}


def _sleep(_change: Body, body: Body) -> PutSleep:
    times = {name: body[name] for name in ("lights_out_at", "woke_at", "nap_minutes", "source")}
    return PutSleep(**times, **_versioning(body))


_MAKE: dict[str, Callable[[Body, Body], Change]] = {
    "entry": lambda change, body: entry_change(_id(change), body),
    "entry_deletion": lambda change, body: DeleteEntry(id=_id(change), **_versioning(body)),
    "sleep": _sleep,
    "note": lambda _, body: PutNote(guardian_note=body["guardian_note"], **_versioning(body)),
    "submission": lambda _, _body: Submit(),
    "stop": lambda _, body: Stop(body["lights_out_at"]),
    "confirmation": lambda _, body: Confirm(body["sheet_version"]),
}


def _id(change: Body) -> uuid.UUID:
    if "id" not in change:
        raise Invalid("an entry needs an id", fields=[FieldProblem("id", "required")])
    return cast(uuid.UUID, change["id"])


def _grouped(parsed: list[Parsed]) -> list[tuple[tuple[uuid.UUID, dt.date], list[Parsed]]]:
    """By student and night, in one fixed order: two phones of one family never wait for each other crosswise."""
    groups: dict[tuple[uuid.UUID, dt.date], list[Parsed]] = {}
    for item in parsed:
        groups.setdefault((item[1], item[2]), []).append(item)
    return sorted(groups.items())


def _record(
    student_id: uuid.UUID,
    night: dt.date,
    group: list[Parsed],
    now: dt.datetime,
    offset: dt.timedelta,
    results: dict[int, Body],
) -> None:
    try:
        recorded = record_changes(
            transaction.session(),
            token_hash=bearer_hash(),
            student_id=student_id,
            night=night,
            changes=[change for *_, change in group],
            now=now,
            offset=offset,
        )
    except NightsheetError as error:
        results.update({index: refused(index, error) for index, *_ in group})
        return
    for (index, *_, change), outcome in zip(group, recorded.outcomes, strict=True):
        results[index] = sync_result(index, outcome, change, recorded.state)


def _since(student_id: uuid.UUID, cursor: str | None, now: dt.datetime) -> Body:
    try:
        return changes_since(transaction.session(), actor=actor(), student_id=student_id, cursor=cursor, now=now)
    except NightsheetError as error:
        return {"student_id": str(student_id), "code": error.code}
