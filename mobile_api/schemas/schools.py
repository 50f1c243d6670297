"""What the academic office sends and gets: the audit log, roster imports."""

from marshmallow import fields, validate

from mobile_api.pagination import LARGEST_PAGE
from mobile_api.schemas.base import Date, Instant, StrictSchema


class AuditQuerySchema(StrictSchema):
    """A page of the log, perhaps of one child, class or action."""

    limit = fields.Integer(load_default=50, validate=validate.Range(1, LARGEST_PAGE))
    cursor = fields.String(load_default=None)
    student_id = fields.UUID(load_default=None)
    class_id = fields.UUID(load_default=None)
    action = fields.String(load_default=None, validate=validate.Length(max=48))


class AuditEventSchema(StrictSchema):
    """One event: ids and codes."""

    id = fields.UUID()
    at = Instant()
    actor_id = fields.UUID(allow_none=True)
    actor_kind = fields.String()
    action = fields.String(metadata={"example": "class.board_opened"})
    class_id = fields.UUID(allow_none=True)
    student_id = fields.UUID(allow_none=True)
    night = Date(allow_none=True)
    reason = fields.String(allow_none=True)
    details = fields.Dict()


class AuditPageSchema(StrictSchema):
    """A page of events, newest first."""

    items = fields.List(fields.Nested(AuditEventSchema))
    next_cursor = fields.String(allow_none=True)


class RosterQuerySchema(StrictSchema):
    """``dry_run`` stores nothing, ``good_rows`` takes only the good ones, ``leavers`` marks who is missing as left."""

    dry_run = fields.Boolean(load_default=False)
    good_rows = fields.Boolean(load_default=False)
    leavers = fields.Boolean(load_default=False)
    year = fields.Integer(load_default=None, validate=validate.Range(2000, 2100))
    filename = fields.String(load_default="roster.xlsx", validate=validate.Length(max=200))


class RosterProblemSchema(StrictSchema):
    """One thing wrong, or worth a look, in the file."""

    sheet = fields.String(allow_none=True)
    row = fields.Integer(allow_none=True)
    column = fields.String(allow_none=True)
    code = fields.String(metadata={"example": "phone_shared"})
    severity = fields.String()
    message = fields.String()


class RosterReportSchema(StrictSchema):
    """What was done, or would be: counts, and every problem; ``stored`` says whether anything was."""

    classes = fields.Integer()
    students = fields.Integer()
    guardians = fields.Integer()
    added = fields.Integer()
    changed = fields.Integer()
    moved = fields.Integer()
    left = fields.Integer()
    classes_added = fields.Integer()
    guardians_added = fields.Integer()
    dry_run = fields.Boolean()
    stored = fields.Boolean()
    problems = fields.List(fields.Nested(RosterProblemSchema))
