"""Figures by day, week or subject, each with its coverage; ``withheld`` marks what may not be shown."""

from marshmallow import fields

from backend.services.trend_parts import TrendBy
from mobile_api.schemas.base import Date, StrictSchema


class TrendQuerySchema(StrictSchema):
    """Two dates, both included (four weeks up to today unless said), and what the rows are."""

    first = Date(data_key="from", load_default=None)
    last = Date(data_key="to", load_default=None)
    by = fields.Enum(TrendBy, by_value=True, load_default=TrendBy.day)


class FigureSchema(StrictSchema):
    """The official measure (mean over submitted sheets) with what must stand beside it."""

    n = fields.Integer(allow_none=True, metadata={"description": "students who submitted"})
    enrolled = fields.Integer(allow_none=True)
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


class SchoolCellSchema(FigureSchema):
    """One school's part of a row."""

    school_id = fields.UUID()
    name = fields.String()


class TrendRowSchema(FigureSchema):
    """One row: a stretch of nights, a week or a subject."""

    first = Date(data_key="from", attribute="from")
    last = Date(data_key="to", attribute="to")
    nights = fields.Integer()
    subject = fields.String()


class SchoolRowSchema(TrendRowSchema):
    """A school's row with its classes."""

    classes = fields.List(fields.Nested(ClassCellSchema))


class DistrictRowSchema(TrendRowSchema):
    """A district's row with its schools."""

    schools = fields.List(fields.Nested(SchoolCellSchema))


class TrendHeadSchema(StrictSchema):
    """What was asked for."""

    first = Date(data_key="from", attribute="from")
    last = Date(data_key="to", attribute="to")
    by = fields.String()
    minimum = fields.Integer(metadata={"description": "figures of fewer students are withheld from who sees no names"})


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
