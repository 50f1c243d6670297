"""Week plans as a prep group files them and as the office decides them."""

from typing import Any

from marshmallow import fields, validate

from backend.domain.load import Kind, Place
from backend.domain.policy import Stage
from backend.services.planning.stated_homework import Homework
from backend.services.planning.week_plans import FiledPlan
from mobile_api.schemas.assignments import AuthorSchema, BudgetSchema, TierDumpSchema, TierSchema, estimates_of
from mobile_api.schemas.base import Date, Instant, JsonInt, StrictSchema, Text


class WeekPlanItemSchema(StrictSchema):
    """One piece of homework of the week."""

    title = Text(required=True, longest=120, shortest=1)
    kind = fields.Enum(Kind, by_value=True, load_default=Kind.written)
    place = fields.Enum(Place, by_value=True, load_default=Place.home)
    given_on = Date(required=True)
    due_on = Date(required=True)
    tiers = fields.List(fields.Nested(TierSchema), required=True, validate=validate.Length(1, 3))


class NewWeekPlanSchema(StrictSchema):
    """A prep group's plan of one week, which begins on a Monday."""

    stage = fields.Enum(Stage, by_value=True, required=True)
    grade = JsonInt(required=True, validate=validate.Range(1, 12))
    subject = Text(required=True, longest=32, shortest=1)
    week_starts_on = Date(required=True, metadata={"example": "2026-11-23"})
    items = fields.List(fields.Nested(WeekPlanItemSchema), required=True, validate=validate.Length(1, 40))
    as_draft = fields.Boolean(
        load_default=False,
        truthy={True},
        falsy={False},
        metadata={"description": "only the prep group sees it; in place of a filed plan it withdraws that"},
    )


class WeekPlanQuerySchema(StrictSchema):
    """Which week; the newest hundred plans unless said."""

    week_starts_on = Date(load_default=None)


class DecisionSchema(StrictSchema):
    """Approve, or send back with a note; with `version`, only if that is what is filed."""

    approved = fields.Boolean(required=True, truthy={True}, falsy={False})
    note = Text(load_default="", longest=500)
    version = JsonInt(load_default=None, allow_none=True, validate=validate.Range(1))


class WeekPlanItemDumpSchema(StrictSchema):
    """One piece of homework of the week, as filed."""

    title = fields.String()
    kind = fields.String()
    place = fields.String()
    given_on = fields.String(metadata={"format": "date"})
    due_on = fields.String(metadata={"format": "date"})
    tiers = fields.List(fields.Nested(TierDumpSchema))


class WeekPlanSchema(StrictSchema):
    """A plan as filed."""

    id = fields.UUID()
    stage = fields.String()
    grade = fields.Integer()
    subject = fields.String()
    week_starts_on = Date()
    state = fields.String(metadata={"description": "`draft`, `filed`, `sent_back` or `approved`"})
    version = fields.Integer()
    items = fields.List(fields.Nested(WeekPlanItemDumpSchema))
    note = fields.String()
    filed_by = fields.UUID()
    filed_at = Instant()
    decided_at = Instant(allow_none=True)


class ClassTotalsSchema(StrictSchema):
    """One class's nights of the week."""

    class_id = fields.UUID()
    class_name = fields.String()
    nights = fields.List(fields.Nested(BudgetSchema))


class WeekPlanVersionSchema(StrictSchema):
    """One filing of the plan, with what was decided about it."""

    version = fields.Integer()
    state = fields.String(metadata={"description": "`filed` (nobody decided), `sent_back` or `approved`"})
    by = fields.Nested(AuthorSchema)
    filed_at = Instant()
    decided_by = fields.String(allow_none=True, metadata={"description": "the name of whoever decided"})
    decided_at = Instant(allow_none=True)
    note = fields.String()


class ItemChangeSchema(StrictSchema):
    """One item that is new, gone or not as it was."""

    what = fields.String(metadata={"description": "`added`, `removed` or `changed`"})
    before = fields.Nested(WeekPlanItemDumpSchema, allow_none=True)
    after = fields.Nested(WeekPlanItemDumpSchema, allow_none=True)


class WeekPlanWithTotalsSchema(WeekPlanSchema):
    """A plan with every class's daily totals, its filed versions (newest first) and what changed since one of them."""

    by = fields.Nested(AuthorSchema)
    daily_totals = fields.List(fields.Nested(ClassTotalsSchema))
    versions = fields.List(fields.Nested(WeekPlanVersionSchema))
    changed_since_version = fields.Integer(
        allow_none=True, metadata={"description": "the version last sent back, else the one filed before"}
    )
    changes = fields.List(fields.Nested(ItemChangeSchema))


class WeekPlansSchema(StrictSchema):
    """Several plans."""

    items = fields.List(fields.Nested(WeekPlanSchema))


def plan_of(body: dict[str, Any]) -> FiledPlan:
    """A loaded body as the service's plan."""
    items = tuple(
        Homework(**(item | {"subject": body["subject"], "tiers": estimates_of(item["tiers"])}))
        for item in body["items"]
    )
    head = {name: body[name] for name in ("stage", "grade", "subject", "week_starts_on")}
    return FiledPlan(**head, items=items)
