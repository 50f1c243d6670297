"""The monthly school report and the report upward: aggregates only, suppressed as everywhere."""

from marshmallow import fields

from mobile_api.schemas.base import Date, StrictSchema
from mobile_api.schemas.trend_overviews import PlacesSchema, SleepFigureSchema, SubjectEstimateSchema
from mobile_api.schemas.trends import FigureSchema, GradeCellSchema, PeriodSchema, TrendRowSchema


class MonthQuerySchema(StrictSchema):
    """A month by its first day, or any day of it; this month unless said."""

    month = Date(load_default=None, metadata={"example": "2026-11-01"})


class UpwardRowSchema(StrictSchema):
    """What goes upward of a grade, a school or all together, in per cent with what it rests on.

    ``response_percent``: sheets ÷ enrolled; ``publication_days`` of ``school_days``: on how many school days homework
    (or "none") was published, for a school the classes' mean in tenths.
    """

    n = fields.Integer(allow_none=True)
    enrolled = fields.Integer(allow_none=True)
    response_percent = fields.Integer(allow_none=True)
    mean_minutes = fields.Float(allow_none=True)
    share_within_percent = fields.Integer(allow_none=True)
    in_bed_on_time_percent = fields.Integer(allow_none=True)
    n_bedtime = fields.Integer(allow_none=True, metadata={"description": "sheets with lights-out, behind the share"})
    sleep_target_met_percent = fields.Integer(allow_none=True)
    n_sleep = fields.Integer(allow_none=True, metadata={"description": "sheets with sleep known, behind the share"})
    publication_days = fields.Float(allow_none=True)
    school_days = fields.Integer(allow_none=True)
    withheld = fields.Boolean()


class UpwardGradeSchema(UpwardRowSchema):
    """One grade's line."""

    stage = fields.String()
    grade = fields.Integer()


class UpwardSchoolSchema(UpwardRowSchema):
    """One school's line."""

    school_id = fields.UUID()
    name = fields.String()


class SchoolUpwardSchema(PeriodSchema):
    """A school's report upward."""

    school_id = fields.UUID()
    school_name = fields.String()
    total = fields.Nested(UpwardRowSchema)
    grades = fields.List(fields.Nested(UpwardGradeSchema))


class DistrictUpwardSchema(PeriodSchema):
    """A district's table of schools."""

    district_id = fields.UUID()
    total = fields.Nested(UpwardRowSchema)
    schools = fields.List(fields.Nested(UpwardSchoolSchema))


class WarningCountSchema(StrictSchema):
    """Warnings of the month by code."""

    code = fields.String()
    open = fields.Integer()
    closed = fields.Integer()


class MonthlyReportSchema(PeriodSchema):
    """One month of a school on one page."""

    school_id = fields.UUID()
    school_name = fields.String()
    month = Date()
    figure = fields.Nested(FigureSchema)
    weeks = fields.List(fields.Nested(TrendRowSchema))
    grades = fields.List(fields.Nested(GradeCellSchema))
    subjects = fields.List(fields.Nested(SubjectEstimateSchema))
    places = fields.Nested(PlacesSchema)
    sleep = fields.Nested(SleepFigureSchema)
    upward = fields.Nested(UpwardRowSchema)
    warnings = fields.List(fields.Nested(WarningCountSchema))
