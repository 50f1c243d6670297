"""What a school decides about itself beside policies, and its change."""

from marshmallow import fields, validate

from backend.domain.reminder_times import CLOCKS, MINUTES, Clock, Minutes
from backend.services.school.school_settings import LARGEST_TOLERANCE, LOCALES
from backend.settings import CHANNELS
from backend.storage.models import OverCapMode
from mobile_api.schemas.base import JsonBool, JsonInt, StrictSchema, TimeOfDay

HIDES = {"description": "titles of homework are shown neither to families nor on the notice board"}
TOLERANCE = {"description": "a reminder of short sleep comes only beyond so many minutes", "example": 30}
ORDER = {"description": "in this order; empty: the installation's own", "example": ["fcm", "inbox"]}


SAYS = {
    "publish_estimates_at": "when subject teachers without homework or “none today” are asked",
    "confirm_again_at": "when a sheet is asked to be confirmed once more, on the morning after",
    "sleep_short_at": "when a short night is told where no waking is logged",
    "streak_at": "when a run of missed nights is told",
    "class_over_cap_at": "when classes above their cap are told",
    "weekly_digest_at": "when the week's summary comes on Friday",
    "wind_down_before_minutes": "minutes before latest lights-out; a student's own device is silent from 30",
    "bedtime_passed_after_minutes": "minutes after latest lights-out",
}


def clock_field(clock: Clock) -> TimeOfDay:
    """A time of a reminder, with its bounds."""
    bounds = f"{clock.earliest:%H:%M} to {clock.latest:%H:%M}"
    return TimeOfDay(
        validate=validate.Range(clock.earliest, clock.latest),
        metadata={"description": f"{SAYS[clock.name]}; {bounds}, school-local", "example": f"{clock.default:%H:%M}"},
    )


def minutes_field(minutes: Minutes) -> JsonInt:
    """A distance from latest lights-out, with its bounds."""
    return JsonInt(
        validate=validate.Range(minutes.least, minutes.most),
        metadata={"description": SAYS[minutes.name], "example": minutes.default},
    )


ReminderTimesSchema = StrictSchema.from_dict(
    {each.name: clock_field(each) for each in CLOCKS} | {each.name: minutes_field(each) for each in MINUTES},
    name="ReminderTimesSchema",
)
ReminderTimesStateSchema = StrictSchema.from_dict(
    {each.name: fields.String(metadata={"example": f"{each.default:%H:%M}"}) for each in CLOCKS}
    | {each.name: fields.Integer(metadata={"example": each.default}) for each in MINUTES},
    name="ReminderTimesStateSchema",
)


class BoundsSchema(StrictSchema):
    """What a school may choose for one time: `HH:MM`, or minutes."""

    default = fields.Raw(metadata={"example": "15:30"})
    least = fields.Raw(metadata={"example": "12:00"})
    most = fields.Raw(metadata={"example": "17:30"})


class SchoolSettingsSchema(ReminderTimesStateSchema):  # type: ignore[misc, valid-type]
    """How a school's settings stand."""

    hide_titles = fields.Boolean(metadata=HIDES)
    over_cap_mode = fields.String(metadata={"enum": [each.value for each in OverCapMode]})
    sleep_short_tolerance_minutes = fields.Integer(metadata=TOLERANCE)
    channels = fields.List(fields.String(), metadata=ORDER)
    locale = fields.String(metadata={"enum": list(LOCALES)})
    available_channels = fields.List(
        fields.String(),
        metadata={
            "description": "the installation's, in its order; another is never used",
            "example": ["fcm", "inbox"],
        },
    )
    bounds = fields.Dict(keys=fields.String(), values=fields.Nested(BoundsSchema))


class SchoolSettingsChangeSchema(ReminderTimesSchema):  # type: ignore[misc, valid-type]
    """What changes; what is left out stays."""

    hide_titles = JsonBool(metadata=HIDES)
    over_cap_mode = fields.Enum(OverCapMode, by_value=True)
    sleep_short_tolerance_minutes = JsonInt(validate=validate.Range(0, LARGEST_TOLERANCE), metadata=TOLERANCE)
    channels = fields.List(
        fields.String(validate=validate.OneOf(CHANNELS)), validate=validate.Length(max=len(CHANNELS)), metadata=ORDER
    )
    locale = fields.String(validate=validate.OneOf(LOCALES))
