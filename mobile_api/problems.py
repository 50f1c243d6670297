"""Every error as ``application/problem+json`` (RFC 9457): one shape, one place where codes become HTTP statuses."""

import logging
import re
import traceback
import uuid
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, g, json, request
from werkzeug.exceptions import HTTPException

from backend.domain.errors import Conflict, FieldProblem, NightsheetError, TooManyAttempts
from mobile_api.wording import word

MEDIA_TYPE = "application/problem+json"
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
log = logging.getLogger("nightsheet.api")

#: The status of each problem code; a code that is missing here is a 422.
STATUS = {
    "unauthenticated": 401,
    "credentials_refused": 401,
    "claim_refused": 401,
    "session_expired": 401,
    "session_revoked": 401,
    "forbidden": 403,
    "consent_required": 403,
    "password_change_required": 403,
    "not_found": 404,
    "conflict": 409,
    "over_cap_refused": 409,
    "gone": 410,
    "version_mismatch": 412,
    "version_required": 428,
    "too_many_attempts": 429,
}

#: Problem codes of errors that HTTP itself raises.
HTTP_CODES = {
    400: "unreadable",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    408: "timeout",
    409: "conflict",
    410: "gone",
    411: "length_required",
    412: "version_mismatch",
    413: "too_large",
    414: "uri_too_long",
    415: "unsupported_media_type",
    422: "invalid",
    428: "version_required",
    429: "too_many_attempts",
    431: "headers_too_large",
    500: "internal",
    503: "unavailable",
}


def status_of(code: str) -> int:
    """The HTTP status of a problem code."""
    return STATUS.get(code, 422)


def request_id() -> str:
    """The id of this request, as in the log and in every problem: the caller's X-Request-Id where it is a plain one."""
    if "request_id" not in g:
        given = request.headers.get("X-Request-Id", "")
        g.request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    return str(g.request_id)


def locale() -> str:
    """The caller's language: the signed-in person's, else the best of Accept-Language, else Chinese."""
    holder = g.get("actor")
    if holder is not None:
        return str(holder.locale)
    best = request.accept_languages.best_match(["zh-CN", "zh", "en"], default="zh-CN")
    return "en" if best == "en" else "zh-CN"


def body(status: int, code: str, detail: str = "", errors: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """A problem document."""
    title = word(f"problem.{code}", locale())
    return {
        "type": f"/api/v1/problems#{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail or title,
        "errors": errors or [],
        "request_id": request_id(),
    }


def respond(status: int, document: dict[str, Any]) -> Response:
    """A problem as a response."""
    return Response(json.dumps(document), status=status, mimetype=MEDIA_TYPE)


def field(problem: FieldProblem) -> dict[str, str]:
    """One field's problem, worded for the caller."""
    wording = word(f"field.{problem.code}", locale(), default=problem.message or problem.code)
    return {"path": problem.path, "code": problem.code, "message": wording}


def of_domain(error: NightsheetError) -> Response:
    """A refusal of the services or rules."""
    status = status_of(error.code)
    document = body(status, error.code, errors=[field(f) for f in error.fields])
    if isinstance(error, Conflict):
        document["current"] = error.current
    response = respond(status, document)
    if isinstance(error, TooManyAttempts):
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def of_http(error: HTTPException) -> Response:
    """An error HTTP itself raised; its own headers (Allow, Retry-After …) survive."""
    status = error.code or 500
    messages = getattr(error, "data", None) or {}
    errors = list(flatten(messages.get("messages", {}))) if isinstance(messages, dict) else []
    document = body(status, HTTP_CODES.get(status, "http_error"), errors=errors)
    response = respond(status, document)
    for name, value in error.get_response().headers:
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    return response


def flatten(messages: Any, path: str = "") -> Any:
    """marshmallow's nested messages as ``{path, code, message}``, the location (json, query) left out."""
    if isinstance(messages, dict):
        for key, value in messages.items():
            top = not path and key in {"json", "query", "headers", "path", "json_or_form"}
            yield from flatten(value, path if top else f"{path}.{key}".lstrip("."))
        return
    for message in messages if isinstance(messages, list) else [messages]:
        if isinstance(message, (dict, list)):
            yield from flatten(message, path)
        else:
            yield {"path": path.removesuffix("_schema").rstrip("."), "code": "invalid", "message": str(message)}


def of_depth(error: RecursionError) -> Response:
    """JSON nested too deep to be read is the caller's doing; any other endless descent is a defect of ours."""
    where = traceback.extract_tb(error.__traceback__)[-1].filename
    if Path(where).parent.name != "json":
        return of_anything(error)
    return respond(400, body(400, "unreadable"))


def of_anything(error: Exception) -> Response:
    """A defect of ours: logged with its request id, told without detail."""
    # The pattern, never the path: that one holds a child's id.
    route = request.url_rule.rule if request.url_rule else "unknown"
    log.error("unexpected error", extra={"request_id": request_id(), "route": route}, exc_info=error)
    if current_app.testing and current_app.config.get("RAISE_UNEXPECTED", True):
        raise error
    return respond(500, body(500, "internal"))


def install(app: Flask) -> None:
    """Answer every error of ``app`` in the one shape."""
    app.register_error_handler(NightsheetError, of_domain)
    app.register_error_handler(HTTPException, of_http)
    app.register_error_handler(RecursionError, of_depth)
    app.register_error_handler(Exception, of_anything)
