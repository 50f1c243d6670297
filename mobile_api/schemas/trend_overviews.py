"""Everything that one page of charts shows of a class, a grade, a school or a district over one period."""

from marshmallow import fields, validate

from mobile_api.schemas.base import Date, StrictSchema
from mobile_api.schemas.trends import EstimateSchema, FigureSchema, PeriodSchema


class HeatCellSchema(StrictSchema):
    """One subject on one weekday (ISO, 1 Monday; the day the stretch of nights begins)."""

    subject = fields.String()
    weekday = fields.Integer()
    n = fields.Integer(allow_none=True)
    median_minutes = fields.Integer(allow_none=True)
    ratio = fields.Float(allow_none=True)
    withheld = fields.Boolean()


class BoxSchema(StrictSchema):
    """Five figures of a distribution, in minutes."""

    p10 = fields.Integer()
    p25 = fields.Integer()
    p50 = fields.Integer()
    p75 = fields.Integer()
    p90 = fields.Integer()


class DistributionSchema(StrictSchema):
    """How the night minutes lie: every sheet's minutes in order, no names, for those who see the class; else a box."""

    basis = fields.String(validate=validate.OneOf(["values", "box", "withheld"]))
    n = fields.Integer(allow_none=True)
    cap_minutes = fields.Integer(allow_none=True)
    values = fields.List(fields.Integer(), allow_none=True)
    box = fields.Nested(BoxSchema, allow_none=True)


class PlacesSchema(StrictSchema):
    """Homework at home and at school (after-class hours): mean minutes a sheet and night."""

    n = fields.Integer(allow_none=True)
    home_minutes = fields.Float(allow_none=True)
    school_minutes = fields.Float(allow_none=True)
    school_share_percent = fields.Integer(allow_none=True)
    withheld = fields.Boolean()


class SleepFigureSchema(StrictSchema):
    """Sleep on nights before a school day. Each share has its own n: not everybody logs bedtime."""

    enrolled = fields.Integer(allow_none=True)
    n_bedtime = fields.Integer(allow_none=True, metadata={"description": "sheets with lights-out"})
    on_time_percent = fields.Integer(allow_none=True)
    median_lights_out = fields.String(allow_none=True, metadata={"example": "21:35"})
    n_sleep = fields.Integer(allow_none=True, metadata={"description": "sheets with sleep, logged or projected"})
    projected = fields.Integer(allow_none=True)
    median_sleep_minutes = fields.Integer(allow_none=True)
    target_met_percent = fields.Integer(allow_none=True)
    short_percent = fields.Integer(allow_none=True, metadata={"description": "short by more than the tolerance"})
    n_weeks = fields.Integer(allow_none=True, metadata={"description": "students' weeks with sleep known"})
    debt_percent = fields.Integer(
        allow_none=True, metadata={"description": "of these, with a sleep debt of an hour or more"}
    )
    withheld = fields.Boolean()


class SleepWeekSchema(SleepFigureSchema):
    """Sleep in one week."""

    first = Date(data_key="from", attribute="from")
    last = Date(data_key="to", attribute="to")


class BedtimePairSchema(StrictSchema):
    """One sheet: when homework ended and when lights went out; no name."""

    finish = fields.String(metadata={"example": "20:40"})
    lights_out = fields.String(metadata={"example": "21:30"})


class BedtimeBinSchema(StrictSchema):
    """Sheets whose homework ended in one half hour."""

    first = fields.String(data_key="from", attribute="from", metadata={"example": "20:30"})
    last = fields.String(data_key="to", attribute="to", metadata={"example": "21:00"})
    n = fields.Integer(allow_none=True)
    median_lights_out = fields.String(allow_none=True)
    late_percent = fields.Integer(allow_none=True)
    withheld = fields.Boolean()


class BedtimesSchema(StrictSchema):
    """Homework's end against lights-out: pairs for those who see the class, half hours for everybody."""

    pairs = fields.List(fields.Nested(BedtimePairSchema), allow_none=True)
    bins = fields.List(fields.Nested(BedtimeBinSchema))


class SubjectEstimateSchema(EstimateSchema):
    """Estimate against actual of one subject: never by teacher."""

    subject = fields.String()


class OverviewSchema(PeriodSchema):
    """All of a page: ``frozen`` says whether these are the fixed figures of those who see no names."""

    frozen = fields.Boolean()
    figure = fields.Nested(FigureSchema, allow_none=True, metadata={"description": "null for a subject teacher"})
    heat_map = fields.List(fields.Nested(HeatCellSchema))
    distribution = fields.Nested(DistributionSchema, allow_none=True)
    places = fields.Nested(PlacesSchema, allow_none=True)
    sleep = fields.Nested(SleepFigureSchema, allow_none=True)
    sleep_weeks = fields.List(fields.Nested(SleepWeekSchema))
    bedtimes = fields.Nested(BedtimesSchema, allow_none=True)
    calibration = fields.List(fields.Nested(SubjectEstimateSchema))


class ClassOverviewSchema(OverviewSchema):
    """A class's page."""

    class_id = fields.UUID()
    class_name = fields.String()


class SchoolOverviewSchema(OverviewSchema):
    """A school's page, or one grade's."""

    school_id = fields.UUID()
    school_name = fields.String()


class DistrictOverviewSchema(OverviewSchema):
    """A district's page."""

    district_id = fields.UUID()


class CalibrationWeekSchema(StrictSchema):
    """One week of one's own estimates."""

    first = Date(data_key="from", attribute="from")
    last = Date(data_key="to", attribute="to")
    n = fields.Integer()
    ratio = fields.Float(allow_none=True)


class OwnCalibrationItemSchema(EstimateSchema):
    """One's own estimates in one class and subject: what was thought, what it took, week by week."""

    class_id = fields.UUID()
    class_name = fields.String()
    subject = fields.String()
    weeks = fields.List(fields.Nested(CalibrationWeekSchema))


class OwnCalibrationSchema(PeriodSchema):
    """One's own estimates, for one's own eyes: no route shows them to anybody else."""

    items = fields.List(fields.Nested(OwnCalibrationItemSchema))
