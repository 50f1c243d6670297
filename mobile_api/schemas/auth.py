"""Signing in: one-time codes, names and passwords, and the sessions they open."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from mobile_api.schemas.base import Instant, StrictSchema, Text

DEVICE_NAME = {"description": "how its owner recognises the device in the list", "example": "妈妈的手机"}


class Secret(Text):
    """A password as typed: not trimmed, 1 to 200 characters, never dumped."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(shortest=1, longest=200, load_only=True, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        super()._deserialize(value, attr, data, **kwargs)
        return str(value)


class ClaimSchema(StrictSchema):
    """A one-time code from a printed slip, or from a guardian's screen."""

    code = Text(
        required=True,
        shortest=1,
        longest=40,
        metadata={"description": "in any case, with or without dashes and spaces", "example": "K7QM-3XRA"},
    )
    telephone_last_four = Text(
        load_default=None,
        allow_none=True,
        longest=20,
        metadata={"description": "asked of a guardian whose telephone stands in the roster", "example": "1111"},
    )
    installation_id = fields.UUID(required=True, metadata={"description": "made once by the installation itself"})
    device_name = Text(load_default="", longest=100, metadata=DEVICE_NAME)


class CredentialsSchema(StrictSchema):
    """A name and a password, in a school or in a district."""

    school = Text(load_default=None, longest=64, metadata={"description": "the school's slug", "example": "shiyan"})
    district = Text(load_default=None, longest=64, metadata={"description": "the district's slug, for its officers"})
    login = Text(required=True, shortest=1, longest=120, metadata={"example": "wang.yawen"})
    password = Secret(required=True)
    installation_id = fields.UUID(load_default=None, allow_none=True)
    device_name = Text(load_default="", longest=100, metadata=DEVICE_NAME)

    @validates_schema
    def _one_place(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if (data.get("school") is None) == (data.get("district") is None):
            raise ValidationError("give either a school or a district", "school")


class SignedInSchema(StrictSchema):
    """A session just opened. The token is shown here and never again."""

    token = fields.String(metadata={"description": "for `Authorization: Bearer`"})
    expires_at = Instant()
    session_id = fields.UUID(attribute="actor.session_id")
    kind = fields.String(
        attribute="actor.kind.value", metadata={"enum": ["student", "guardian", "staff", "district_officer"]}
    )
    person_id = fields.UUID(attribute="actor.id")
    must_change_password = fields.Boolean(attribute="actor.must_change_password")


class PasswordSchema(StrictSchema):
    """A change of password."""

    old_password = Secret(required=True)
    new_password = Secret(required=True, metadata={"description": "at least 10 characters"})


class IssuedClaimSchema(StrictSchema):
    """A one-time code just made. It is shown here and never again."""

    code = fields.String(metadata={"example": "K7QM-3XRA"})
    expires_at = Instant()
