"""The ways out, one file each. A new channel is added to `MAKERS` and to `CHANNELS` in backend/channel_settings.py.

The inbox in the app is no channel: a row of the outbox *is* the message there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from backend.channel_settings import web_push_key_file
from backend.clock import Clock
from backend.services.reminders import unsubscribing
from backend.settings import Settings, SettingsError
from notifications.channels.base import Channel, Message
from notifications.channels.console import ConsoleChannel

#: Stands in a school's order like a channel, and needs no sending.
INBOX = "inbox"
T = TypeVar("T")


def _console(_settings: Settings, _clock: Clock) -> Channel:
    return ConsoleChannel()


def _fcm(settings: Settings, clock: Clock) -> Channel:
    from notifications.channels.fcm import fcm_from_file

    path = _needed(settings.firebase_credentials, "fcm", "NIGHTSHEET_FIREBASE_CREDENTIALS")
    return fcm_from_file(path, now=clock.now)


def _web_push(settings: Settings, clock: Clock) -> Channel:
    from notifications.channels.web_push import WebPushChannel

    public = settings.public_url if settings.public_url.startswith("https://") else None
    contact = _needed(settings.web_push_contact or public, "web_push", "NIGHTSHEET_WEB_PUSH_CONTACT")
    _needed(settings.web_push_public_key, "web_push", "NIGHTSHEET_WEB_PUSH_KEY")
    return WebPushChannel(web_push_key_file(settings), contact=contact, now=clock.now)


def _email(settings: Settings, clock: Clock) -> Channel:
    from notifications.channels.email import EmailChannel, MailServer

    host = _needed(settings.smtp_host, "email", "NIGHTSHEET_SMTP_HOST")
    server = MailServer(host, settings.smtp_port, settings.smtp_security, settings.smtp_user, settings.smtp_password)
    secret_key, public_url = settings.required_secret_key(), settings.public_url

    def unsubscribe_link(message: Message) -> str:
        school_id, person_id = _needed(message.recipient, "email", "a recipient")
        token = unsubscribing.token_of(secret_key, school_id=school_id, person_id=person_id)
        return f"{public_url}/unsubscribe/{token}"

    sender = _needed(settings.mail_from, "email", "NIGHTSHEET_MAIL_FROM")
    return EmailChannel(server, sender=sender, unsubscribe_link=unsubscribe_link, now=clock.now)


def _sms(settings: Settings, clock: Clock) -> Channel:
    from notifications.channels.sms import SmsChannel

    url = _needed(settings.sms_url, "sms", "NIGHTSHEET_SMS_URL")
    return SmsChannel(url, _needed(settings.sms_secret, "sms", "NIGHTSHEET_SMS_SECRET"), now=clock.now)


def _wecom(settings: Settings, clock: Clock) -> Channel:
    from notifications.channels.wecom import WeComChannel

    return WeComChannel(
        corp_id=_needed(settings.wecom_corp_id, "wecom", "NIGHTSHEET_WECOM_CORP_ID"),
        agent_id=_needed(settings.wecom_agent_id, "wecom", "NIGHTSHEET_WECOM_AGENT_ID"),
        secret=_needed(settings.wecom_secret, "wecom", "NIGHTSHEET_WECOM_SECRET"),
        now=clock.now,
    )


def _bot(name: str) -> Callable[[Settings, Clock], Channel]:
    def make(settings: Settings, clock: Clock) -> Channel:
        from notifications.channels.group_bots import BOT_KINDS, GroupBotChannel

        groups = _needed(settings.group_bots, name, "NIGHTSHEET_GROUP_BOTS")
        return GroupBotChannel(BOT_KINDS[name], groups, link=settings.public_url, now=clock.now)

    return make


def _apprise(settings: Settings, _clock: Clock) -> Channel:
    from notifications.channels.relay import RelayChannel

    return RelayChannel(_needed(settings.apprise_url, "apprise", "NIGHTSHEET_APPRISE_URL"))


MAKERS: Mapping[str, Callable[[Settings, Clock], Channel]] = {
    "console": _console,
    "fcm": _fcm,
    "web_push": _web_push,
    "email": _email,
    "sms": _sms,
    "wecom": _wecom,
    "wecom_bot": _bot("wecom_bot"),
    "dingtalk_bot": _bot("dingtalk_bot"),
    "feishu_bot": _bot("feishu_bot"),
    "apprise": _apprise,
}


def build_channels(settings: Settings, clock: Clock) -> list[Channel]:
    """The channels that this installation has turned on, in its order. Raises SettingsError."""
    return [MAKERS[name](settings, clock) for name in settings.channels if name != INBOX]


def _needed(value: T | None, channel: str, variable: str) -> T:
    if value is None:
        raise SettingsError(f"NIGHTSHEET_CHANNELS names {channel}; set {variable} too")
    return value
