"""How people are reached: push addresses, which reminders they want, and the inbox."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from backend.services.reminders import devices, inbox, reminder_preferences, snoozing
from backend.services.reminders.inbox import Message
from backend.services.reminders.reminder_preferences import Choice, Preferences, Quiet
from mobile_api import pagination
from mobile_api.auth import Who, actor, allow, clock
from mobile_api.refusals import refuses
from mobile_api.schemas.devices import (
    DeviceRemovalSchema,
    DeviceSchema,
    InboxPageSchema,
    InboxSchema,
    ReminderPreferencesSchema,
    ReminderPreferencesStateSchema,
    SnoozedSchema,
    SnoozeSchema,
)
from mobile_api.transaction import session

blp = Blueprint("devices", __name__, url_prefix="/api/v1", description="Push addresses, reminders, inbox")


@blp.route("/me/devices/<uuid:installation_id>", methods=["PUT"])
@blp.arguments(DeviceSchema)
@blp.response(204)
@refuses(blp, "invalid")
@allow(Who.PEOPLE)
def put_device(body: dict[str, Any], installation_id: UUID) -> None:
    """Register this installation's push address, or replace it."""
    devices.put_device(session(), actor=actor(), installation_id=installation_id, **body, now=clock().now())


@blp.route("/me/devices/<uuid:installation_id>", methods=["DELETE"])
@blp.arguments(DeviceRemovalSchema, location="query")
@blp.response(204)
@refuses(blp, "invalid")
@allow(Who.PEOPLE)
def remove_device(query: dict[str, Any], installation_id: UUID) -> None:
    """Send nothing to this installation any more."""
    devices.remove_device(session(), actor=actor(), installation_id=installation_id, **query, now=clock().now())


@blp.route("/me/reminders")
@blp.response(200, ReminderPreferencesStateSchema)
@refuses(blp)
@allow(Who.PEOPLE)
def get_reminders() -> Any:
    """Which reminders one can get, and what one has chosen."""
    return document_of(reminder_preferences.get_preferences(session(), actor=actor(), now=clock().now()))


@blp.route("/me/reminders", methods=["PUT"])
@blp.arguments(ReminderPreferencesSchema)
@blp.response(200, ReminderPreferencesStateSchema)
@refuses(blp, "invalid")
@allow(Who.PEOPLE)
def put_reminders(body: dict[str, Any]) -> Any:
    """Replace what one has chosen."""
    wanted = preferences_of(body)
    return document_of(reminder_preferences.put_preferences(session(), actor=actor(), wanted=wanted, now=clock().now()))


@blp.route("/students/<uuid:student_id>/reminders")
@blp.response(200, ReminderPreferencesStateSchema)
@refuses(blp)
@allow(Who.GUARDIAN)
def get_student_reminders(student_id: UUID) -> Any:
    """What a child's own phone is reminded of, for a guardian."""
    return document_of(
        reminder_preferences.get_preferences(session(), actor=actor(), student_id=student_id, now=clock().now())
    )


@blp.route("/students/<uuid:student_id>/reminders", methods=["PUT"])
@blp.arguments(ReminderPreferencesSchema)
@blp.response(200, ReminderPreferencesStateSchema)
@refuses(blp, "invalid")
@allow(Who.GUARDIAN)
def put_student_reminders(body: dict[str, Any], student_id: UUID) -> Any:
    """Decide what a child's own phone is reminded of; winding down only a guardian can allow."""
    wanted = preferences_of(body)
    return document_of(
        reminder_preferences.put_preferences(
            session(), actor=actor(), student_id=student_id, wanted=wanted, now=clock().now()
        )
    )


def preferences_of(body: dict[str, Any]) -> Preferences:
    """A loaded body as the service's preferences."""
    codes = tuple(Choice(**choice) for choice in body.pop("codes"))
    locale = body.pop("locale")
    return Preferences(codes, Quiet(**body), locale)


def document_of(preferences: Preferences) -> dict[str, Any]:
    """Preferences as a flat document."""
    own = {"codes": preferences.codes, "locale": preferences.locale, "times": preferences.times}
    return vars(preferences.quiet) | own


@blp.route("/me/inbox")
@blp.arguments(InboxPageSchema, location="query")
@blp.response(200, InboxSchema)
@refuses(blp, "invalid")
@allow(Who.PEOPLE)
def list_inbox(query: dict[str, Any]) -> Any:
    """What was sent to one, the newest first."""
    after = pagination.decode_instant(query["cursor"])
    rows = inbox.list_inbox(session(), actor=actor(), after=after, limit=query["limit"], now=clock().now())
    return pagination.page(rows, query["limit"], key_of) | {"unread": inbox.count_unread(session(), actor=actor())}


@blp.route("/me/inbox/<uuid:message_id>/read", methods=["PUT"])
@blp.response(204)
@refuses(blp)
@allow(Who.PEOPLE)
def read_message(message_id: UUID) -> None:
    """Mark a message as read."""
    inbox.read_message(session(), actor=actor(), message_id=message_id, now=clock().now())


@blp.route("/me/inbox/<uuid:message_id>/snooze", methods=["PUT"])
@blp.arguments(SnoozeSchema)
@blp.response(200, SnoozedSchema)
@refuses(blp, "invalid")
@allow(Who.PEOPLE)
def snooze_message(body: dict[str, Any], message_id: UUID) -> Any:
    """Let a reminder come again, if it still holds by then; asked again, the time moves."""
    again_at = snoozing.snooze(session(), actor=actor(), message_id=message_id, now=clock().now(), **body)
    return {"again_at": again_at}


@blp.route("/me/inbox/<uuid:message_id>/snooze", methods=["DELETE"])
@blp.response(204)
@refuses(blp)
@allow(Who.PEOPLE)
def call_off_snooze(message_id: UUID) -> None:
    """Let it be."""
    snoozing.call_off(session(), actor=actor(), message_id=message_id, now=clock().now())


def key_of(message: Message) -> tuple[str, str]:
    """Where a message stands in the list."""
    return message.created_at.isoformat(), str(message.id)
