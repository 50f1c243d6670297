"""Consent: the decision, where it stands, and the text in both languages."""

from marshmallow import fields

from backend.domain.people import ConsentDecision, ConsentState
from mobile_api.schemas.base import Instant, StrictSchema, Text


class ConsentDecisionSchema(StrictSchema):
    """A guardian's decision on one version of the text."""

    decision = fields.Enum(ConsentDecision, by_value=True, required=True)
    text_version = Text(required=True, shortest=1, longest=40, metadata={"example": "2026-11"})


class ConsentSectionSchema(StrictSchema):
    """One part of the text."""

    code = fields.String(metadata={"example": "purpose"})
    heading = fields.String()
    body = fields.String()


class ConsentTextSchema(StrictSchema):
    """The text in one language."""

    locale = fields.String(metadata={"enum": ["zh-CN", "en"]})
    version = fields.String(metadata={"example": "2026-11"})
    title = fields.String()
    sections = fields.List(fields.Nested(ConsentSectionSchema))


class ConsentStateSchema(StrictSchema):
    """Where a student's consent stands."""

    student_id = fields.UUID()
    state = fields.Enum(ConsentState, by_value=True)
    needed = fields.Boolean(metadata={"description": "false from senior high on for those known to be 14"})
    may_write = fields.Boolean()
    text_version = fields.String(metadata={"description": "the text to be asked today", "example": "2026-11"})
    own_decision = fields.Enum(ConsentDecision, by_value=True, allow_none=True)
    decided_at = Instant(allow_none=True)


class ConsentSchema(ConsentStateSchema):
    """Where it stands, with the text, Chinese first."""

    texts = fields.List(fields.Nested(ConsentTextSchema))
