"""A line from the homeroom teacher to a subject teacher, with the class's figure."""

from marshmallow import fields

from backend.domain.load import Tier
from mobile_api.schemas.base import Date, Instant, StrictSchema, Text


class HandoffIn(StrictSchema):
    """Which homework, and a line of one's own, which may be empty."""

    assignment_id = fields.UUID(required=True)
    line = Text(load_default="", longest=300)


class HandoffSchema(StrictSchema):
    """What was handed on; ``name`` is the other person: the recipient on a board, the sender in one's own list."""

    id = fields.UUID()
    class_id = fields.UUID()
    class_name = fields.String()
    night = Date()
    assignment_id = fields.UUID()
    subject = fields.String()
    title = fields.String()
    line = fields.String()
    tier = fields.Enum(Tier, by_value=True)
    n = fields.Integer(metadata={"description": "finished pieces of work in the figure"})
    median_minutes = fields.Integer()
    estimated_minutes = fields.Integer(allow_none=True)
    name = fields.String()
    sent_at = Instant()
    read_at = Instant(allow_none=True)


class HandoffsSchema(StrictSchema):
    """Handoffs in order."""

    items = fields.List(fields.Nested(HandoffSchema))
    next_cursor = fields.String(allow_none=True)
