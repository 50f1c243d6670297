"""The week of a whole school at a glance, and a night's three figures."""

from marshmallow import fields

from mobile_api.schemas.assignments import AuthorSchema
from mobile_api.schemas.base import Date, Instant, StrictSchema
from mobile_api.schemas.trends import FigureSchema


class DayOfWeekSchema(StrictSchema):
    """A date of the week."""

    day = Date()
    is_school_day = fields.Boolean()


class PartSchema(StrictSchema):
    """One subject's minutes of a night, and from where they are known."""

    subject = fields.String()
    minutes = fields.Integer()
    source = fields.String(
        metadata={"description": "`filed` or `approved` (its week plan), or `published` where no plan stands"}
    )


class OverviewNightSchema(StrictSchema):
    """One class's night: all parts together against the cap; planned and published also by themselves."""

    night = Date()
    cap_minutes = fields.Integer(allow_none=True)
    cap_scope = fields.String()
    no_homework_day = fields.Boolean()
    total_minutes = fields.Integer(metadata={"description": "the sum of the parts"})
    over_minutes = fields.Integer()
    exceeded = fields.Boolean()
    planned_minutes = fields.Integer(metadata={"description": "by week plans, filed or approved"})
    published_minutes = fields.Integer(metadata={"description": "all that is published, planned before or not"})
    parts = fields.List(fields.Nested(PartSchema))


class OverviewClassSchema(StrictSchema):
    """One class's week."""

    class_id = fields.UUID()
    class_name = fields.String()
    nights = fields.List(fields.Nested(OverviewNightSchema))


class OverviewPlanSchema(StrictSchema):
    """Where one week plan stands."""

    id = fields.UUID(allow_none=True, metadata={"description": "null where the reader may not open it"})
    subject = fields.String()
    state = fields.String(metadata={"description": "`filed`, `sent_back` or `approved`"})
    version = fields.Integer()
    n_items = fields.Integer()
    by = fields.Nested(AuthorSchema)
    filed_at = Instant()
    nights_over = fields.List(
        Date(), metadata={"description": "nights with its work on which some class goes over its cap"}
    )


class OverviewGradeSchema(StrictSchema):
    """One grade's week."""

    stage = fields.String()
    grade = fields.Integer()
    nights_over = fields.Integer(metadata={"description": "how many nights of classes go over the cap"})
    missing_subjects = fields.List(fields.String(), metadata={"description": "prep groups that have filed nothing"})
    plans = fields.List(fields.Nested(OverviewPlanSchema))
    classes = fields.List(fields.Nested(OverviewClassSchema))


class WeekOverviewSchema(StrictSchema):
    """A week by grade and class."""

    week_starts_on = Date()
    today = Date()
    decides = fields.Boolean(metadata={"description": "whether the reader approves and sends back"})
    days = fields.List(fields.Nested(DayOfWeekSchema))
    grades = fields.List(fields.Nested(OverviewGradeSchema))


class NightsSchema(StrictSchema):
    """The night, or the weekend, of which a figure speaks."""

    first = Date(data_key="from", attribute="from")
    last = Date(data_key="to", attribute="to")
    nights = fields.Integer()


class ThreeFiguresRowSchema(StrictSchema):
    """Planned, set and taken; null where there is none. A taken figure may be withheld."""

    planned_minutes = fields.Integer(allow_none=True, metadata={"description": "by the approved week plan"})
    published_minutes = fields.Integer(allow_none=True)
    is_set = fields.Boolean(metadata={"description": "whether the recorder noted it"})
    set_minutes = fields.Integer(allow_none=True)
    taken = fields.Nested(FigureSchema, allow_none=True)


class SubjectFiguresSchema(ThreeFiguresRowSchema):
    """One subject's."""

    subject = fields.String()


class ThreeFiguresSchema(StrictSchema):
    """A class's night: planned, really set, really taken, by subject and in all."""

    class_id = fields.UUID()
    class_name = fields.String()
    night = Date()
    cap_minutes = fields.Integer(allow_none=True)
    taken_nights = fields.Nested(NightsSchema, allow_none=True)
    items = fields.List(fields.Nested(SubjectFiguresSchema))
    total = fields.Nested(ThreeFiguresRowSchema)
