"""Figures by day, week, subject, kind, tier or place, each with its coverage; ``withheld`` marks what is not shown."""

from marshmallow import fields, validate

from backend.domain.policy import Stage
from backend.services.figures.trend_parts import TrendBy
from mobile_api.schemas.base import Date, StrictSchema, one_of


class PeriodQuerySchema(StrictSchema):
    """Two dates, both included; four weeks up to today unless said."""

    first = Date(data_key="from", load_default=None)
    last = Date(data_key="to", load_default=None)


class TrendQuerySchema(PeriodQuerySchema):
    """A period, and what the rows are."""

    by = one_of(TrendBy, load_default=TrendBy.day)


class GradeQuerySchema(PeriodQuerySchema):
    """A period; of one grade only where it is named (a school's grade 6 may be primary or junior: name both)."""

    stage = one_of(Stage, load_default=None)
    grade = fields.Integer(load_default=None, validate=validate.Range(1, 12))


class SchoolTrendQuerySchema(GradeQuerySchema):
    """A period, what the rows are, and perhaps one grade."""

    by = one_of(TrendBy, load_default=TrendBy.day)


class EstimateSchema(StrictSchema):
    """Estimate against actual (rule 5): a student's work on one assignment, all its nights, is one observation.

    ``median``, ``p10`` and ``p90`` are of finished work. ``ratio`` is the median of each observation's minutes ÷ the
    estimate in force when it began; null where there was none. Work stopped for sleep or left unfinished is censored:
    counted in ``n_censored``, never averaged; where there is any, ``basis`` is ``kaplan_meier`` and
    ``km_median_minutes`` uses it too (null when fewer than half are ever seen to finish).
    """

    n = fields.Integer(allow_none=True, metadata={"description": "finished observations"})
    n_censored = fields.Integer(allow_none=True)
    stopped_for_sleep = fields.Integer(allow_none=True)
    estimated_minutes = fields.Integer(allow_none=True, metadata={"description": "median estimate in force"})
    median_minutes = fields.Integer(allow_none=True)
    p10_minutes = fields.Integer(allow_none=True)
    p90_minutes = fields.Integer(allow_none=True)
    ratio = fields.Float(allow_none=True, metadata={"example": 1.25})
    km_median_minutes = fields.Integer(allow_none=True)
    basis = fields.String(validate=validate.OneOf(["finished", "kaplan_meier"]))
    withheld = fields.Boolean()


class FigureSchema(StrictSchema):
    """The official measure (mean over submitted sheets) with what must stand beside it."""

    n = fields.Integer(allow_none=True, metadata={"description": "sheets behind the figure, one a student and stretch"})
    enrolled = fields.Integer(allow_none=True, metadata={"description": "students enrolled, summed over the stretches"})
    mean_minutes = fields.Float(allow_none=True, metadata={"example": 55.3})
    median_minutes = fields.Integer(allow_none=True)
    p90_minutes = fields.Integer(allow_none=True)
    share_within_percent = fields.Integer(allow_none=True)
    over_cap = fields.Boolean(allow_none=True)
    amended = fields.Integer(allow_none=True)
    cap_minutes = fields.Integer(allow_none=True)
    withheld = fields.Boolean()


class ClassCellSchema(FigureSchema):
    """One class's part of a row."""

    class_id = fields.UUID()
    name = fields.String()


class GradeCellSchema(FigureSchema):
    """One grade's part of a row."""

    stage = one_of(Stage)
    grade = fields.Integer()


class SchoolCellSchema(FigureSchema):
    """One school's part of a row."""

    school_id = fields.UUID()
    name = fields.String()


class TrendRowSchema(FigureSchema):
    """One row: a stretch of nights, a week, a subject, a kind, a tier or a place."""

    first = Date(data_key="from", attribute="from")
    last = Date(data_key="to", attribute="to")
    nights = fields.Integer()
    subject = fields.String()
    kind = fields.String()
    tier = fields.String()
    place = fields.String()
    estimate = fields.Nested(EstimateSchema, metadata={"description": "of rows by subject, kind or tier"})


class SchoolRowSchema(TrendRowSchema):
    """A school's row with its grades and classes."""

    grades = fields.List(fields.Nested(GradeCellSchema))
    classes = fields.List(fields.Nested(ClassCellSchema))


class DistrictRowSchema(TrendRowSchema):
    """A district's row with its schools."""

    schools = fields.List(fields.Nested(SchoolCellSchema))


class PeriodSchema(StrictSchema):
    """What was asked for."""

    first = Date(data_key="from", attribute="from")
    last = Date(data_key="to", attribute="to")
    minimum = fields.Integer(metadata={"description": "figures of fewer students are withheld from who sees no names"})


class TrendHeadSchema(PeriodSchema):
    """What was asked for, and what the rows are."""

    by = fields.String()


class ClassTrendsSchema(TrendHeadSchema):
    """One class's rows."""

    class_id = fields.UUID()
    class_name = fields.String()
    items = fields.List(fields.Nested(TrendRowSchema))


class SchoolTrendsSchema(TrendHeadSchema):
    """A school's rows."""

    school_id = fields.UUID()
    school_name = fields.String()
    items = fields.List(fields.Nested(SchoolRowSchema))


class DistrictTrendsSchema(TrendHeadSchema):
    """A district's rows."""

    district_id = fields.UUID()
    items = fields.List(fields.Nested(DistrictRowSchema))
