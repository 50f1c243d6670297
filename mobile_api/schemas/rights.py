"""The family's rights: who looked, everything taken out, erasure."""

import enum

from marshmallow import fields, validate

from mobile_api.pagination import LARGEST_PAGE
from mobile_api.schemas.base import Date, Instant, StrictSchema, Text


class StudentExportFormat(enum.Enum):
    """Everything as one JSON document, or the nights as a table."""

    json = "json"
    csv = "csv"


class ReadsPageSchema(StrictSchema):
    """A page of the reads."""

    limit = fields.Integer(load_default=50, validate=validate.Range(1, LARGEST_PAGE))
    cursor = Text(load_default=None, longest=400)


class ReadSchema(StrictSchema):
    """One person's looks on one day at the child's night, or at the class while the child was in it."""

    id = fields.UUID()
    at = Instant(metadata={"description": "the last of `times`"})
    times = fields.Integer(metadata={"description": "how often on that local day"})
    what = fields.String(metadata={"enum": ["night.read", "class.board_opened", "student.exported"]})
    name = fields.String(allow_none=True, metadata={"description": "null for the command line"})
    role = fields.String(metadata={"example": "homeroom_teacher"})
    night = Date(allow_none=True, metadata={"description": "the first of `nights`"})
    nights = fields.Integer()
    reason = fields.String(allow_none=True, metadata={"description": "as the academic office gave it"})


class ReadsSchema(StrictSchema):
    """A page, newest first."""

    items = fields.List(fields.Nested(ReadSchema))
    next_cursor = fields.String(allow_none=True)


class StudentExportQuerySchema(StrictSchema):
    """Which form."""

    form = fields.Enum(StudentExportFormat, by_value=True, load_default=StudentExportFormat.json, data_key="format")


class ErasureSchema(StrictSchema):
    """The child's name typed again: nothing is erased by a slip of the finger."""

    confirm_name = Text(required=True, shortest=1, longest=120, metadata={"example": "陈艾达"})


class ErasedSchema(StrictSchema):
    """What was removed; ``nights`` is 0 when it had been done before."""

    student_id = fields.UUID()
    nights = fields.Integer()
    may_write = fields.Boolean(metadata={"description": "false: consent is withdrawn, nothing new is recorded"})
