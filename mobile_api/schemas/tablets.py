"""The class tablet: starting and ending one, its pupils, their pictures, and what a pupil adds on it."""

from typing import Any

from marshmallow import fields, validate

from backend.domain.segments import Kind, Tier
from backend.domain.sheet import ChangeResult
from backend.services.identity.picture_codes import CODE_LENGTH, PICTURES
from backend.services.identity.tablets import IN_USE, WAITING
from mobile_api.schemas.base import Instant, StrictSchema, Text
from mobile_api.schemas.night_changes import EntryIn


class NewTabletSchema(StrictSchema):
    """A tablet's one-time code: shown here and never again."""

    id = fields.UUID()
    code = fields.String(metadata={"example": "K7QM-3XRA"})
    expires_at = Instant(metadata={"description": "half an hour later"})


class TabletPersonSchema(StrictSchema):
    """Who started it."""

    person_id = fields.UUID()
    name = fields.String(metadata={"example": "王雅文"})


class TabletSchema(StrictSchema):
    """A tablet of a class."""

    id = fields.UUID()
    state = fields.String(metadata={"enum": [WAITING, IN_USE], "description": "`waiting`: its code was not used yet"})
    enabled_at = Instant()
    by = fields.Nested(TabletPersonSchema)
    in_use_since = Instant(allow_none=True)
    code_expires_at = Instant(allow_none=True)


class TabletsSchema(StrictSchema):
    """Those in use and those whose code still waits, the oldest first."""

    class_id = fields.UUID()
    class_name = fields.String(metadata={"example": "三(1)班"})
    items = fields.List(fields.Nested(TabletSchema))


class TabletClaimSchema(StrictSchema):
    """The code as scanned or typed; spaces, dashes and lower case do not matter."""

    code = Text(required=True, shortest=1, longest=40, metadata={"example": "K7QM-3XRA"})
    installation_id = fields.UUID(required=True, metadata={"description": "made once by the installation itself"})
    device_name = Text(load_default="", longest=100)


class TabletSignedInSchema(StrictSchema):
    """The tablet's token, shown here alone."""

    token = fields.String(metadata={"description": "for `Authorization: Bearer`"})
    expires_at = Instant()


class PictureCodeStateSchema(StrictSchema):
    """A pupil, and since when there are three pictures: never which."""

    student_id = fields.UUID()
    name = fields.String()
    set_at = Instant(allow_none=True)
    may_write = fields.Boolean(metadata={"description": "whether entries are taken (consent)"})


class PictureCodesSchema(StrictSchema):
    """The class of today in the order of the roll."""

    class_id = fields.UUID()
    class_name = fields.String(metadata={"example": "三(1)班"})
    items = fields.List(fields.Nested(PictureCodeStateSchema))


class MakePictureCodesSchema(StrictSchema):
    """For whom: these pupils, or all that have none."""

    student_ids = fields.List(
        fields.UUID(), load_default=None, allow_none=True, validate=validate.Length(min=1, max=100)
    )


class MadePictureCodeSchema(StrictSchema):
    """A pupil's new pictures in their order."""

    student_id = fields.UUID()
    name = fields.String()
    pictures = fields.List(fields.String(), metadata={"example": ["sun", "fish", "key"]})


class MadePictureCodesSchema(StrictSchema):
    """The new pictures: shown here and never again."""

    class_id = fields.UUID()
    class_name = fields.String(metadata={"example": "三(1)班"})
    items = fields.List(fields.Nested(MadePictureCodeSchema))


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
