"""Firebase Cloud Messaging by firebase-admin; the only file that imports it, and only when something is sent.

`send_each_async` runs on one event loop that is kept in one thread: `send_each` would open a thread a message and wait
out a provider's Retry-After inside the call; a loop made anew for each call fails at the second ("Event loop is
closed"). Chunks of 100, because the time-out also covers waiting for a pooled connection.
"""

from __future__ import annotations

import asyncio
import threading
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import TimeoutError as FutureTimeout
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import count
from pathlib import Path
from typing import Any

from backend.services.reminders.delivering import AddressKind
from notifications.channels.base import Message, Outcome, Result

CHUNK = 100
HTTP_TIMEOUT_SECONDS = 10
#: A chunk that is slower than this has no answer.
CHUNK_TIMEOUT_SECONDS = 60

_app_numbers = count(1)


class FcmChannel:
    """Sends to Firebase installations (`fid`) and, while they last, to registration tokens."""

    name = "fcm"
    kinds = frozenset({AddressKind.FCM_INSTALLATION, AddressKind.FCM_TOKEN})
    replaces_first_copy = True

    def __init__(
        self,
        credential: Callable[[], Any],
        *,
        options: dict[str, Any] | None = None,
        now: Callable[[], datetime],
        chunk_timeout_seconds: float = CHUNK_TIMEOUT_SECONDS,
    ) -> None:
        """Take what makes the credential (called at the first send) and options for the Firebase app."""
        self._credential = credential
        self._options = {"httpTimeout": HTTP_TIMEOUT_SECONDS, **(options or {})}
        self._now = now
        self._chunk_timeout = chunk_timeout_seconds
        self._app: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def send(self, batch: Sequence[Message]) -> list[Outcome]:
        """Send in chunks of 100; an outcome for each message, in order."""
        outcomes: list[Outcome] = []
        for start in range(0, len(batch), CHUNK):
            outcomes += self._send_chunk(batch[start : start + CHUNK])
        return outcomes

    def close(self) -> None:
        """Close the library's client on its own loop, then stop the loop and forget the app."""
        if self._app is not None:
            import firebase_admin

            self._close_client()
            firebase_admin.delete_app(self._app)
            self._app = None
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
            self._loop = self._thread = None

    def _send_chunk(self, chunk: Sequence[Message]) -> list[Outcome]:
        from firebase_admin import messaging

        try:
            app, loop = self._started()
            messages = [_encoded(message, self._now()) for message in chunk]
            sending = asyncio.run_coroutine_threadsafe(messaging.send_each_async(messages, app=app), loop)
        except (ValueError, OSError) as error:
            return [Outcome(Result.BROKEN, error_code=type(error).__name__)] * len(chunk)
        try:
            answers = sending.result(self._chunk_timeout)
        except FutureTimeout:
            sending.cancel()
            return [Outcome(Result.UNCLEAR, error_code="chunk_timeout")] * len(chunk)
        except Exception as error:
            return [_failed_whole(error)] * len(chunk)
        return [_outcome(answer, self._now()) for answer in answers.responses]

    def _started(self) -> tuple[Any, asyncio.AbstractEventLoop]:
        import firebase_admin

        if self._app is None:
            name = f"nightsheet-{next(_app_numbers)}"
            self._app = firebase_admin.initialize_app(self._credential(), self._options, name=name)
            _call_by_ourselves(self._service(), self._options["httpTimeout"])
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, name="fcm", daemon=True)
            self._thread.start()
        return self._app, self._loop

    def _close_client(self) -> None:
        # The library's own close() runs another loop on a client that belongs to ours, and fails.
        closing = self._service()._async_client.aclose()
        assert self._loop is not None  # noqa: S101 - started together with the app
        asyncio.run_coroutine_threadsafe(closing, self._loop).result(HTTP_TIMEOUT_SECONDS)

    def _service(self) -> Any:
        from firebase_admin import _utils, messaging

        return _utils.get_app_service(self._app, messaging._MESSAGING_ATTRIBUTE, messaging._MessagingService)


def fcm_from_file(path: Path, *, now: Callable[[], datetime]) -> FcmChannel:
    """The channel of a service account file (JSON)."""

    def credential() -> Any:
        from firebase_admin import credentials

        return credentials.Certificate(str(path))

    return FcmChannel(credential, now=now)


def _call_by_ourselves(service: Any, timeout: float) -> None:
    """Give the library a client that repeats nothing by itself and costs little.

    Its own waits out a 503's Retry-After inside the call, and with it every other message of the chunk; `delivery`
    waits without holding anything. And it spends more on one call than everything else does on the message.
    """
    from firebase_admin._http_client import METRICS_HEADERS

    from notifications.channels.fcm_calls import FcmCalls

    service._async_client = FcmCalls(service._credential, headers=METRICS_HEADERS, timeout=timeout, at_once=CHUNK)


def _encoded(message: Message, now: datetime) -> Any:
    """What travels: code, opaque id and the words; time to live and tag for each kind of phone."""
    from firebase_admin import messaging

    expires = int(now.timestamp()) + message.ttl_seconds
    link = message.link if message.link.startswith("https://") else None
    return _addressed(
        message,
        data={"code": message.code, "id": str(message.id), "tag": message.tag, "expires_at": str(expires)},
        notification=messaging.Notification(title=message.title, body=message.body),
        android=messaging.AndroidConfig(
            collapse_key=message.tag,
            ttl=timedelta(seconds=message.ttl_seconds),
            notification=messaging.AndroidNotification(tag=message.tag),
        ),
        apns=messaging.APNSConfig(headers={"apns-collapse-id": message.tag, "apns-expiration": str(expires)}),
        webpush=messaging.WebpushConfig(
            headers={"TTL": str(message.ttl_seconds), "Topic": message.tag},
            notification=messaging.WebpushNotification(title=message.title, body=message.body, tag=message.tag),
            fcm_options=messaging.WebpushFCMOptions(link=link) if link else None,
        ),
    )


def _addressed(message: Message, **parts: Any) -> Any:
    from firebase_admin import messaging

    if message.kind is AddressKind.FCM_INSTALLATION:
        return messaging.Message(fid=message.address, **parts)
    with warnings.catch_warnings():
        # Deprecated for installation ids, but phones that registered with a token have no other address yet.
        warnings.filterwarnings("ignore", message="Message.token is deprecated", category=DeprecationWarning)
        return messaging.Message(token=message.address, **parts)


_RESULTS = {
    "UnregisteredError": Result.ADDRESS_GONE,
    "SenderIdMismatchError": Result.ADDRESS_GONE,
    "InvalidArgumentError": Result.ADDRESS_GONE,
    "NotFoundError": Result.BROKEN,  # a bare 404 is a wrong project, not a gone address
    "QuotaExceededError": Result.RETRY,
    "ResourceExhaustedError": Result.RETRY,
    "UnavailableError": Result.RETRY,
    "InternalError": Result.RETRY,
    "ThirdPartyAuthError": Result.BROKEN,
    "UnauthenticatedError": Result.BROKEN,
    "PermissionDeniedError": Result.BROKEN,
    "DeadlineExceededError": Result.UNCLEAR,
}


def _outcome(answer: Any, now: datetime) -> Outcome:
    if answer.success:
        return Outcome(Result.ACCEPTED, provider_id=answer.message_id[-200:])
    error = answer.exception
    name = type(error).__name__
    result = _RESULTS.get(name, Result.UNCLEAR)
    if name == "InvalidArgumentError" and _blames_the_message(error):
        result = Result.REFUSED
    return Outcome(result, error_code=_code_of(error), retry_after_seconds=_retry_after(error, now))


def _blames_the_message(error: Any) -> bool:
    """Whether an INVALID_ARGUMENT names fields and the address is not among them: then the phone is not to blame."""
    response = getattr(error, "http_response", None)
    try:
        details = response.json()["error"].get("details", []) if response is not None else []
    except (ValueError, KeyError, AttributeError):
        return False
    fields = [str(each.get("field")) for detail in details for each in detail.get("fieldViolations", [])]
    return bool(fields) and not any(field in ("message.token", "message.fid") for field in fields)


def _code_of(error: Any) -> str:
    """The error's class, which for FCM's own errors says more than the platform's code."""
    return type(error).__name__.removesuffix("Error")


def _retry_after(error: Any, now: datetime) -> float | None:
    response = getattr(error, "http_response", None)
    value = response.headers.get("Retry-After") if response is not None else None
    if not value:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (at.astimezone(UTC) - now).total_seconds())


def _failed_whole(error: Exception) -> Outcome:
    """The library gives up on a whole chunk when it cannot get an access token."""
    from google.auth.exceptions import GoogleAuthError, TransportError

    cause = getattr(error, "cause", None) or error
    if isinstance(cause, TransportError):
        return Outcome(Result.RETRY, error_code=type(cause).__name__)
    if isinstance(cause, GoogleAuthError):
        return Outcome(Result.BROKEN, error_code=type(cause).__name__)
    return Outcome(Result.UNCLEAR, error_code=type(cause).__name__)
