"""A class's plan, "none today" and the offered estimate."""

from marshmallow import fields

from backend.domain.load import Kind, Tier
from mobile_api.schemas.assignments import AssignmentSchema, PlanNightSchema
from mobile_api.schemas.base import Date, StrictSchema


class PeriodSchema(StrictSchema):
    """Two dates, both included."""

    first = Date(data_key="from", load_default=None)
    last = Date(data_key="to", load_default=None)


class PlanSchema(StrictSchema):
    """A class's plan: a budget a night and the homework behind it."""

    class_id = fields.UUID()
    class_name = fields.String()
    tier = fields.String(metadata={"description": "the tier for which the budget is reckoned"})
    over_cap_mode = fields.String(metadata={"description": "`reason` or `refuse`"})
    nights = fields.List(fields.Nested(PlanNightSchema))
    assignments = fields.List(fields.Nested(AssignmentSchema))


class NoneSchema(StrictSchema):
    """Whether the subject sets nothing."""

    none = fields.Boolean(load_default=True, truthy={True}, falsy={False})


class NoneAnswerSchema(StrictSchema):
    """What was declared."""

    class_id = fields.UUID()
    subject = fields.String()
    night = Date()
    none = fields.Boolean()


class OfferQuerySchema(StrictSchema):
    """What counts as similar work, beside class and subject."""

    kind = fields.Enum(Kind, by_value=True, load_default=None)
    tier = fields.Enum(Tier, by_value=True, load_default=None)


class OfferSchema(StrictSchema):
    """An estimate and what stands behind it."""

    estimated_minutes = fields.Integer()
    eight_of_ten_minutes = fields.Integer(metadata={"description": "eight of ten needed no more than this"})
    n = fields.Integer()
    n_censored = fields.Integer()


class OfferAnswerSchema(StrictSchema):
    """The offer, or null where too little is known."""

    class_id = fields.UUID()
    subject = fields.String()
    offer = fields.Nested(OfferSchema, allow_none=True)
