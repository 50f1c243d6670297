"""A class's weekend and what its grade head decided about it."""

from marshmallow import fields, validate

from mobile_api.schemas.assignments import AssignmentSchema, AuthorSchema, BudgetSchema
from mobile_api.schemas.base import Date, Instant, JsonInt, StrictSchema, Text


class WeekendQuerySchema(StrictSchema):
    """Which weekend: the one that holds this night, else the next; tonight unless said."""

    on = Date(load_default=None)


class SeenSchema(StrictSchema):
    """One piece of homework in the version that was looked at."""

    id = fields.UUID(required=True)
    version = JsonInt(required=True, validate=validate.Range(1, 1_000_000))


class WeekendDecisionSchema(StrictSchema):
    """Approve, or send back with a note; ``seen`` is all homework of the weekend as it was looked at."""

    approved = fields.Boolean(required=True, truthy={True}, falsy={False})
    note = Text(load_default="", longest=500)
    seen = fields.List(fields.Nested(SeenSchema), required=True, validate=validate.Length(1, 200))


class DecidedSchema(StrictSchema):
    """The last decision."""

    approved = fields.Boolean()
    note = fields.String()
    by = fields.Nested(AuthorSchema)
    decided_at = Instant()


class WeekendSchema(StrictSchema):
    """One class over the nights of a weekend or holiday."""

    class_id = fields.UUID()
    class_name = fields.String()
    starts_on = Date()
    ends_on = Date(metadata={"description": "the last night; the day after is a school day"})
    tier = fields.String(metadata={"description": "the tier for which the budget is reckoned"})
    state = fields.String(
        metadata={
            "enum": ["empty", "waiting", "approved", "sent_back", "changed"],
            "description": "`changed`: homework changed after the decision",
        }
    )
    decision = fields.Nested(DecidedSchema, allow_none=True)
    nights = fields.List(fields.Nested(BudgetSchema))
    assignments = fields.List(fields.Nested(AssignmentSchema))


class WeekendsSchema(StrictSchema):
    """A weekend, a class at a time."""

    starts_on = Date()
    ends_on = Date()
    items = fields.List(fields.Nested(WeekendSchema))
