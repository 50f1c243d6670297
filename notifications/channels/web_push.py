"""Web Push (RFC 8030) with VAPID (RFC 8292): pywebpush encrypts, py_vapid signs, the call is our own.

`pywebpush.webpush` follows redirects and would call whatever address a phone registered; here the connection is
looked at first. 404 and 410 mean that the subscription is over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from backend.push_keys import load_push_key
from backend.services.reminders.delivering import AddressKind
from backend.variables import SettingsError
from notifications.channels.base import Message, Outcome, Result
from notifications.channels.calls import Answer, Caller, encoded
from notifications.channels.public_hosts import OutsideAdapter

#: Of what cannot wait until the phone wakes up by itself.
URGENT = frozenset({"cap_near", "cap_reached", "bedtime_passed", "wind_down", "start_homework", "test"})
#: A signature is good for a day at most; half of that leaves room for clocks that differ.
SIGNED_FOR = timedelta(hours=12)
#: Words by which push services say that a subscription belongs to another key than ours.
OTHER_KEY = (b"do not correspond", b"VapidPkHashMismatch", b"VAPID public key mismatch")


class WebPushChannel:
    """Sends to browsers' subscriptions. `key_file` is the private key, `contact` whom a push service may write to."""

    name = "web_push"
    kinds = frozenset({AddressKind.WEB_PUSH})
    replaces_first_copy = True

    def __init__(
        self, key_file: Path, *, contact: str, now: Callable[[], datetime], caller: Caller | None = None
    ) -> None:
        """Read the key at the first send; `caller` only for tests, whose push service is on this machine."""
        self._key_file, self._contact, self._now = key_file, contact, now
        self._caller = caller or Caller(adapter=OutsideAdapter(pool_maxsize=16))
        self._key: Any = None

    def send(self, batch: Sequence[Message]) -> list[Outcome]:
        """Send side by side; an outcome for each message, in order."""
        try:
            self._key = self._key or load_push_key(self._key_file)
        except SettingsError:
            return [Outcome(Result.BROKEN, error_code="push_key") for _ in batch]
        return self._caller.each(self._send_one, batch)

    def close(self) -> None:
        """Close connections."""
        self._caller.close()

    def _send_one(self, message: Message) -> Outcome:
        from pywebpush import WebPushException

        try:
            content = _encrypted(message, self._now())
        except (WebPushException, ValueError, KeyError, TypeError, IndexError):
            return Outcome(Result.ADDRESS_GONE, error_code="keys_unusable")
        address = message.address or ""
        return self._outcome(self._caller.post(address, content=content, headers=self._headers(message, address)))

    def _headers(self, message: Message, address: str) -> dict[str, str]:
        from py_vapid import Vapid02

        parts = urlsplit(address)
        expires = int((self._now() + SIGNED_FOR).timestamp())
        claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": expires, "sub": self._contact}
        signature: dict[str, str] = Vapid02(self._key).sign(claims)
        return signature | {
            "TTL": str(message.ttl_seconds),
            "Topic": message.tag[:32],
            "Urgency": "high" if message.code in URGENT else "normal",
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
        }

    def _outcome(self, answer: Answer) -> Outcome:
        code = f"http_{answer.status}"
        if 200 <= answer.status < 300:
            return Outcome(Result.ACCEPTED)
        if answer.status in (404, 410):
            return Outcome(Result.ADDRESS_GONE, error_code=code)
        if answer.status in (400, 401, 403):
            return _of_refusal(answer, code)
        if answer.status == 429 or answer.status >= 500:
            return Outcome(Result.RETRY, error_code=code, retry_after_seconds=answer.retry_after(self._now()))
        return Outcome(Result.REFUSED, error_code=code)


def _of_refusal(answer: Answer, code: str) -> Outcome:
    """Another key is the subscription's end; any other signature trouble is ours; a bad request is this message's."""
    if any(words in answer.body for words in OTHER_KEY):
        return Outcome(Result.ADDRESS_GONE, error_code="other_push_key")
    return Outcome(Result.REFUSED if answer.status == 400 else Result.BROKEN, error_code=code)


def _encrypted(message: Message, now: datetime) -> bytes:
    """What the client's service worker reads, for the browser's eyes alone (aes128gcm)."""
    from pywebpush import WebPusher

    expires_at = (now + timedelta(seconds=message.ttl_seconds)).astimezone(UTC)
    payload = {
        "id": str(message.id),
        "code": message.code,
        "title": message.title,
        "body": message.body,
        "tag": message.tag,
        "link": message.link,
        "expires_at": expires_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
    }
    pusher = WebPusher({"endpoint": message.address, "keys": dict(message.keys)})
    body: bytes = pusher.encode(encoded(payload), content_encoding="aes128gcm")["body"]
    return body
