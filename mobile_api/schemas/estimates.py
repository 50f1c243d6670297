"""Estimate against actual week by week, by subject and by tier."""

from marshmallow import fields

from mobile_api.schemas.base import Date
from mobile_api.schemas.trends import EstimateSchema, PeriodSchema


class EstimateWeekSchema(EstimateSchema):
    """One week."""

    first = Date(data_key="from", attribute="from")
    last = Date(data_key="to", attribute="to")


class SubjectWeeksSchema(EstimateSchema):
    """One subject: the whole period, then its weeks."""

    subject = fields.String()
    weeks = fields.List(fields.Nested(EstimateWeekSchema))


class TierWeeksSchema(EstimateSchema):
    """One tier: the whole period, then its weeks."""

    tier = fields.String(metadata={"example": "standard"})
    weeks = fields.List(fields.Nested(EstimateWeekSchema))


class EstimatesSchema(PeriodSchema):
    """What was thought and what it took; tiers of a subject teacher are those of the own subjects."""

    frozen = fields.Boolean()
    subjects = fields.List(fields.Nested(SubjectWeeksSchema))
    tiers = fields.List(fields.Nested(TierWeeksSchema))


class ClassEstimatesSchema(EstimatesSchema):
    """A class's."""

    class_id = fields.UUID()
    class_name = fields.String()


class SchoolEstimatesSchema(EstimatesSchema):
    """A school's, or one grade's."""

    school_id = fields.UUID()
    school_name = fields.String()


class DistrictEstimatesSchema(EstimatesSchema):
    """A district's."""

    district_id = fields.UUID()
