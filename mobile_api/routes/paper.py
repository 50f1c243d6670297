"""Paper sheets of a class's night, typed in at the desk by the homeroom teacher."""

import datetime as dt
from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from backend.services.nights import paper
from backend.services.nights.changes import Change, ChangeOutcome, DeleteEntry, PutEntry, PutNote, PutSleep
from mobile_api import problems, transaction
from mobile_api.auth import Who, actor, allow, bearer_hash, clock
from mobile_api.refusals import refuses
from mobile_api.schemas.paper import PaperAnswerSchema, PaperIn, PaperSchema
from mobile_api.wording import word

blp = Blueprint("paper", __name__, url_prefix="/api/v1/classes", description="Paper typed in at the desk")

PATH = "/<uuid:class_id>/nights/<date:night>/paper"

_OF = {PutEntry: "entry", DeleteEntry: "entry", PutSleep: "sleep", PutNote: "note"}


@blp.route(PATH)
@blp.response(200, PaperSchema)
@refuses(blp)
@allow(Who.STAFF, notes_look=True)
def get_paper(class_id: UUID, night: dt.date) -> Any:
    """The grid to type in: a column an assignment, a row a pupil, with what stands already."""
    return paper.get_paper(transaction.session(), actor=actor(), class_id=class_id, night=night, now=clock().now())


@blp.route(PATH, methods=["PUT"])
@blp.arguments(PaperIn)
@blp.response(200, PaperAnswerSchema)
@refuses(blp, "invalid")
@allow(Who.STAFF)
def record_paper(body: dict[str, Any], class_id: UUID, night: dt.date) -> Any:
    """Write typed rows and hand them in; a bad cell never blocks the others, and sent twice it does nothing twice."""
    now, who, token = clock().now(), actor(), bearer_hash()
    rows = [_typed_row(row, body["installation_id"]) for row in body["rows"]]
    made = transaction.retried(
        lambda: paper.record_paper(
            transaction.session(), actor=who, token_hash=token, class_id=class_id, night=night, rows=rows, now=now
        )
    )
    return {"results": [_result(each) for each in made["results"]], "students": made["students"]}


def _typed_row(row: dict[str, Any], installation_id: UUID) -> paper.TypedRow:
    desk: dict[str, Any] = {"installation_id": installation_id}
    return paper.TypedRow(
        student_id=row["student_id"],
        entries=tuple(paper.TypedEntry(**each, **desk) for each in row["entries"]),
        sleep=paper.TypedSleep(**row["sleep"], **desk) if row["sleep"] else None,
        note=PutNote(**row["note"], **desk) if row["note"] else None,
    )


def _result(row: paper.RowResult) -> dict[str, Any]:
    return {
        "student_id": row.student_id,
        "refused": row.refused.code if row.refused else None,
        "results": [_outcome(change, outcome) for change, outcome in row.outcomes],
    }


def _outcome(change: Change, outcome: ChangeOutcome) -> dict[str, Any]:
    return {
        "of": _OF.get(type(change), "submission"),
        "id": change.id if isinstance(change, (PutEntry, DeleteEntry)) else None,
        "result": outcome.result.value,
        "code": outcome.code,
        "message": word(f"problem.{outcome.code}", problems.locale(), default=""),
        "errors": [problems.field(each) for each in outcome.fields],
    }
