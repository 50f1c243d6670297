"""The tables behind the charts as files, to whoever sees the charts; worded in the asker's language."""

from typing import Any
from uuid import UUID

from flask import Response
from flask_smorest import Blueprint

from backend.services.figures import exports
from backend.services.figures.export_tables import ExportOf
from mobile_api.auth import Who, actor, allow, clock
from mobile_api.problems import locale
from mobile_api.refusals import refuses
from mobile_api.schemas.exports import ExportSchema
from mobile_api.transaction import session
from mobile_api.wording import word

blp = Blueprint("exports", __name__, url_prefix="/api/v1", description="Tables as files")
MEDIA_TYPES = {
    exports.ExportFormat.xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    exports.ExportFormat.csv: "text/csv; charset=utf-8",
}
BINARY = {"type": "string", "format": "binary"}
XLSX = MEDIA_TYPES[exports.ExportFormat.xlsx]


@blp.route("/classes/<uuid:class_id>/exports", methods=["POST"])
@blp.arguments(ExportSchema)
@blp.response(200, BINARY, content_type=XLSX)
@refuses(blp, "invalid")
@allow(Who.STAFF)
def export_class(body: dict[str, Any], class_id: UUID) -> Response:
    """One of a class's tables as XLSX or CSV; to a subject teacher, of the own subjects."""
    return _file(ExportOf.classes, class_id, body)


@blp.route("/schools/<uuid:school_id>/exports", methods=["POST"])
@blp.arguments(ExportSchema)
@blp.response(200, BINARY, content_type=XLSX)
@refuses(blp, "invalid")
@allow(Who.STAFF | Who.OFFICER)
def export_school(body: dict[str, Any], school_id: UUID) -> Response:
    """One of a school's tables as XLSX or CSV, or of the own grade; small groups are withheld as on the screen."""
    return _file(ExportOf.schools, school_id, body)


@blp.route("/districts/<uuid:district_id>/exports", methods=["POST"])
@blp.arguments(ExportSchema)
@blp.response(200, BINARY, content_type=XLSX)
@refuses(blp, "invalid")
@allow(Who.OFFICER)
def export_district(body: dict[str, Any], district_id: UUID) -> Response:
    """One of a district's tables as XLSX or CSV: the report upward, or what its charts show."""
    return _file(ExportOf.districts, district_id, body)


def _file(of: ExportOf, place_id: UUID, body: dict[str, Any]) -> Response:
    language = body.pop("language") or locale()
    content = exports.export_table(
        session(),
        actor=actor(),
        of=of,
        place_id=place_id,
        words=lambda name: word(f"export.{name}", language),
        locale=language,
        now=clock().now(),
        **body,
    )
    form: exports.ExportFormat = body["form"]
    response = Response(content, content_type=MEDIA_TYPES[form])
    response.headers["Content-Disposition"] = f'attachment; filename="nightsheet-{body["table"].value}.{form.value}"'
    return response
