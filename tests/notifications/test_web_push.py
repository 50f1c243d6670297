"""What is particular to Web Push: the signed, encrypted request, its key, and that it never calls into the school."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

from backend.push_keys import load_push_key, make_push_key, public_key
from backend.settings import Settings, SettingsError
from notifications.channels.base import Result
from notifications.channels.public_hosts import is_outside
from notifications.channels.web_push import WebPushChannel
from tests.notifications.stand_ins.ways import NOW, WebPushWay, now
from tests.notifications.stand_ins.web import Reply


@pytest.fixture
def way(tmp_path: Path) -> Iterator[WebPushWay]:
    """The channel with a browser's push service."""
    made = WebPushWay(tmp_path)
    yield made
    made.stop()


def test_the_browser_reads_what_its_service_worker_needs_and_nothing_else(way: WebPushWay) -> None:
    message = way.message()
    way.channel.send([message])
    assert json.loads(way.texts[0]) == {
        "id": str(message.id),
        "code": "confirm_sheet",
        "title": "作业记录单",
        "body": "有一份记录等您确认，点开查看。",
        "tag": message.tag,
        "link": message.link,
        "expires_at": "2026-11-17T12:10:00Z",
    }


def test_the_push_service_reads_nothing_of_it(way: WebPushWay) -> None:
    way.channel.send([way.message()])
    (asked,) = way.sent
    assert "记录".encode() not in asked.body
    assert b"confirm_sheet" not in asked.body


@pytest.mark.parametrize(("code", "urgency"), [("bedtime_passed", "high"), ("confirm_sheet", "normal")])
def test_headers_say_how_long_it_holds_what_it_replaces_and_how_urgent_it_is(
    way: WebPushWay, code: str, urgency: str
) -> None:
    way.channel.send([way.message(code=code)])
    headers = way.sent[0].headers
    assert (headers["TTL"], headers["Topic"], headers["Urgency"]) == ("600", "0" * 32, urgency)
    assert headers["Content-Encoding"] == "aes128gcm"


def test_the_request_is_signed_by_our_key_for_that_push_service_alone(way: WebPushWay) -> None:
    way.channel.send([way.message()])
    scheme, _, rest = way.sent[0].headers["Authorization"].partition(" ")
    parts = dict(part.split("=", 1) for part in rest.split(","))
    head, claims, signature = parts["t"].split(".")
    assert (scheme, parts["k"]) == ("vapid", public_key(way.path))
    told = json.loads(_raw(claims))
    assert told["aud"] == way.provider.base
    assert told["sub"] == "mailto:it@school.example"
    assert 0 < told["exp"] - NOW.timestamp() <= 24 * 3600
    r, s = (int.from_bytes(half) for half in (_raw(signature)[:32], _raw(signature)[32:]))
    signed = f"{head}.{claims}".encode()
    load_push_key(way.path).public_key().verify(utils.encode_dss_signature(r, s), signed, ec.ECDSA(SHA256()))


@pytest.mark.parametrize(
    ("reply", "result"),
    [
        (Reply(200), Result.ACCEPTED),
        (Reply(202), Result.ACCEPTED),
        (Reply(404), Result.ADDRESS_GONE),
        (Reply(410), Result.ADDRESS_GONE),
        (Reply(413), Result.REFUSED),
        (Reply(400), Result.REFUSED),
        (Reply(400, b'{"reason":"VapidPkHashMismatch"}'), Result.ADDRESS_GONE),
        (Reply(403, b"the credentials used do not correspond to the subscription"), Result.ADDRESS_GONE),
        (Reply(401), Result.BROKEN),
        (Reply(403), Result.BROKEN),
        (Reply(429), Result.RETRY),
        (Reply(500), Result.RETRY),
        (Reply(503), Result.RETRY),
        (Reply(307, b"", {"Location": "http://169.254.169.254/"}), Result.REFUSED),
    ],
    ids=lambda value: (
        getattr(value, "value", None) or f"{value.status}{' ' + value.body.decode()[:12] if value.body else ''}"
    ),
)
def test_what_each_status_does_to_message_and_subscription(way: WebPushWay, reply: Reply, result: Result) -> None:
    way.reply = reply
    (outcome,) = way.channel.send([way.message()])
    assert outcome.result is result
    assert len(way.provider.asked) == 1


@pytest.mark.parametrize("header", ["120", "Tue, 17 Nov 2026 12:02:00 GMT"])
def test_retry_after_may_be_seconds_or_a_date(way: WebPushWay, header: str) -> None:
    way.reply = Reply(503, b"", {"Retry-After": header})
    (outcome,) = way.channel.send([way.message()])
    assert outcome.retry_after_seconds == 120.0


@pytest.mark.parametrize("keys", [{}, {"p256dh": "AA", "auth": "AA"}, {"p256dh": "%%", "auth": ""}])
def test_a_subscription_whose_keys_cannot_be_used_is_over(way: WebPushWay, keys: dict[str, str]) -> None:
    (outcome,) = way.channel.send([way.message(keys=keys)])
    assert (outcome.result, outcome.error_code) == (Result.ADDRESS_GONE, "keys_unusable")
    assert way.sent == []


def test_an_address_that_leads_into_the_schools_own_network_gets_no_byte(
    tmp_path: Path, way: WebPushWay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name was public when it was registered; what it leads to now decides."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(2)
    port = listening.getsockname()[1]
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **more: real("127.0.0.1", *rest, **more))
    channel = WebPushChannel(way.path, contact="mailto:it@school.example", now=now)
    (outcome,) = channel.send([way.message(address=f"https://push.example:{port}/send/1")])
    assert (outcome.result, outcome.error_code) == (Result.RETRY, "unreachable")
    caught, _ = listening.accept()
    assert caught.recv(1) == b""
    caught.close()
    listening.close()
    channel.close()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "::1",
        "fe80::1",
        "fd00::1",
        "::ffff:10.0.0.1",
        "224.0.0.1",
        "0.0.0.0",
        "64:ff9b::a01:203",
        "2002:a01:203::1",
        "::10.1.2.3",
        "fec0::1",
    ],
)
def test_what_is_not_the_public_internet(address: str) -> None:
    assert not is_outside(address)


@pytest.mark.parametrize("address", ["142.250.1.1", "2a00:1450::1", "::ffff:142.250.1.1", "64:ff9b::8efa:101"])
def test_what_is_the_public_internet(address: str) -> None:
    assert is_outside(address)


def test_the_key_is_made_once_for_its_owner_only_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "instance" / "web_push_key.pem"
    assert make_push_key(path)
    first = public_key(path)
    assert not make_push_key(path)
    assert public_key(path) == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    assert len(_raw(first)) == 65


def test_settings_make_the_key_only_where_web_push_is_turned_on(tmp_path: Path) -> None:
    env = {"NIGHTSHEET_INSTANCE": str(tmp_path), "NIGHTSHEET_PUBLIC_URL": "https://school.example"}
    assert Settings.from_env(env).web_push_public_key is None
    assert list(tmp_path.iterdir()) == []
    on = Settings.from_env({**env, "NIGHTSHEET_CHANNELS": "web_push,inbox"})
    assert on.web_push_public_key == public_key(tmp_path / "web_push_key.pem")
    assert on.web_push_public_key == on.web_push_public_key


def test_a_file_that_is_no_such_key_stops_everything_by_name(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("-----BEGIN NOTHING-----")
    with pytest.raises(SettingsError, match="NIGHTSHEET_WEB_PUSH_KEY"):
        public_key(tmp_path / "key.pem")


def _raw(text: str) -> Any:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
