"""What a family may ask about its own child: who looked, everything taken out, everything erased."""

from typing import Any
from uuid import UUID

from flask import Response, json
from flask_smorest import Blueprint

from backend.services.rights import erasure, reads, student_export
from backend.services.rights.reads import Read
from mobile_api import pagination
from mobile_api.auth import Who, actor, allow, clock
from mobile_api.problems import locale
from mobile_api.refusals import refuses
from mobile_api.schemas.rights import (
    ErasedSchema,
    ErasureSchema,
    ReadsPageSchema,
    ReadsSchema,
    StudentExportFormat,
    StudentExportQuerySchema,
)
from mobile_api.transaction import session
from mobile_api.wording import word

blp = Blueprint("rights", __name__, url_prefix="/api/v1", description="A family's rights over a child's data")


@blp.route("/students/<uuid:student_id>/reads")
@blp.arguments(ReadsPageSchema, location="query")
@blp.response(200, ReadsSchema)
@refuses(blp, "invalid")
@allow(Who.FAMILY)
def list_reads(query: dict[str, Any], student_id: UUID) -> Any:
    """Who of the staff looked at the child, newest first, a line a person, day and thing: how often, and why."""
    limit, before = query["limit"], pagination.decode_instant(query["cursor"])
    found = reads.list_reads(
        session(), actor=actor(), student_id=student_id, before=before, limit=limit + 1, now=clock().now()
    )
    return pagination.page(found, limit, _key)


def _key(read: Read) -> tuple[str, str]:
    return read.at.isoformat(), str(read.id)


@blp.route("/students/<uuid:student_id>/export")
@blp.arguments(StudentExportQuerySchema, location="query")
@blp.response(200, {"type": "object"}, description="everything by table; with `format=csv` a line a night")
@refuses(blp, "invalid")
@allow(Who.GUARDIAN, notes_look=True)
def export_student(query: dict[str, Any], student_id: UUID) -> Response:
    """Everything that is held about the child as one JSON document, or the nights as CSV; a guardian's alone."""
    now = clock().now()
    if query["form"] is StudentExportFormat.csv:
        headings = {name: word(f"export.night.{name}", locale()) for name in student_export.HEADINGS}
        table = student_export.export_nights(
            session(), actor=actor(), student_id=student_id, headings=headings, now=now
        )
        return _file(table, "text/csv; charset=utf-8", "nightsheet-nights.csv")
    found = student_export.export_own_child(session(), actor=actor(), student_id=student_id, now=now)
    return _file(json.dumps(found).encode(), "application/json", "nightsheet-export.json")


def _file(content: bytes, media_type: str, filename: str) -> Response:
    response = Response(content, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


@blp.route("/students/<uuid:student_id>/erasure", methods=["POST"])
@blp.arguments(ErasureSchema)
@blp.response(200, ErasedSchema)
@refuses(blp, "invalid")
@allow(Who.GUARDIAN)
def erase_student(body: dict[str, Any], student_id: UUID) -> Any:
    """Erase everything recorded about the child and withdraw consent, for good; told to the others."""
    return erasure.erase_student(session(), actor=actor(), student_id=student_id, **body, now=clock().now())
