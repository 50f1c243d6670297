"""Every channel with its stand-in under one set of words, so that one suite can ask the same of all of them.

A way makes its provider answer in each manner (`accepts`, `knows_no_such_address`, `asks_to_wait`, `refuses_us`,
`is_silent`, `talks_rubbish`, `drips`) and says what it read (`texts`). What differs in kind stands as data.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import os
import uuid
from pathlib import Path
from typing import Any, ClassVar

import http_ece
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from backend.channel_settings import GroupBot
from backend.push_keys import make_push_key
from backend.services.reminders.unsubscribing import token_of
from backend.storage.models import AddressKind
from notifications.channels.base import Channel, Message, Result
from notifications.channels.calls import Caller
from notifications.channels.email import EmailChannel, MailServer
from notifications.channels.fcm import FcmChannel
from notifications.channels.group_bots import BOT_KINDS, GroupBotChannel
from notifications.channels.relay import RelayChannel
from notifications.channels.sms import SmsChannel
from notifications.channels.web_push import WebPushChannel
from notifications.channels.wecom import WeComChannel
from notifications.messages import words
from tests.notifications.evening import at
from tests.notifications.google_stand_in import Reply as GoogleReply
from tests.notifications.google_stand_in import google_on_loopback, refused, taken
from tests.notifications.stand_ins.mail import MailProvider
from tests.notifications.stand_ins.web import Asked, Reply, WebProvider, says

NOW = at("20:00")
PATIENCE = 0.5
SCHOOL, PERSON = uuid.UUID(int=1), uuid.UUID(int=2)


def now() -> dt.datetime:
    """The frozen time of the suite."""
    return NOW


class Way:
    """What the suite may ask of a channel and its provider."""

    name: ClassVar[str]
    kind: ClassVar[AddressKind]
    addresses: tuple[str, ...] = ("person-one", "person-two", "person-three", "person-four", "person-five")
    code: ClassVar[str] = "confirm_sheet"
    #: How a provider's words come out; a channel that cannot tell says so here.
    when_gone: ClassVar[Result] = Result.ADDRESS_GONE
    when_busy: ClassVar[Result] = Result.RETRY
    when_refused: ClassVar[Result] = Result.BROKEN
    when_rubbish: ClassVar[Result] = Result.UNCLEAR
    waits_seconds: ClassVar[float | None] = 120.0
    shows_names: ClassVar[bool] = True
    secrets: tuple[str, ...] = ()
    channel: Channel

    def message(self, number: int = 0, **more: Any) -> Message:
        """A message to the address with that number."""
        said = words(self.code, "zh-CN")
        values: dict[str, Any] = {
            "id": uuid.UUID(int=100 + number),
            "code": self.code,
            "title": said.title,
            "body": said.body,
            "tag": f"{number:032x}",
            "ttl_seconds": 600,
            "link": f"https://school.example/reminders/{uuid.UUID(int=100 + number)}",
            "kind": self.kind,
            "address": self.addresses[number],
            "keys": self.keys(number),
            "locale": "zh-CN",
            "recipient": (SCHOOL, PERSON),
        }
        return Message(**{**values, **more})

    def keys(self, _number: int) -> dict[str, str]:
        """What the endpoint holds beside its address."""
        return {}

    def refuses_only(self, address: str) -> None:
        """Know every address but one."""
        raise NotImplementedError

    def stop(self) -> None:
        """Close the channel, then the provider."""
        raise NotImplementedError


class WebWay(Way):
    """What ways over HTTP share: a provider whose answers are written out."""

    good: ClassVar[Reply]
    gone: ClassVar[Reply]
    busy: ClassVar[Reply] = Reply(429, b"slow down", {"Retry-After": "120"})
    not_us: ClassVar[Reply] = Reply(401)
    rubbish: ClassVar[Reply] = Reply(200, b"<html>\xff\x00 captive portal")

    def __init__(self) -> None:
        """Start the provider."""
        self.provider = WebProvider(self.usual)
        self.reply: Reply | None = None
        self.only: str | None = None

    def caller(self) -> Caller:
        """Calls with little patience."""
        return Caller(timeout_seconds=PATIENCE)

    def usual(self, asked: Asked) -> Reply:
        """The answer to one request."""
        if self.only is not None:
            return self.gone if self.address_of(asked) == self.only else self.good
        return self.reply or self.good

    def address_of(self, asked: Asked) -> str:
        """Whom a request is for."""
        raise NotImplementedError

    def accepts(self) -> None:
        self.reply = self.good

    def knows_no_such_address(self) -> None:
        self.reply = self.gone

    def refuses_only(self, address: str) -> None:
        self.only = address

    def asks_to_wait(self) -> None:
        self.reply = self.busy

    def refuses_us(self) -> None:
        self.reply = self.not_us

    def is_silent(self) -> None:
        self.reply = Reply(held=True)

    def talks_rubbish(self) -> None:
        self.reply = self.rubbish

    def drips(self) -> None:
        self.reply = Reply(dripping=True)

    def is_away(self) -> None:
        self.provider.stop()

    @property
    def sent(self) -> list[Asked]:
        """The requests that carried a message."""
        return [asked for asked in self.provider.asked if asked.method == "POST"]

    @property
    def texts(self) -> list[str]:
        """Everything that the provider, or the person's device, could read of each message."""
        return [json.dumps(asked.document, ensure_ascii=False) for asked in self.sent]

    def stop(self) -> None:
        self.channel.close()
        if not self.provider.ended.is_set():
            self.provider.stop()


class WebPushWay(WebWay):
    """A browser's push service. Its answer's body says nothing, so a status that it does not have is the rubbish."""

    name, kind = "web_push", AddressKind.WEB_PUSH
    good, gone, not_us, rubbish = (
        Reply(201),
        Reply(410),
        Reply(403, b"bad signature"),
        Reply(302, b"", {"Location": "/"}),
    )
    when_rubbish = Result.REFUSED

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.path = folder / "web_push_key.pem"
        make_push_key(self.path)
        self.browser, self.auth = ec.generate_private_key(ec.SECP256R1()), os.urandom(16)
        self.addresses = tuple(f"{self.provider.base}/push/{name}" for name in Way.addresses)
        self.channel = WebPushChannel(self.path, contact="mailto:it@school.example", now=now, caller=self.caller())
        self.secrets = (*self.addresses, self.path.read_text().splitlines()[1], *self.keys(0).values())

    def keys(self, _number: int) -> dict[str, str]:
        point = self.browser.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return {"p256dh": _url64(point), "auth": _url64(self.auth)}

    def address_of(self, asked: Asked) -> str:
        return self.provider.base + asked.path

    @property
    def texts(self) -> list[str]:
        return [http_ece.decrypt(a.body, private_key=self.browser, auth_secret=self.auth).decode() for a in self.sent]


class SmsWay(WebWay):
    """The school's SMS adapter, which checks signatures and leaves out keys that it has seen."""

    name, kind = "sms", AddressKind.SMS
    good, gone = says({"status": "accepted", "id": "7"}), says({"status": "refused", "reason": "unknown_number"})
    shows_names = False
    secret = "sms-secret-0123456789"

    def __init__(self, _folder: Path) -> None:
        super().__init__()
        self.channel = SmsChannel(f"{self.provider.base}/send", self.secret, now=now, caller=self.caller())
        self.addresses, self.secrets = tuple(f"1380013800{n}" for n in range(5)), (self.secret, "13800138000")

    def usual(self, asked: Asked) -> Reply:
        signed = b".".join(
            (asked.headers["X-Nightsheet-Timestamp"].encode(), asked.headers["Idempotency-Key"].encode())
        )
        right = hmac.new(self.secret.encode(), signed + b"." + asked.body, hashlib.sha256).hexdigest()
        assert asked.headers["X-Nightsheet-Signature"] == f"sha256={right}"
        return super().usual(asked)

    def address_of(self, asked: Asked) -> str:
        return str(asked.document["to"])


class WeComWay(WebWay):
    """WeCom: a token first, then 200 for nearly everything."""

    name, kind = "wecom", AddressKind.WECOM_PARENT
    good, gone = says({"errcode": 0, "errmsg": "ok"}), says({"errcode": 81013, "errmsg": "all invalid"})
    busy, waits_seconds = says({"errcode": 45009, "errmsg": "api freq out of limit"}), 60.0
    not_us = says({"errcode": 60020, "errmsg": "not allow to access from your ip"})

    def __init__(self, _folder: Path) -> None:
        super().__init__()
        self.tokens = 0
        self.token_reply: Reply | None = None
        self.channel = WeComChannel(
            corp_id="ww1", agent_id=1000002, secret="corp-secret", now=now, address=self.provider.base,
            caller=self.caller(),
        )  # fmt: skip
        self.secrets = ("corp-secret", "token-1", "person-one")

    def usual(self, asked: Asked) -> Reply:
        if asked.path == "/cgi-bin/gettoken":
            self.tokens += 1
            return self.token_reply or says({"errcode": 0, "access_token": f"token-{self.tokens}", "expires_in": 7200})
        assert asked.path == "/cgi-bin/externalcontact/message/send"
        if asked.query["access_token"] != f"token-{self.tokens}":
            return says({"errcode": 40014, "errmsg": "invalid access_token"})
        if self.only is not None and self.address_of(asked) == self.only:
            return says({"errcode": 0, "errmsg": "ok", "invalid_parent_userid": [self.only]})
        return super().usual(asked) if self.only is None else self.good

    def address_of(self, asked: Asked) -> str:
        return str(asked.document["to_parent_userid"][0])


class BotWay(WebWay):
    """A bot in a group of staff. There is nobody whose address could be gone: the group's bot is the set-up."""

    code = "class_over_cap"
    addresses = ("staff-1", "staff-2", "staff-3", "staff-4", "staff-5")
    when_gone, waits_seconds, shows_names = Result.REFUSED, 60.0, False
    path: ClassVar[str] = "/robot/send?access_token=bot-key"
    secret: ClassVar[str | None] = "SEC0123456789"

    def __init__(self, _folder: Path) -> None:
        super().__init__()
        url = self.provider.base + self.path
        groups = {name: GroupBot(self.name, f"{url}-{name}", self.secret) for name in self.addresses}
        link = "https://school.example"
        self.channel = GroupBotChannel(BOT_KINDS[self.name], groups, link=link, now=now, caller=self.caller())
        self.secrets = ("bot-key", "SEC0123456789")

    def address_of(self, asked: Asked) -> str:
        key = asked.query.get("access_token") or asked.query.get("key") or asked.path
        return key.rpartition("bot-key-")[2]


class WeComBotWay(BotWay):
    name, kind, path, secret = "wecom_bot", AddressKind.WECOM_BOT, "/cgi-bin/webhook/send?key=bot-key", None
    good, gone = says({"errcode": 0, "errmsg": "ok"}), says({"errcode": 44004, "errmsg": "empty content"})
    busy, not_us = says({"errcode": 45009, "errmsg": "api freq out of limit"}), says({"errcode": 93000})


class DingTalkBotWay(BotWay):
    name, kind = "dingtalk_bot", AddressKind.DINGTALK_BOT
    good, gone = says({"errcode": 0, "errmsg": "ok"}), says({"errcode": 430104, "errmsg": "not allowed"})
    busy, not_us = says({"errcode": 130101, "errmsg": "send too fast"}), says({"errcode": 310000, "errmsg": "sign"})

    def usual(self, asked: Asked) -> Reply:
        signed = f"{asked.query['timestamp']}\nSEC0123456789".encode()
        right = base64.b64encode(hmac.new(b"SEC0123456789", signed, hashlib.sha256).digest()).decode()
        assert asked.query["sign"] == right
        assert asked.query["timestamp"] == str(int(NOW.timestamp() * 1000))
        return super().usual(asked)


class FeishuBotWay(BotWay):
    name, kind, path = "feishu_bot", AddressKind.FEISHU_BOT, "/open-apis/bot/v2/hook/bot-key"
    good, gone = says({"code": 0, "msg": "success"}), says({"code": 9499, "msg": "Bad Request"})
    busy, not_us = says({"code": 11232, "msg": "frequency limited"}), says({"code": 19021, "msg": "sign match fail"})

    def usual(self, asked: Asked) -> Reply:
        at_ = asked.document["timestamp"]
        right = base64.b64encode(hmac.new(f"{at_}\nSEC0123456789".encode(), b"", hashlib.sha256).digest()).decode()
        assert (asked.document["sign"], at_) == (right, str(int(NOW.timestamp())))
        return super().usual(asked)


class RelayWay(WebWay):
    """WxPusher through Apprise, which says yes or no and nothing else."""

    name, kind = "apprise", AddressKind.APPRISE
    addresses = ("UID_one", "UID_two", "UID_three", "UID_four", "UID_five")
    good, gone = says({"code": 1000, "success": True}), says({"code": 1001, "msg": "no such user"})
    busy, not_us = says({"code": 1002, "msg": "later"}), says({"code": 1003, "msg": "token"})
    when_gone = when_busy = when_refused = when_rubbish = Result.REFUSED
    waits_seconds = None

    def __init__(self, _folder: Path) -> None:
        super().__init__()
        from apprise.plugins.wxpusher import NotifyWxPusher

        self.patch = pytest.MonkeyPatch()
        assert NotifyWxPusher.notify_url.startswith("https://")
        self.patch.setattr(NotifyWxPusher, "notify_url", f"{self.provider.base}/api/send/message")
        self.channel = RelayChannel("wxpusher://AT_token/{address}", caller=self.caller(), timeout_seconds=PATIENCE / 2)
        self.secrets = ("AT_token", "UID_one")

    def address_of(self, asked: Asked) -> str:
        return str(asked.document["uids"][0])

    def stop(self) -> None:
        super().stop()
        self.patch.undo()


class MailWay(Way):
    """A mail server. It has no Retry-After; rubbish before the letter is handed in did no harm."""

    name, kind = "email", AddressKind.EMAIL
    addresses = tuple(f"{name}@home.example" for name in Way.addresses)
    waits_seconds, when_rubbish = None, Result.RETRY

    def __init__(self, _folder: Path) -> None:
        self.provider = MailProvider()
        server = MailServer("127.0.0.1", self.provider.port, "none", "nightsheet", "mail-password")
        self.channel = EmailChannel(
            server,
            sender="nightsheet@school.example",
            unsubscribe_link=lambda m: f"https://school.example/unsubscribe/{self.token(m)}",
            now=now,
            timeout_seconds=PATIENCE,
        )
        self.secrets = ("mail-password", "person-one@home.example")

    def token(self, message: Message) -> str:
        """The way to end these letters."""
        assert message.recipient is not None
        return token_of("k" * 32, school_id=message.recipient[0], person_id=message.recipient[1])

    def accepts(self) -> None:
        self.provider.replies.clear()

    def knows_no_such_address(self) -> None:
        self.provider.replies["RCPT"] = b"550 5.1.1 no such mailbox"

    def refuses_only(self, address: str) -> None:
        self.provider.by_reader[address] = b"550 5.1.1 no such mailbox"

    def asks_to_wait(self) -> None:
        self.provider.replies["RCPT"] = b"450 4.7.1 greylisted"

    def refuses_us(self) -> None:
        self.provider.replies["AUTH"] = b"535 5.7.8 wrong password"

    def is_silent(self) -> None:
        self.provider.replies["END"] = b""

    def talks_rubbish(self) -> None:
        self.provider.replies["EHLO"] = b"\xff\xfe what"

    def drips(self) -> None:
        self.provider.replies["END"] = b""

    def is_away(self) -> None:
        self.provider.stop()

    @property
    def sent(self) -> list[Any]:
        """Letters that were taken."""
        return list(self.provider.letters)

    @property
    def texts(self) -> list[str]:
        """Header, text and page of each letter."""
        found = []
        for letter in self.provider.letters:
            parts = [str(part.get_content()) for part in letter.parsed.walk() if not part.is_multipart()]
            found.append("\n".join([str(letter.parsed["Subject"]), str(letter.parsed["From"]), *parts]))
        return found

    def stop(self) -> None:
        self.channel.close()
        if not self.provider.ended.is_set():
            self.provider.stop()


class FcmWay(Way):
    """Google."""

    name, kind = "fcm", AddressKind.FCM_INSTALLATION

    def __init__(self, _folder: Path) -> None:
        self.context = google_on_loopback()
        self.provider = self.context.__enter__()
        self.running = True

        def credential() -> Any:
            from firebase_admin import credentials

            return credentials.Certificate(self.provider.certificate())

        self.channel = FcmChannel(credential, options={"httpTimeout": PATIENCE}, now=now, chunk_timeout_seconds=3)
        self.secrets = ("PRIVATE KEY", "person-one")

    def accepts(self) -> None:
        self.provider.answer = taken

    def knows_no_such_address(self) -> None:
        self.provider.answer = lambda _: refused(404, "NOT_FOUND", "UNREGISTERED")

    def refuses_only(self, address: str) -> None:
        gone = refused(404, "NOT_FOUND", "UNREGISTERED")
        self.provider.answer = lambda posted: gone if posted["fid"] == address else taken(posted)

    def asks_to_wait(self) -> None:
        self.provider.answer = lambda _: refused(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", Retry_After="120")

    def refuses_us(self) -> None:
        self.provider.token_answer = GoogleReply(400, {"error": "invalid_grant"})

    def is_silent(self) -> None:
        self.provider.answer = self._hold

    def talks_rubbish(self) -> None:
        self.provider.answer = lambda _: GoogleReply(200, ["not", "an", "answer"])  # type: ignore[arg-type]

    drips = is_silent

    def _hold(self, posted: dict[str, Any]) -> GoogleReply:
        self.provider.thread.join(3)
        return taken(posted)

    def is_away(self) -> None:
        self.stop_provider()

    @property
    def sent(self) -> list[Any]:
        """Messages that Google was given."""
        return self.provider.posts

    @property
    def texts(self) -> list[str]:
        """Each message as Google reads it."""
        return [json.dumps(post, ensure_ascii=False) for post in self.provider.posts]

    def stop_provider(self) -> None:
        """Stop Google, once."""
        if self.running:
            self.running = False
            self.context.__exit__(None, None, None)

    def stop(self) -> None:
        self.channel.close()
        self.stop_provider()


def _url64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


WAYS: tuple[type[Any], ...] = (
    FcmWay,
    WebPushWay,
    MailWay,
    SmsWay,
    WeComWay,
    WeComBotWay,
    DingTalkBotWay,
    FeishuBotWay,
    RelayWay,
)
