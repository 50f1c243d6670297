"""The academic office's papers: the audit log, the roster."""

from typing import Any
from uuid import UUID

from flask import request
from flask_smorest import Blueprint

from backend.domain.errors import FieldProblem, Invalid
from backend.domain.school_days import school_year_of
from backend.services.rights import audit_log
from backend.services.roster.importing import import_roster
from backend.services.school import schools
from backend.storage.models import AuditEvent
from mobile_api import pagination
from mobile_api.auth import Who, actor, allow, clock, settings
from mobile_api.problems import locale
from mobile_api.refusals import refuses
from mobile_api.schemas.schools import (
    AuditPageSchema,
    AuditQuerySchema,
    RosterQuerySchema,
    RosterReportSchema,
)
from mobile_api.transaction import session

blp = Blueprint("schools", __name__, url_prefix="/api/v1", description="The academic office")


@blp.route("/schools/<uuid:school_id>/audit")
@blp.arguments(AuditQuerySchema, location="query")
@blp.response(200, AuditPageSchema)
@refuses(blp, "invalid")
@allow(Who.STAFF)
def list_audit(query: dict[str, Any], school_id: UUID) -> Any:
    """Who did what when, newest first, in ids and codes."""
    limit, cursor = query.pop("limit"), query.pop("cursor")
    events = audit_log.list_events(
        session(),
        actor=actor(),
        school_id=school_id,
        limit=limit + 1,
        before=pagination.decode_instant(cursor),
        now=clock().now(),
        **query,
    )
    return pagination.page(events, limit, _key)


@blp.route("/schools/<uuid:school_id>/roster-imports", methods=["POST"])
@blp.arguments(RosterQuerySchema, location="query")
@blp.response(200, RosterReportSchema)
@refuses(blp, "invalid", "too_large")
@allow(Who.STAFF)
def import_school_roster(query: dict[str, Any], school_id: UUID) -> Any:
    """Import a roster (a form's ``file``, or the file itself as the body): told first with ``dry_run``."""
    now = clock().now()
    place = schools.get_own_school(session(), actor=actor(), school_id=school_id, now=now)
    filename, content = _upload(query.pop("filename"))
    year = query.pop("year") or school_year_of(place.today)
    report = import_roster(
        session(),
        actor=actor(),
        school_id=school_id,
        content=content,
        filename=filename,
        school_year=year,
        secret_key=settings().required_secret_key(),
        now=now,
        **query,
    )
    return report.as_dict(locale())


def _upload(filename: str) -> tuple[str, bytes]:
    sent = request.files.get("file")
    content = sent.read() if sent is not None else request.get_data()
    if not content:
        raise Invalid("no file", fields=[FieldProblem("file", "file_missing")])
    return (sent.filename or filename) if sent is not None else filename, content


def _key(event: AuditEvent) -> tuple[str, str]:
    return event.at.isoformat(), str(event.id)
