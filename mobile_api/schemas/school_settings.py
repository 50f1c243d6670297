"""What a school decides about itself beside policies, and its change."""

from marshmallow import fields, validate

from backend.services.school_settings import LARGEST_TOLERANCE, LOCALES
from backend.settings import CHANNELS
from backend.storage.models import OverCapMode
from mobile_api.schemas.base import JsonBool, JsonInt, StrictSchema

HIDES = {"description": "titles of homework are shown neither to families nor on the notice board"}
TOLERANCE = {"description": "a reminder of short sleep comes only beyond so many minutes", "example": 30}
ORDER = {"description": "in this order; empty: the installation's own", "example": ["fcm", "inbox"]}


class SchoolSettingsSchema(StrictSchema):
    """How a school's settings stand."""

    hide_titles = fields.Boolean(metadata=HIDES)
    over_cap_mode = fields.String(metadata={"enum": [each.value for each in OverCapMode]})
    sleep_short_tolerance_minutes = fields.Integer(metadata=TOLERANCE)
    channels = fields.List(fields.String(), metadata=ORDER)
    locale = fields.String(metadata={"enum": list(LOCALES)})


class SchoolSettingsChangeSchema(StrictSchema):
    """What changes; what is left out stays."""

    hide_titles = JsonBool(metadata=HIDES)
    over_cap_mode = fields.Enum(OverCapMode, by_value=True)
    sleep_short_tolerance_minutes = JsonInt(validate=validate.Range(0, LARGEST_TOLERANCE), metadata=TOLERANCE)
    channels = fields.List(
        fields.String(validate=validate.OneOf(CHANNELS)), validate=validate.Length(max=len(CHANNELS)), metadata=ORDER
    )
    locale = fields.String(validate=validate.OneOf(LOCALES))
