"""A class's board of one night, and the recorder's log."""

from marshmallow import fields, validate

from mobile_api.schemas.assignments import SubjectMinutesSchema, TierDumpSchema
from mobile_api.schemas.base import Date, Instant, JsonInt, StrictSchema, Text
from mobile_api.schemas.handoffs import HandoffSchema
from mobile_api.schemas.trends import FigureSchema


class LoadsSchema(StrictSchema):
    """One sheet's figures in minutes, and how many segments are in none of them."""

    written_minutes = fields.Integer()
    capped_minutes = fields.Integer()
    assigned_minutes = fields.Integer()
    study_minutes = fields.Integer()
    school_minutes = fields.Integer()
    unclosed = fields.Integer()


class BoardSleepSchema(StrictSchema):
    """What was logged of one night's sleep; nothing is projected here."""

    lights_out_at = Instant(allow_none=True)
    woke_at = Instant(allow_none=True)
    nap_minutes = fields.Integer(allow_none=True)
    sleep_minutes = fields.Integer(allow_none=True)
    short_by_minutes = fields.Integer(allow_none=True)
    target_missed = fields.Boolean(allow_none=True)
    bedtime_late = fields.Boolean(allow_none=True)


class BoardStudentSchema(StrictSchema):
    """One student in roll order. A subject teacher's row has only name and the own subjects' minutes."""

    student_id = fields.UUID()
    school_number = fields.String(allow_none=True)
    name = fields.String()
    state = fields.String(allow_none=True)
    version = fields.Integer(allow_none=True)
    submitted_at = Instant(allow_none=True)
    is_late = fields.Boolean()
    is_amended = fields.Boolean()
    # `loads` would hide marshmallow's own method.
    night_loads = fields.Nested(LoadsSchema, allow_none=True, data_key="loads", attribute="loads")
    cap_state = fields.String(allow_none=True)
    subjects = fields.List(fields.Nested(SubjectMinutesSchema))
    sleep = fields.Nested(BoardSleepSchema, allow_none=True)
    unusual = fields.List(
        fields.String(),
        metadata={
            "description": "facts, in this order: stopped_for_sleep, amended, late, over_cap, sleep_short, "
            "clock_doubtful, after_lights_out, unclosed"
        },
    )
    guardian_note = fields.String(allow_none=True)
    signed_on_paper = fields.Boolean()
    teacher_reply = fields.String(allow_none=True)
    is_reviewed = fields.Boolean()
    waits_for_reply = fields.Boolean()


class ActualSchema(StrictSchema):
    """What an assignment took for one tier, beside its estimate."""

    tier = fields.String()
    n = fields.Integer()
    n_censored = fields.Integer()
    median_minutes = fields.Integer(allow_none=True)
    p10_minutes = fields.Integer(allow_none=True)
    p90_minutes = fields.Integer(allow_none=True)
    ratio = fields.Float(allow_none=True)


class BoardAssignmentSchema(StrictSchema):
    """One assignment of the night: estimate and actual."""

    assignment_id = fields.UUID()
    subject = fields.String()
    title = fields.String()
    kind = fields.String()
    place = fields.String()
    nights = fields.List(Date())
    tiers = fields.List(fields.Nested(TierDumpSchema))
    actual = fields.List(fields.Nested(ActualSchema))


class SetItemSchema(StrictSchema):
    """One subject's homework as it was really set."""

    subject = Text(required=True, longest=32, shortest=1)
    title = Text(load_default="", longest=120)
    estimated_minutes = JsonInt(load_default=None, allow_none=True, validate=validate.Range(0, 600))


class SetItemDumpSchema(StrictSchema):
    """One line of the recorder's log."""

    subject = fields.String()
    title = fields.String()
    estimated_minutes = fields.Integer(allow_none=True)
    recorded_at = Instant()


class SetLogSchema(StrictSchema):
    """The whole log of one night."""

    items = fields.List(fields.Nested(SetItemSchema), required=True, validate=validate.Length(max=40))


class SetLogAnswerSchema(StrictSchema):
    """The log as it stands."""

    class_id = fields.UUID()
    night = Date()
    items = fields.List(fields.Nested(SetItemDumpSchema))


class PlannedSchema(StrictSchema):
    """One assignment of the night; ``actual`` is null to the recorder."""

    assignment_id = fields.UUID()
    subject = fields.String()
    title = fields.String()
    kind = fields.String()
    tiers = fields.List(fields.Nested(TierDumpSchema))
    actual = fields.List(fields.Nested(ActualSchema), allow_none=True)


class SetSchema(SetLogAnswerSchema):
    """Plan, log and actual of one night."""

    class_name = fields.String()
    planned = fields.List(fields.Nested(PlannedSchema))


class ClassReviewSchema(StrictSchema):
    """How many sheets were marked as read, and how many unread ones with a guardian's line are left."""

    reviewed = fields.Integer()
    left = fields.Integer()


class BoardSchema(StrictSchema):
    """The board; ``view`` is ``homeroom`` or ``subject``."""

    class_id = fields.UUID()
    class_name = fields.String()
    night = Date()
    view = fields.String()
    cap_minutes = fields.Integer(allow_none=True)
    cap_scope = fields.String()
    figure = fields.Nested(FigureSchema)
    numbers = fields.Dict(keys=fields.String(), values=fields.Integer())
    students = fields.List(fields.Nested(BoardStudentSchema))
    subjects = fields.List(fields.String())
    assignments = fields.List(fields.Nested(BoardAssignmentSchema))
    set = fields.List(fields.Nested(SetItemDumpSchema))
    handoffs = fields.List(fields.Nested(HandoffSchema))
