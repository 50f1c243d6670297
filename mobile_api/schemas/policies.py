"""Policies as the office and a district state them, and as they are explained."""

from typing import Any

from marshmallow import fields, validate

from backend.domain.policy import PolicyField, PolicyLevel, Stage
from backend.services.school.policy_setting import PolicyDocument
from mobile_api.schemas.base import Date, Instant, JsonInt, StrictSchema, Text

LEVELS = {"school": PolicyLevel.school, "grade": PolicyLevel.grade, "class": PolicyLevel.class_}
LEVELS["student"] = PolicyLevel.student


class PolicyFieldsSchema(StrictSchema):
    """One or more fields; null is a value ("no cap"). Times are ``HH:MM``."""

    cap_minutes = fields.Raw(allow_none=True, metadata={"type": ["integer", "null"], "example": 60})
    cap_scope = fields.Raw(metadata={"type": "string", "enum": ["home", "all"]})
    subject_cap_minutes = fields.Raw(allow_none=True, metadata={"type": ["integer", "null"]})
    sleep_target_minutes = fields.Raw(allow_none=True, metadata={"type": ["integer", "null"], "example": 600})
    latest_lights_out = fields.Raw(allow_none=True, metadata={"type": ["string", "null"], "example": "21:20"})
    earliest_start = fields.Raw(allow_none=True, metadata={"type": ["string", "null"], "example": "08:20"})
    stop_mode = fields.Raw(metadata={"type": "string", "enum": ["off", "clock", "before_bed"]})
    stop_value = fields.Raw(allow_none=True, metadata={"type": ["string", "integer", "null"]})
    no_homework_weekday = fields.Raw(allow_none=True, metadata={"type": ["integer", "null"], "example": 3})


class DistrictPolicySchema(StrictSchema):
    """A district's fields, for all grades or for some, from tomorrow or later."""

    stage = fields.Enum(Stage, by_value=True, load_default=None, allow_none=True)
    grade = JsonInt(load_default=None, allow_none=True, validate=validate.Range(1, 12))
    effective_on = Date(required=True)
    reason = Text(load_default="", longest=500)
    fields_ = fields.Nested(PolicyFieldsSchema, required=True, data_key="fields")


class SchoolPolicySchema(DistrictPolicySchema):
    """A school's fields at one level: school, grade, class or student."""

    level = fields.String(required=True, validate=validate.OneOf(sorted(LEVELS)))
    class_id = fields.UUID(load_default=None, allow_none=True)
    student_id = fields.UUID(load_default=None, allow_none=True)


class PolicyRowSchema(StrictSchema):
    """One value of one field, from one date on."""

    id = fields.UUID()
    level = fields.String()
    school_id = fields.UUID(allow_none=True)
    district_id = fields.UUID(allow_none=True)
    stage = fields.String(allow_none=True)
    grade = fields.Integer(allow_none=True)
    class_id = fields.UUID(allow_none=True)
    student_id = fields.UUID(allow_none=True)
    field = fields.String(metadata={"enum": [each.value for each in PolicyField]})
    value = fields.Raw(allow_none=True)
    effective_on = Date()
    reason = fields.String()
    is_looser = fields.Boolean()
    set_at = Instant()


class WarningSchema(StrictSchema):
    """A value that asks less than the district or the preset."""

    code = fields.String(metadata={"example": "looser_than_preset"})
    field = fields.String()
    value = fields.Raw(allow_none=True)
    than = fields.Raw(allow_none=True)
    stage = fields.String()
    grade = fields.Integer()


class PoliciesSetSchema(StrictSchema):
    """The rows that were added, and what they are looser than."""

    policies = fields.List(fields.Nested(PolicyRowSchema))
    warnings = fields.List(fields.Nested(WarningSchema))


class ClassPolicySchema(StrictSchema):
    """What holds for a class tonight, with the source of each field."""

    class_id = fields.UUID()
    class_name = fields.String()
    policy = fields.Dict()


class SchoolPoliciesSchema(StrictSchema):
    """What a school has set, and what holds tonight."""

    policies = fields.List(fields.Nested(PolicyRowSchema))
    resolved = fields.List(fields.Nested(ClassPolicySchema))


class DistrictPoliciesSchema(StrictSchema):
    """What a district has set, and what its schools set looser."""

    policies = fields.List(fields.Nested(PolicyRowSchema))
    looser = fields.List(fields.Nested(PolicyRowSchema))


def document_of(body: dict[str, Any]) -> PolicyDocument:
    """A loaded body as the service's document; a district's has no level of its own."""
    level = LEVELS[body.pop("level")] if "level" in body else PolicyLevel.district
    return PolicyDocument(level=level, fields=body.pop("fields_"), **body)
