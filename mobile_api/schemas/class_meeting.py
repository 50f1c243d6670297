"""The week's sheet for a class meeting: figures of many and shares in words, no child."""

from marshmallow import fields, validate

from backend.domain.class_meeting import ShareBand
from mobile_api.schemas.base import Date, StrictSchema

_BANDS = validate.OneOf([each.value for each in ShareBand])


class ClassMeetingQuery(StrictSchema):
    """Any day of the week wanted; today unless said."""

    day = Date(load_default=None)


class MeetingNightSchema(StrictSchema):
    """One night; figures of fewer than five are withheld."""

    night = Date()
    n = fields.Integer(allow_none=True)
    mean_minutes = fields.Integer(allow_none=True)
    withheld = fields.Boolean()


class ShareSchema(StrictSchema):
    """A share of the week's nights as a word, and in steps of 5 percent where that points at nobody."""

    name = fields.String(validate=validate.OneOf(["within_cap", "in_bed_on_time", "slept_enough"]))
    band = fields.String(validate=_BANDS)
    percent = fields.Integer(allow_none=True)
    band_before = fields.String(validate=_BANDS)
    percent_before = fields.Integer(allow_none=True)


class MeetingSubjectSchema(StrictSchema):
    """One subject's homework of the week: what was estimated and taken, of the pieces that five or more finished."""

    subject = fields.String()
    pieces = fields.Integer()
    pieces_known = fields.Integer()
    estimated_minutes = fields.Integer(allow_none=True)
    taken_minutes = fields.Integer(allow_none=True)
    estimated_minutes_before = fields.Integer(allow_none=True)
    taken_minutes_before = fields.Integer(allow_none=True)


class ClassMeetingSchema(StrictSchema):
    """The sheet, Monday to Sunday, beside the week before."""

    class_id = fields.UUID()
    class_name = fields.String()
    week_starts_on = Date()
    cap_minutes = fields.Integer(allow_none=True)
    sleep_target_minutes = fields.Integer(allow_none=True)
    enrolled = fields.Integer()
    nights = fields.List(fields.Nested(MeetingNightSchema))
    mean_minutes = fields.Integer(allow_none=True)
    mean_before_minutes = fields.Integer(allow_none=True)
    shares = fields.List(fields.Nested(ShareSchema))
    subjects = fields.List(fields.Nested(MeetingSubjectSchema))
