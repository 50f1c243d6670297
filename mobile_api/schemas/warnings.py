"""Early warnings with plain reasons, and how they are closed by a recorded action."""

from marshmallow import fields

from mobile_api.schemas.base import Date, Instant, StrictSchema, Text


class WarningActionSchema(StrictSchema):
    """What was done about a warning, in a line."""

    action = Text(required=True, shortest=2, longest=300, metadata={"example": "与数学组商定周二不布置书面作业"})


class WarningClosingSchema(StrictSchema):
    """Who closed it, when, and what was done."""

    action = fields.String()
    by = fields.String(allow_none=True, metadata={"description": "the name of a member of staff"})
    at = Instant()


class EarlyWarningSchema(StrictSchema):
    """One warning. The client words the reason from ``code`` and its numbers.

    ``class_over_cap``: over the cap on ``count`` of the last ``of`` school nights; ``value`` is the mean of those
    nights, ``limit`` the cap. ``estimate_exceeded``: in ``count`` weeks on end a ``subject`` took ``value`` times its
    estimate, ``limit`` being 1.5. ``sleep_short``: ``value`` per cent of nights were short beyond the tolerance, more
    than ``limit``. ``coverage_falling``: ``value`` per cent of sheets came in, ``limit`` per cent in the week before.
    """

    id = fields.UUID()
    class_id = fields.UUID()
    class_name = fields.String()
    code = fields.String(metadata={"example": "class_over_cap"})
    subject = fields.String(allow_none=True)
    first = Date(data_key="from", attribute="from")
    last = Date(data_key="to", attribute="to")
    count = fields.Integer(allow_none=True)
    of = fields.Integer(allow_none=True)
    value = fields.Float()
    limit = fields.Float()
    closed = fields.Nested(WarningClosingSchema, allow_none=True)


class EarlyWarningsSchema(StrictSchema):
    """Warnings as of today, open ones first."""

    items = fields.List(fields.Nested(EarlyWarningSchema))
