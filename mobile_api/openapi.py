"""The OpenAPI document: flask-smorest, problem details as the one error shape, bearer tokens as the one sign-in."""

import datetime as dt
from threading import Lock
from typing import Any

from flask import Flask, Response, current_app, json
from flask_smorest import Api, Blueprint
from marshmallow import Schema, fields
from werkzeug.routing import BaseConverter, ValidationError

from mobile_api import examples, problems
from mobile_api.schemas.base import Date, Instant, JsonInt, Text, TimeOfDay

DESCRIPTION = """
Nightsheet records homework minutes and bedtimes, compares them with the teachers' estimates and reminds people in time.
Instants are RFC 3339 with offset, dates `YYYY-MM-DD` are school-local, minutes are integers, every error is
`application/problem+json`, pages are `{items, next_cursor}`. What a
caller may not see answers exactly like an unknown id.
""".strip()


class DateConverter(BaseConverter):
    """``<date:night>`` in a path: ``YYYY-MM-DD`` of a real day, else 404."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> dt.date:
        """The date of a path segment."""
        try:
            return dt.date.fromisoformat(value)
        except ValueError as error:
            raise ValidationError from error

    def to_url(self, value: Any) -> str:
        """The path segment of a date."""
        return value.isoformat() if isinstance(value, dt.date) else str(value)


class FieldProblemSchema(Schema):
    """One field that was refused."""

    path = fields.String(metadata={"description": "where in the body or query", "example": "segments.0.finished_at"})
    code = fields.String(metadata={"example": "finished_before_started"})
    message = fields.String(metadata={"description": "in the caller's language"})


class ProblemSchema(Schema):
    """RFC 9457 problem details."""

    type = fields.String(metadata={"example": "/api/v1/problems#not_found"})
    title = fields.String(metadata={"example": "找不到"})
    status = fields.Integer(metadata={"example": 404})
    code = fields.String(metadata={"description": "stable, for programs", "example": "not_found"})
    detail = fields.String()
    errors = fields.List(fields.Nested(FieldProblemSchema))
    request_id = fields.String()


class NightsheetApi(Api):  # type: ignore[misc]  # flask-smorest carries no types
    """flask-smorest's Api, answering errors as ``mobile_api.problems`` does and documenting them so."""

    ERROR_SCHEMA = ProblemSchema

    def __init__(self, app: Flask) -> None:
        self._undocumented: list[Blueprint] = []
        self._documenting = Lock()
        app.url_map.converters["date"] = DateConverter
        app.config.update(API_TITLE="Nightsheet", API_VERSION="1", OPENAPI_VERSION="3.1.0")
        app.config.update(OPENAPI_URL_PREFIX="/api/v1", OPENAPI_JSON_PATH="openapi.json")
        super().__init__(app, spec_kwargs={"info": {"description": DESCRIPTION}, "security": [{"bearer": []}]})
        self.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
        self.register_converter(DateConverter, lambda _converter: {"type": "string", "format": "date"})
        for field, kind, form in FIELD_TYPES:
            self.register_field(field, kind, form)

    def register_blueprint(self, blp: Blueprint) -> None:
        """Its routes now; what documents them only when the document is first asked for, as that takes far longer."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blp.name] = self
        self._app.register_blueprint(blp)
        self._undocumented.append(blp)

    def _document(self) -> None:
        """Enter in the document what is not in it yet; threads that ask at once wait for the first."""
        with self._documenting:
            while self._undocumented:
                blp = self._undocumented.pop(0)
                blp.register_views_in_doc(self, self._app, self.spec, name=blp.name, parameters=None)
                self.spec.tag({"name": blp.name, "description": blp.description})

    def _register_responses(self) -> None:
        kept: str = self.DEFAULT_RESPONSE_CONTENT_TYPE
        self.DEFAULT_RESPONSE_CONTENT_TYPE: str = problems.MEDIA_TYPE
        try:
            super()._register_responses()
        finally:
            self.DEFAULT_RESPONSE_CONTENT_TYPE = kept

    def _openapi_json(self) -> Response:
        """Serve the document, with its examples."""
        self._document()
        text = json.dumps(examples.with_examples(self.spec.to_dict()), indent=2, sort_keys=False)
        return current_app.response_class(text, mimetype="application/json")

    def _register_error_handlers(self) -> None:
        """Left to ``mobile_api.problems``."""


FIELD_TYPES = (
    (JsonInt, "integer", None),
    (Text, "string", None),
    (Date, "string", "date"),
    (Instant, "string", "date-time"),
    (TimeOfDay, "string", "time"),
)
