"""Homework as teachers state it and as a class's plan shows it."""

from marshmallow import fields, validate

from backend.domain.estimates import Estimate
from backend.domain.load import Kind, Place, Tier
from backend.services.planning.stated_homework import MOST_MINUTES
from mobile_api.schemas.base import Date, Instant, JsonInt, StrictSchema, Text

MINUTES = validate.Range(0, MOST_MINUTES)


class TierSchema(StrictSchema):
    """One tier's minutes: what most students need, optionally a range's upper end and the teacher's own trial."""

    tier = fields.Enum(Tier, by_value=True, load_default=Tier.standard, metadata={"example": "standard"})
    estimated_minutes = JsonInt(required=True, validate=MINUTES, metadata={"example": 20})
    estimated_max_minutes = JsonInt(load_default=None, allow_none=True, validate=MINUTES)
    tried_minutes = JsonInt(load_default=None, allow_none=True, validate=MINUTES)


class TierDumpSchema(StrictSchema):
    """One tier's minutes in an answer."""

    tier = fields.String()
    estimated_minutes = fields.Integer()
    estimated_max_minutes = fields.Integer(allow_none=True)
    tried_minutes = fields.Integer(allow_none=True)


class NewAssignmentSchema(StrictSchema):
    """Homework for one class; ``publish`` false keeps it a draft.

    With an ``id`` made by the client the request may be sent again when its answer was lost: it is done once.
    """

    id = fields.UUID(load_default=None, allow_none=True)
    subject = Text(required=True, longest=32, shortest=1, metadata={"example": "maths"})
    title = Text(required=True, longest=120, shortest=1, metadata={"example": "口算第 12 页"})
    kind = fields.Enum(Kind, by_value=True, load_default=Kind.written)
    place = fields.Enum(Place, by_value=True, load_default=Place.home)
    given_on = Date(required=True)
    due_on = Date(required=True)
    tiers = fields.List(fields.Nested(TierSchema), required=True, validate=validate.Length(1, 3))
    publish = fields.Boolean(load_default=True, truthy={True}, falsy={False})
    over_cap_reason = Text(load_default=None, allow_none=True, longest=500)


class AssignmentChangeSchema(StrictSchema):
    """What changes; what is left out stays."""

    title = Text(longest=120, shortest=1)
    kind = fields.Enum(Kind, by_value=True)
    place = fields.Enum(Place, by_value=True)
    given_on = Date()
    due_on = Date()
    tiers = fields.List(fields.Nested(TierSchema), validate=validate.Length(1, 3))
    over_cap_reason = Text(load_default=None, allow_none=True, longest=500)


class PublicationSchema(StrictSchema):
    """Whether the homework is published; over the cap a reason is needed."""

    published = fields.Boolean(required=True, truthy={True}, falsy={False})
    over_cap_reason = Text(load_default=None, allow_none=True, longest=500)


class PersonMinutesSchema(StrictSchema):
    """How many minutes a teacher has planned."""

    person_id = fields.String()
    name = fields.String()
    minutes = fields.Integer()


class SubjectMinutesSchema(StrictSchema):
    """How many minutes a subject has planned."""

    subject = fields.String()
    minutes = fields.Integer()


class BudgetSchema(StrictSchema):
    """One night of a class: cap, planned by whom, what is left; null minutes where there is no cap."""

    night = Date()
    cap_minutes = fields.Integer(allow_none=True)
    cap_scope = fields.String(metadata={"description": "`home` or `all`"})
    subject_cap_minutes = fields.Integer(allow_none=True)
    no_homework_day = fields.Boolean()
    planned_minutes = fields.Integer()
    left_minutes = fields.Integer(allow_none=True)
    over_minutes = fields.Integer()
    exceeded = fields.Boolean()
    by_subject = fields.List(fields.Nested(SubjectMinutesSchema))
    by_whom = fields.List(fields.Nested(PersonMinutesSchema))


class PlanNightSchema(BudgetSchema):
    """A budget with the subjects that said "none today"."""

    none = fields.List(fields.String())


class AuthorSchema(StrictSchema):
    """Who published or wrote it."""

    person_id = fields.UUID()
    name = fields.String()


class AssignmentSchema(StrictSchema):
    """An assignment as staff see it."""

    id = fields.UUID()
    class_id = fields.UUID()
    subject = fields.String()
    title = fields.String()
    kind = fields.String()
    place = fields.String()
    given_on = Date()
    due_on = Date()
    nights = fields.List(Date())
    state = fields.String(metadata={"description": "`draft`, `published` or `withdrawn`"})
    version = fields.Integer()
    by = fields.Nested(AuthorSchema)
    published_at = Instant(allow_none=True)
    over_cap_minutes = fields.Integer(allow_none=True)
    over_cap_reason = fields.String(allow_none=True)
    tiers = fields.List(fields.Nested(TierDumpSchema))


class AssignmentWithBudgetSchema(AssignmentSchema):
    """An assignment with the budget of each of its nights."""

    budget = fields.List(fields.Nested(BudgetSchema))


class AssignmentVersionSchema(StrictSchema):
    """What an assignment was from one change to the next, and who stated it so."""

    version = fields.Integer()
    by = fields.Nested(AuthorSchema)
    from_at = Instant(metadata={"description": "since when it stood like this"})
    title = fields.String()
    kind = fields.String()
    place = fields.String()
    given_on = Date()
    due_on = Date()
    state = fields.String()
    tiers = fields.List(fields.Nested(TierDumpSchema))


class AssignmentVersionsSchema(StrictSchema):
    """Every version, the newest first."""

    assignment_id = fields.UUID()
    published_at = Instant(allow_none=True)
    items = fields.List(fields.Nested(AssignmentVersionSchema))


def estimates_of(tiers: list[dict[str, object]]) -> tuple[Estimate, ...]:
    """Loaded tiers as the domain's estimates."""
    return tuple(Estimate(**tier) for tier in tiers)  # type: ignore[arg-type]
