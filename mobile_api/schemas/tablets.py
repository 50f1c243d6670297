"""The class tablet: switching it on, its pupils, their pictures, and what a pupil adds on it."""

from typing import Any

from marshmallow import fields, validate

from backend.domain.segments import Kind, Tier
from backend.domain.sheet import ChangeResult
from backend.services.identity.tablets import CODE_LENGTH, PICTURES
from mobile_api.schemas.base import Instant, JsonBool, StrictSchema
from mobile_api.schemas.night_changes import EntryIn


class TabletSchema(StrictSchema):
    """Whether the class has a tablet."""

    enabled = JsonBool(required=True)


class TabletStateSchema(StrictSchema):
    """Whether it has one. The token is shown here and never again."""

    class_id = fields.UUID()
    enabled = fields.Boolean()
    token = fields.String(allow_none=True, metadata={"description": "for the tablet's `Authorization: Bearer`"})
    expires_at = Instant(allow_none=True)


class PupilSchema(StrictSchema):
    """A pupil as the tablet shows one."""

    id = fields.UUID()
    name = fields.String()
    has_picture_code = fields.Boolean()
    may_write = fields.Boolean(metadata={"description": "whether entries are taken (consent)"})


class PupilsSchema(StrictSchema):
    """The class of today in the order of the roll."""

    items = fields.List(fields.Nested(PupilSchema))


class TabletAssignmentSchema(StrictSchema):
    """One piece of tonight's homework."""

    id = fields.UUID()
    subject = fields.String(metadata={"example": "maths"})
    title = fields.String(allow_none=True, metadata={"description": "null where the school hides titles"})
    kind = fields.Enum(Kind, by_value=True)
    tiers = fields.List(fields.Enum(Tier, by_value=True))


class TabletAssignmentsSchema(StrictSchema):
    """Tonight's homework of the class."""

    items = fields.List(fields.Nested(TabletAssignmentSchema))


def pictures() -> Any:
    """The three pictures in their order."""
    one = fields.String(validate=validate.OneOf(PICTURES), metadata={"example": "sun"})
    return fields.List(one, required=True, validate=validate.Length(equal=CODE_LENGTH))


class PictureCodeSchema(StrictSchema):
    """A pupil's picture code."""

    pictures = pictures()


class TabletEntrySchema(EntryIn):
    """One entry of today, done at school, with the pupil's pictures. `place` may be left out."""

    picture_code = pictures()


class ReceiptSchema(StrictSchema):
    """That the entry was taken; the tablet shows nothing more."""

    entry_id = fields.UUID()
    result = fields.Enum(ChangeResult, by_value=True)
    received_at = Instant()
