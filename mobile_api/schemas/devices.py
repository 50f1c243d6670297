"""Push addresses, reminder preferences and the inbox."""

from marshmallow import fields, validate

from backend.services.reminders.devices import PERMISSION_REVOKED
from backend.services.reminders.reminder_preferences import LOCALES
from backend.services.reminders.snoozing import MINUTES
from backend.storage.models import AddressKind
from mobile_api.pagination import LARGEST_PAGE
from mobile_api.schemas.base import Date, Instant, JsonBool, JsonInt, StrictSchema, Text, TimeOfDay
from mobile_api.schemas.school_settings import ReminderTimesStateSchema


class DeviceKeysSchema(StrictSchema):
    """The keys of a Web Push subscription."""

    p256dh = Text(longest=200)
    auth = Text(longest=100)


class DeviceSchema(StrictSchema):
    """Where an installation can be reached."""

    kind = fields.Enum(AddressKind, by_value=True, required=True)
    address = Text(required=True, shortest=1, longest=2048, metadata={"example": "https://push.example.net/send/abc"})
    keys = fields.Nested(DeviceKeysSchema, load_default=dict)


class FirebaseWebSchema(StrictSchema):
    """What a browser needs to register with Firebase Cloud Messaging; public by nature."""

    api_key = fields.String(attribute="apiKey")
    app_id = fields.String(attribute="appId")
    project_id = fields.String(attribute="projectId")
    sender_id = fields.String(attribute="messagingSenderId")
    vapid_key = fields.String(attribute="vapidKey")


class DeviceRemovalSchema(StrictSchema):
    """Why an installation goes: left out, by the person's own wish."""

    because = fields.String(
        load_default=None,
        validate=validate.OneOf([PERMISSION_REVOKED]),
        metadata={"description": "the system took the permission back; told to the homeroom teacher as a reason"},
    )


class PushKeySchema(StrictSchema):
    """With which key a browser subscribes to Web Push, and by what it registers with Firebase."""

    key = fields.String(allow_none=True, metadata={"description": "VAPID public key in base64url; null: not turned on"})
    firebase = fields.Nested(FirebaseWebSchema, allow_none=True, metadata={"description": "null: not turned on"})


class ReminderChoiceSchema(StrictSchema):
    """One reminder as a person has it."""

    code = Text(required=True, shortest=1, longest=40, metadata={"example": "start_homework"})
    enabled = JsonBool(required=True)
    chosen_time = TimeOfDay(load_default=None, allow_none=True, metadata={"example": "18:00"})


class ReminderQuietSchema(StrictSchema):
    """Quiet hours, a pause, the lock screen."""

    quiet_from = TimeOfDay(load_default=None, allow_none=True, metadata={"example": "21:00"})
    quiet_to = TimeOfDay(load_default=None, allow_none=True, metadata={"example": "07:00"})
    paused_from = Date(load_default=None, allow_none=True)
    paused_to = Date(load_default=None, allow_none=True)
    shows_names = JsonBool(load_default=False)
    evening_digest = JsonBool(
        load_default=False, metadata={"description": "guardians: what can wait comes as one message in the evening"}
    )
    digest_at = TimeOfDay(load_default=None, allow_none=True, metadata={"example": "20:30"})
    locale = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.OneOf(LOCALES),
        metadata={"description": "the language reminders come in; left out: as it is", "example": "zh-CN"},
    )


class ReminderPreferencesSchema(ReminderQuietSchema):
    """All that a person has chosen; a code that is not named returns to its default."""

    codes = fields.List(fields.Nested(ReminderChoiceSchema), load_default=list, validate=validate.Length(max=40))


class ReminderChoiceStateSchema(ReminderChoiceSchema):
    """One reminder, with who decided."""

    set_by_guardian = fields.Boolean(dump_only=True)
    can_wait = fields.Boolean(
        dump_only=True, metadata={"description": "goes into the evening digest where there is one"}
    )


class ReminderPreferencesStateSchema(ReminderQuietSchema):
    """Every reminder that the person can get, defaults filled in."""

    codes = fields.List(fields.Nested(ReminderChoiceStateSchema))
    times = fields.Nested(
        ReminderTimesStateSchema, metadata={"description": "when this school's reminders come, school-local"}
    )


class InboxPageSchema(StrictSchema):
    """A page of the inbox."""

    limit = fields.Integer(load_default=50, validate=validate.Range(1, LARGEST_PAGE))
    cursor = Text(load_default=None, longest=400)


class MessageSchema(StrictSchema):
    """One message; the client words it from the code."""

    id = fields.UUID()
    code = fields.String(metadata={"example": "confirm_sheet"})
    params = fields.Dict()
    student_id = fields.UUID(allow_none=True)
    class_id = fields.UUID(allow_none=True)
    night = Date()
    created_at = Instant()
    read_at = Instant(allow_none=True)
    again_at = Instant(allow_none=True, metadata={"description": "when it comes again, where that was asked for"})
    can_snooze_minutes = fields.List(
        fields.Integer(), metadata={"description": "after how many minutes it could come again", "example": [15, 30]}
    )


class SnoozeSchema(StrictSchema):
    """In how many minutes a reminder shall come again."""

    minutes = JsonInt(required=True, validate=validate.OneOf(MINUTES), metadata={"example": 15})


class SnoozedSchema(StrictSchema):
    """When it comes again."""

    again_at = Instant()


class InboxSchema(StrictSchema):
    """Messages, the newest first."""

    items = fields.List(fields.Nested(MessageSchema))
    next_cursor = fields.String(allow_none=True)
    unread = fields.Integer(metadata={"description": "of all messages, not of this page"})
