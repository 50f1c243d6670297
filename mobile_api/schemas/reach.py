"""Test messages, which families are reached, and what became of reminders."""

from marshmallow import fields

from backend.services.reminders.reachability import REASONS
from mobile_api.schemas.base import Date, Instant, StrictSchema

WITHHELD = {"description": "true: too few to be shown without speaking of a child"}


class AttemptSchema(StrictSchema):
    """One attempt at a test message."""

    channel = fields.String(metadata={"example": "web_push"})
    outcome = fields.String(metadata={"example": "accepted"})


class TrialSchema(StrictSchema):
    """A test message as it stands; states and reasons are those of the manual of reminders."""

    sent_at = Instant()
    state = fields.String(metadata={"example": "sent"})
    reason = fields.String(allow_none=True, metadata={"example": "inbox_only"})
    attempts = fields.List(fields.Nested(AttemptSchema))


class LatestTrialSchema(StrictSchema):
    """The latest test message of the last day; null where there is none."""

    latest = fields.Nested(TrialSchema, allow_none=True)


class UnreachedGuardianSchema(StrictSchema):
    """One guardian of such a family; a new slip is `POST /guardians/{guardian_id}/claims`."""

    guardian_id = fields.UUID()
    name = fields.String()
    reason = fields.String(metadata={"enum": list(REASONS)})


class UnreachedSchema(StrictSchema):
    """A student whose family no message reaches outside the app."""

    student_id = fields.UUID()
    school_number = fields.String(allow_none=True)
    name = fields.String()
    reasons = fields.List(fields.String(metadata={"enum": list(REASONS)}))
    guardians = fields.List(fields.Nested(UnreachedGuardianSchema))


class ClassReachabilitySchema(StrictSchema):
    """The families of a class, and in roll order whom no message reaches."""

    class_id = fields.UUID()
    class_name = fields.String()
    families = fields.Integer()
    unreached = fields.Integer()
    students = fields.List(fields.Nested(UnreachedSchema))


class ClassNumbersSchema(StrictSchema):
    """One class in numbers."""

    class_id = fields.UUID()
    class_name = fields.String()
    families = fields.Integer()
    unreached = fields.Integer(allow_none=True)
    withheld = fields.Boolean(metadata=WITHHELD)


class SchoolReachabilitySchema(StrictSchema):
    """A school in numbers, in whole fives rounded down; nobody is named."""

    families = fields.Integer()
    unreached = fields.Integer(allow_none=True)
    withheld = fields.Boolean(metadata=WITHHELD)
    classes = fields.List(fields.Nested(ClassNumbersSchema))


class NightsQuerySchema(StrictSchema):
    """Two nights, both included, at most 31; the last seven unless said."""

    first = Date(data_key="from", load_default=None)
    last = Date(data_key="to", load_default=None)


class WorkerSchema(StrictSchema):
    """Whether anybody sends."""

    last_tick_at = Instant(allow_none=True)
    is_dead = fields.Boolean(metadata={"description": "nobody has looked for reminders in ten minutes"})


class CodeFiguresSchema(StrictSchema):
    """One code of one night: each message is in exactly one of the five; what is withheld is left out.

    What families get is withheld until 14:00 next day, when all reasons of a night are over.
    """

    night = Date()
    code = fields.String(metadata={"example": "confirm_sheet"})
    withheld = fields.Boolean(metadata=WITHHELD)
    n = fields.Integer()
    sent = fields.Integer()
    dropped = fields.Integer()
    failed = fields.Integer()
    unclear = fields.Integer(data_key="unknown", attribute="unknown")
    waiting = fields.Integer()
    reasons = fields.Dict(keys=fields.String(), values=fields.Integer())


class ChannelFiguresSchema(StrictSchema):
    """One channel of one night, by how attempts ended, in whole fives; left out where withheld."""

    night = Date()
    channel = fields.String(metadata={"example": "web_push"})
    withheld = fields.Boolean(metadata=WITHHELD)
    n = fields.Integer()
    outcomes = fields.Dict(keys=fields.String(), values=fields.Integer())


class DeliveryFiguresSchema(StrictSchema):
    """What became of a school's reminders."""

    first = Date(data_key="from", attribute="from")
    last = Date(data_key="to", attribute="to")
    worker = fields.Nested(WorkerSchema)
    codes = fields.List(fields.Nested(CodeFiguresSchema))
    channels = fields.List(fields.Nested(ChannelFiguresSchema))
