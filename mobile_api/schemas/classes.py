"""A class's plan, "none today" and the offered estimate."""

from marshmallow import fields

from backend.domain.load import Kind, Tier
from backend.domain.people import Role
from mobile_api.schemas.assignments import AssignmentSchema, PlanNightSchema
from mobile_api.schemas.base import Date, StrictSchema
from mobile_api.schemas.me import ClassRefSchema


class PeriodSchema(StrictSchema):
    """Two dates, both included."""

    first = Date(data_key="from", load_default=None)
    last = Date(data_key="to", load_default=None)


class TaughtSubjectSchema(StrictSchema):
    """A subject that one teaches in a class."""

    subject = fields.String(metadata={"example": "maths"})
    weekdays = fields.List(
        fields.Integer(), metadata={"description": "ISO weekdays of the timetable on which it sets homework"}
    )


class OwnClassSchema(ClassRefSchema):
    """A class with one's roles towards it."""

    roles = fields.List(fields.Enum(Role, by_value=True))
    subjects = fields.List(fields.Nested(TaughtSubjectSchema))


class CalendarDaySchema(StrictSchema):
    """A day of the school's own calendar."""

    day = Date()
    is_school_day = fields.Boolean()
    timetable_weekday = fields.Integer(
        allow_none=True, metadata={"description": "by which weekday's timetable lessons are held; null without any"}
    )


class OwnClassesSchema(StrictSchema):
    """The classes that one's posts reach, and the calendar around today."""

    today = Date()
    items = fields.List(fields.Nested(OwnClassSchema))
    days = fields.List(fields.Nested(CalendarDaySchema))


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
    took_minutes = fields.Integer(metadata={"description": "the median of what it took, unrounded"})
    n = fields.Integer()
    n_censored = fields.Integer()


class OfferAnswerSchema(StrictSchema):
    """The offer, or null where too little is known."""

    class_id = fields.UUID()
    subject = fields.String()
    offer = fields.Nested(OfferSchema, allow_none=True)
