"""Firebase Cloud Messaging with the real firebase-admin, over HTTP, against a stand-in for Google."""

from __future__ import annotations

import datetime as dt
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.domain.sheet import SheetState
from backend.storage import models
from backend.storage.models import AddressKind
from notifications.channels.base import Message, Outcome, Result
from notifications.channels.fcm import FcmChannel
from notifications.worker import Worker
from tests.cast import Cast
from tests.notifications.evening import at, deliveries_of, outbox_of, put_endpoint, put_sheet
from tests.notifications.google_stand_in import Google, Reply, google_on_loopback, refused

NOW = at("20:00")
MESSAGE_ID = uuid.UUID(int=7)


@pytest.fixture
def google() -> Iterator[Google]:
    """The stand-in."""
    with google_on_loopback() as made:
        yield made


@pytest.fixture
def fcm(google: Google) -> Iterator[FcmChannel]:
    """The channel with a service account of the stand-in."""
    channel = fcm_for(google)
    yield channel
    channel.close()


def fcm_for(google: Google, **more: Any) -> FcmChannel:
    """A channel that signs in at the stand-in."""

    def credential() -> Any:
        from firebase_admin import credentials

        return credentials.Certificate(google.certificate())

    return FcmChannel(credential, now=lambda: NOW, **more)


def message(address: str = "phone", *, kind: AddressKind = AddressKind.FCM_INSTALLATION, **more: Any) -> Message:
    """A message to one installation."""
    values: dict[str, Any] = {
        "id": MESSAGE_ID,
        "code": "confirm_sheet",
        "title": "作业记录单",
        "body": "有一份记录等您确认，点开查看。",
        "tag": "0123456789abcdef0123456789abcdef",
        "ttl_seconds": 600,
        "link": "https://school.example/reminders/7",
    }
    return Message(**{**values, **more}, kind=kind, address=address)


def one(outcomes: list[Outcome]) -> Outcome:
    """The only outcome."""
    (outcome,) = outcomes
    return outcome


def test_a_message_that_is_taken_has_the_providers_id(fcm: FcmChannel) -> None:
    assert one(fcm.send([message()])) == Outcome(Result.ACCEPTED, provider_id="projects/demo/messages/phone")


def test_what_travels(fcm: FcmChannel, google: Google) -> None:
    fcm.send([message()])
    expires = str(int(NOW.timestamp()) + 600)
    tag = "0123456789abcdef0123456789abcdef"
    assert google.posts == [
        {
            "fid": "phone",
            "data": {"code": "confirm_sheet", "id": str(MESSAGE_ID), "tag": tag, "expires_at": expires},
            "notification": {"title": "作业记录单", "body": "有一份记录等您确认，点开查看。"},
            "android": {"collapse_key": tag, "ttl": "600s", "notification": {"tag": tag}},
            "apns": {"headers": {"apns-collapse-id": tag, "apns-expiration": expires}},
            "webpush": {
                "headers": {"TTL": "600", "Topic": tag},
                "notification": {"title": "作业记录单", "body": "有一份记录等您确认，点开查看。", "tag": tag},
                "fcm_options": {"link": "https://school.example/reminders/7"},
            },
        }
    ]


def test_a_registration_token_is_still_served_without_a_warning(fcm: FcmChannel, google: Google) -> None:
    fcm.send([message("old-token", kind=AddressKind.FCM_TOKEN)])
    assert google.posts[0]["token"] == "old-token"
    assert "fid" not in google.posts[0]


def test_without_https_there_is_no_link_for_the_browser(fcm: FcmChannel, google: Google) -> None:
    assert one(fcm.send([message(link="http://127.0.0.1:8000/reminders/7")])).result is Result.ACCEPTED
    assert "fcm_options" not in google.posts[0]["webpush"]


@pytest.mark.parametrize(
    ("reply", "result", "code", "posts"),
    [
        (refused(404, "NOT_FOUND", "UNREGISTERED"), Result.ADDRESS_GONE, "Unregistered", 1),
        (refused(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH"), Result.ADDRESS_GONE, "SenderIdMismatch", 1),
        (refused(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"), Result.ADDRESS_GONE, "InvalidArgument", 1),
        (
            refused(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", field_="message.token"),
            Result.ADDRESS_GONE,
            "InvalidArgument",
            1,
        ),
        (
            refused(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", field_="message.android.ttl"),
            Result.REFUSED,
            "InvalidArgument",
            1,
        ),
        (refused(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"), Result.RETRY, "QuotaExceeded", 1),
        (refused(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"), Result.BROKEN, "ThirdPartyAuth", 3),
        (refused(403, "PERMISSION_DENIED"), Result.BROKEN, "PermissionDenied", 1),
        (refused(404, "NOT_FOUND"), Result.BROKEN, "NotFound", 1),
    ],
    ids=[
        "UNREGISTERED",
        "SENDER_ID_MISMATCH",
        "INVALID_ARGUMENT",
        "INVALID_ARGUMENT that blames the address",
        "INVALID_ARGUMENT that blames our message",
        "QUOTA_EXCEEDED",
        "THIRD_PARTY_AUTH_ERROR",
        "the service is not enabled for the project",
        "a bare 404 is a wrong project, not a gone phone",
    ],
)
def test_what_the_provider_says_decides_what_becomes_of_address_and_message(
    fcm: FcmChannel, google: Google, reply: Reply, result: Result, code: str, posts: int
) -> None:
    google.answer = lambda _message: reply
    outcome = one(fcm.send([message()]))
    assert (outcome.result, outcome.error_code) == (result, code)
    assert len(google.posts) == posts


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120.0), ("Tue, 17 Nov 2026 12:02:00 GMT", 120.0), ("Tue, 17 Nov 2026 11:00:00 GMT", 0.0), ("soon", None)],
)
def test_retry_after_is_handed_on_and_not_waited_out(
    fcm: FcmChannel, google: Google, header: str, seconds: float | None
) -> None:
    google.answer = lambda _message: refused(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", Retry_After=header)
    began = time.monotonic()
    outcome = one(fcm.send([message()]))
    assert (outcome.result, outcome.retry_after_seconds) == (Result.RETRY, seconds)
    assert len(google.posts) == 1
    assert time.monotonic() - began < 5


def test_503_is_left_to_a_later_round_and_holds_nobody_up(fcm: FcmChannel, google: Google) -> None:
    def busy_for_one(posted: dict[str, Any]) -> Reply:
        busy = refused(503, "UNAVAILABLE", "UNAVAILABLE", Retry_After="120")
        return busy if posted["fid"] == "a" else Reply(200, {"name": "m"})

    google.answer = busy_for_one
    began = time.monotonic()
    first, second = fcm.send([message("a"), message("b")])
    assert (first.result, first.error_code, first.retry_after_seconds) == (Result.RETRY, "Unavailable", 120.0)
    assert second.result is Result.ACCEPTED
    assert len(google.posts) == 2
    assert time.monotonic() - began < 5


def test_refused_credentials_are_an_operators_matter_and_not_the_phones(fcm: FcmChannel, google: Google) -> None:
    google.token_answer = Reply(400, {"error": "invalid_grant", "error_description": "key revoked"})
    outcomes = fcm.send([message("a"), message("b")])
    assert {outcome.result for outcome in outcomes} == {Result.BROKEN}
    assert google.posts == []


def test_a_credentials_file_that_is_none_is_an_operators_matter() -> None:
    def credential() -> Any:
        raise ValueError("not a service account")

    channel = FcmChannel(credential, now=lambda: NOW)
    assert one(channel.send([message()])).result is Result.BROKEN
    channel.close()


def test_an_answer_that_does_not_come_is_unclear(google: Google) -> None:
    held = threading.Event()

    def hold(_message: dict[str, Any]) -> Reply:
        held.wait(10)
        return Reply(200, {"name": "late"})

    google.answer = hold
    channel = fcm_for(google, options={"httpTimeout": 0.3})
    try:
        assert one(channel.send([message()])).result is Result.UNCLEAR
    finally:
        held.set()
        channel.close()


def test_a_success_that_cannot_be_read_leaves_only_its_own_message_unclear(fcm: FcmChannel, google: Google) -> None:
    def nonsense_for_one(posted: dict[str, Any]) -> Reply:
        return Reply(200, ["no"] if posted["fid"] == "a" else {"name": "m"})  # type: ignore[arg-type]

    google.answer = nonsense_for_one
    first, second = fcm.send([message("a"), message("b")])
    assert first.result is Result.UNCLEAR
    assert second.result is Result.ACCEPTED


def test_a_provider_that_hangs_up_may_have_taken_the_message(fcm: FcmChannel, google: Google) -> None:
    def hang_up(_message: dict[str, Any]) -> Reply:
        raise ConnectionAbortedError

    google.server.handle_error = lambda *_: None  # type: ignore[method-assign]
    google.answer = hang_up
    assert one(fcm.send([message()])).result is Result.UNCLEAR


def test_what_reaches_nobody_is_sent_later(google: Google, monkeypatch: pytest.MonkeyPatch) -> None:
    from firebase_admin import messaging

    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: refused, whoever else looks for a port
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/{{0}}"
        monkeypatch.setattr(messaging._MessagingService, "FCM_URL", url)
        channel = fcm_for(google)
        outcome = one(channel.send([message()]))
        channel.close()
    assert (outcome.result, outcome.error_code) == (Result.RETRY, "Unavailable")


def test_what_the_machine_sends_through_a_proxy_takes_that_way(
    fcm: FcmChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert one(fcm.send([message()])).result is Result.ACCEPTED  # and the access token is there from now on
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{nobody.getsockname()[1]}")
        monkeypatch.setenv("no_proxy", "")
        assert one(fcm.send([message()])).result is Result.RETRY
        monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
        assert one(fcm.send([message()])).result is Result.ACCEPTED


def test_a_chunk_that_takes_too_long_is_unclear_as_a_whole(google: Google) -> None:
    held = threading.Event()

    def hold(_message: dict[str, Any]) -> Reply:
        held.wait(10)
        return Reply(200, {"name": "late"})

    google.answer = hold
    channel = fcm_for(google, chunk_timeout_seconds=0.3)
    try:
        outcomes = channel.send([message("a"), message("b")])
        assert [(each.result, each.error_code) for each in outcomes] == [(Result.UNCLEAR, "chunk_timeout")] * 2
    finally:
        held.set()
        channel.close()


def test_250_messages_go_in_chunks_each_with_its_own_answer_in_order(fcm: FcmChannel, google: Google) -> None:
    def every_tenth_is_gone(posted: dict[str, Any]) -> Reply:
        number = int(posted["fid"])
        return refused(404, "NOT_FOUND", "UNREGISTERED") if number % 10 == 0 else Reply(200, {"name": posted["fid"]})

    google.answer = every_tenth_is_gone
    outcomes = fcm.send([message(str(number)) for number in range(250)])
    expected = [None if number % 10 == 0 else str(number) for number in range(250)]
    assert [outcome.provider_id for outcome in outcomes] == expected


def test_the_same_loop_serves_batch_after_batch_and_no_thread_is_left_behind(google: Google) -> None:
    before = {thread.name for thread in threading.enumerate()}
    channel = fcm_for(google)
    for number in range(3):
        assert one(channel.send([message(str(number))])).result is Result.ACCEPTED
    channel.close()
    assert "fcm" not in {thread.name for thread in threading.enumerate()} - before


def test_closing_a_channel_that_never_sent_does_nothing(google: Google) -> None:
    fcm_for(google).close()


SUBMITTED: dict[str, Any] = {
    "state": SheetState.submitted,
    "submitted_at": at("20:00"),
    "latest_lights_out": dt.time(22, 30),
}


def test_from_the_tick_to_google_and_back(
    session: Session,
    cast: Cast,
    make_worker: Callable[..., Worker],
    clock: FrozenClock,
    fcm: FcmChannel,
    google: Google,
) -> None:
    put_sheet(session, cast, cast.ada, **SUBMITTED)
    put_endpoint(session, cast.mother, "mothers-phone")
    put_endpoint(session, cast.mother, "mothers-old-phone", kind=AddressKind.FCM_TOKEN)
    put_endpoint(session, cast.father, "fathers-phone")
    session.commit()

    def old_phone_is_gone(posted: dict[str, Any]) -> Reply:
        if posted.get("token"):
            return refused(404, "NOT_FOUND", "UNREGISTERED")
        return Reply(200, {"name": "m"})

    google.answer = old_phone_is_gone
    worker = make_worker(fcm)
    worker.tick()
    worker.deliver()
    assert google.addresses == ["fathers-phone", "mothers-old-phone", "mothers-phone"]
    assert {row.state.value for row in outbox_of(session)} == {"sent"}
    assert sorted(each.outcome for each in deliveries_of(session)) == ["accepted", "accepted", "failed"]
    gone = session.scalars(sa.select(models.PushEndpoint.address).where(models.PushEndpoint.disabled_at.is_not(None)))
    assert list(gone) == ["mothers-old-phone"]
