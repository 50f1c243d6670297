"""The variables of the channels, and which belong together. What a school decides, such as their order, is data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from backend.variables import SettingsError, Variable, existing_file, number, one_of

#: Channels that this release can send through; a school's own order among them is data.
CHANNELS = (
    "console",
    "inbox",
    "fcm",
    "web_push",
    "email",
    "sms",
    "wecom",
    "wecom_bot",
    "dingtalk_bot",
    "feishu_bot",
    "apprise",
)
GROUP_CHANNELS = ("wecom_bot", "dingtalk_bot", "feishu_bot")
#: A key that is shorter could be found by trying.
SMS_SECRET_LENGTH = 16
#: Only these of Apprise's plugins read what the relay answered; the others call a refusal a success.
APPRISE_SCHEMES = ("wechat", "wxpusher", "pushplus")


@dataclass(frozen=True)
class GroupBot:
    """A bot in a group of staff. `url` and `secret` open the group to whoever knows them."""

    channel: str
    url: str
    secret: str | None

    def __repr__(self) -> str:
        """Without what is secret."""
        return f"GroupBot({self.channel})"


def _https(text: str) -> str:
    parts = urlsplit(text)
    local = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and local)):
        raise ValueError("write an address that begins with https://")
    return text


def _contact(text: str) -> str:
    if not text.startswith(("mailto:", "https://")) or " " in text:
        raise ValueError("write mailto:somebody@school.example or an https:// address")
    return text


def _mail_from(text: str) -> str:
    name, at, host = text.rpartition("@")
    if not name or not at or "." not in host or any(mark in text for mark in "\r\n<>, "):
        raise ValueError("write the plain address, like nightsheet@school.example")
    return text


def _sms_secret(text: str) -> str:
    if len(text) < SMS_SECRET_LENGTH:
        raise ValueError(f"it needs at least {SMS_SECRET_LENGTH} characters; make one with: openssl rand -hex 32")
    return text


def _apprise(text: str) -> str:
    scheme = text.partition("://")[0]
    if scheme not in APPRISE_SCHEMES:
        raise ValueError(f"begin with one of {', '.join(each + '://' for each in APPRISE_SCHEMES)}")
    if text.count("{address}") != 1:
        raise ValueError("write {address} once, where the person's own id belongs")
    return text


def _group_bots(text: str) -> Mapping[str, GroupBot]:
    try:
        found = json.loads(existing_file(text).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError):
        raise ValueError("the file is not JSON; docs/operations.md shows one") from None
    if not isinstance(found, dict) or not found:
        raise ValueError("the file names no group; docs/operations.md shows one")
    return {name: _group_bot(name, held) for name, held in found.items()}


def _group_bot(name: str, held: object) -> GroupBot:
    values: dict[str, Any] = held if isinstance(held, dict) else {}
    channel, url, secret = values.get("channel"), values.get("url"), values.get("secret")
    if channel not in GROUP_CHANNELS:
        raise ValueError(f"group {name!r}: channel is one of {', '.join(GROUP_CHANNELS)}")
    try:
        return GroupBot(channel, _https(str(url or "")), str(secret) if secret else None)
    except ValueError:
        raise ValueError(f"group {name!r}: url is the https:// address of the bot") from None


CHANNEL_VARIABLES: tuple[Variable, ...] = (
    Variable(
        "NIGHTSHEET_WEB_PUSH_KEY",
        "web_push_key_file",
        None,
        "Private key file (PEM) of Web Push. Unset: made once in the instance folder when `web_push` is turned on.",
        existing_file,
    ),
    Variable(
        "NIGHTSHEET_WEB_PUSH_CONTACT",
        "web_push_contact",
        None,
        "Whom a browser's maker may write to: `mailto:…` or `https://…`. Unset: the public address.",
        _contact,
    ),
    Variable("NIGHTSHEET_SMTP_HOST", "smtp_host", None, "Mail server; needed by the channel `email`."),
    Variable("NIGHTSHEET_SMTP_PORT", "smtp_port", 587, "Its port.", number(1, 65535)),
    Variable(
        "NIGHTSHEET_SMTP_SECURITY",
        "smtp_security",
        "starttls",
        "`starttls`, `tls` (port 465) or `none` (only on this machine).",
        one_of("starttls", "tls", "none"),
    ),
    Variable("NIGHTSHEET_SMTP_USER", "smtp_user", None, "Who signs in at the mail server. Unset: nobody does."),
    Variable("NIGHTSHEET_SMTP_PASSWORD", "smtp_password", None, "The password for it.", secret=True),
    Variable(
        "NIGHTSHEET_MAIL_FROM",
        "mail_from",
        None,
        "The address that mail comes from; needed by the channel `email`.",
        _mail_from,
    ),
    Variable("NIGHTSHEET_SMS_URL", "sms_url", None, "The school's SMS adapter; needed by the channel `sms`.", _https),
    Variable(
        "NIGHTSHEET_SMS_SECRET",
        "sms_secret",
        None,
        "What requests to the SMS adapter are signed with; needed by the channel `sms`.",
        _sms_secret,
        secret=True,
    ),
    Variable("NIGHTSHEET_WECOM_CORP_ID", "wecom_corp_id", None, "The school's WeCom corp id; needed by `wecom`."),
    Variable(
        "NIGHTSHEET_WECOM_AGENT_ID",
        "wecom_agent_id",
        None,
        "The WeCom application that may write to parents; needed by `wecom`.",
        number(1, 2**31),
    ),
    Variable(
        "NIGHTSHEET_WECOM_SECRET",
        "wecom_secret",
        None,
        "That application's secret; needed by `wecom`.",
        secret=True,
    ),
    Variable(
        "NIGHTSHEET_GROUP_BOTS",
        "group_bots",
        None,
        "File (JSON) of the bots in groups of staff; needed by `wecom_bot`, `dingtalk_bot` and `feishu_bot`.",
        _group_bots,
    ),
    Variable(
        "NIGHTSHEET_APPRISE_URL",
        "apprise_url",
        None,
        "A relay's address for Apprise with `{address}` in it; needed by `apprise`.",
        _apprise,
        secret=True,
    ),
    Variable(
        "NIGHTSHEET_ALARM_URL",
        "alarm_url",
        None,
        "Where alarms (no worker for ten minutes, a channel refused) are posted as JSON.",
        _https,
        secret=True,
    ),
    Variable(
        "NIGHTSHEET_ALARM_MAIL",
        "alarm_mail",
        None,
        "Whom alarms are written to; needs the mail server.",
        _mail_from,
    ),
)

#: What each channel cannot do without.
NEEDS: Mapping[str, tuple[str, ...]] = {
    "fcm": ("NIGHTSHEET_FIREBASE_CREDENTIALS",),
    "email": ("NIGHTSHEET_SMTP_HOST", "NIGHTSHEET_MAIL_FROM", "NIGHTSHEET_SECRET_KEY"),
    "sms": ("NIGHTSHEET_SMS_URL", "NIGHTSHEET_SMS_SECRET"),
    "wecom": ("NIGHTSHEET_WECOM_CORP_ID", "NIGHTSHEET_WECOM_AGENT_ID", "NIGHTSHEET_WECOM_SECRET"),
    "wecom_bot": ("NIGHTSHEET_GROUP_BOTS",),
    "dingtalk_bot": ("NIGHTSHEET_GROUP_BOTS",),
    "feishu_bot": ("NIGHTSHEET_GROUP_BOTS",),
    "apprise": ("NIGHTSHEET_APPRISE_URL",),
}


def refuse_half_set_up(values: Mapping[str, Any], fields: Mapping[str, str]) -> None:
    """Raise SettingsError for a channel that lacks what it needs; `fields` are the fields of variables by name."""
    for channel in values["channels"]:
        for name in NEEDS.get(channel, ()):
            # The secret key may still come from the instance folder: the worker asks for it when it begins.
            if name != "NIGHTSHEET_SECRET_KEY" and values[fields[name]] is None:
                raise SettingsError(f"NIGHTSHEET_CHANNELS names {channel}; set {name} too, or leave {channel} out")
    _refuse_open_mail(values)
    _refuse_alarms_without_mail(values)
    _refuse_missing_groups(values)


def _refuse_open_mail(values: Mapping[str, Any]) -> None:
    """A password or an address of a parent never goes over the network in the open."""
    near = values["smtp_host"] in (None, "127.0.0.1", "localhost", "::1")
    mails = "email" in values["channels"] or values["alarm_mail"]
    if mails and values["smtp_security"] == "none" and not near:
        raise SettingsError("NIGHTSHEET_SMTP_SECURITY is none, which is for this machine only; write starttls or tls")


def _refuse_alarms_without_mail(values: Mapping[str, Any]) -> None:
    if values["alarm_mail"] and not (values["smtp_host"] and values["mail_from"]):
        raise SettingsError("NIGHTSHEET_ALARM_MAIL needs NIGHTSHEET_SMTP_HOST and NIGHTSHEET_MAIL_FROM too")


def _refuse_missing_groups(values: Mapping[str, Any]) -> None:
    held = {bot.channel for bot in (values["group_bots"] or {}).values()}
    for channel in values["channels"]:
        if channel in GROUP_CHANNELS and channel not in held:
            raise SettingsError(f"NIGHTSHEET_CHANNELS names {channel}, but no group in NIGHTSHEET_GROUP_BOTS is one")


def web_push_key_file(values: Any) -> Path:
    """Where the private key of Web Push is, or will be; `values` are the settings."""
    named: Path | None = values.web_push_key_file
    return named or Path(values.instance) / "web_push_key.pem"
