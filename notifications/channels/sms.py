"""SMS through the school's own adapter: one documented JSON request a message, signed (docs/reminders.md, "SMS").

Providers differ, want a signed template and a contract with a company; what they share is small enough for one
contract. A text is always the neutral one: a template is approved word by word, and names do not belong in an SMS.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime

from backend.services.reminders.delivering import AddressKind
from notifications.channels.base import Message, Outcome, Result
from notifications.channels.calls import GARBAGE, JSON, Answer, Caller, encoded
from notifications.messages import words

#: Answers that say that nobody can be reached at this number.
GONE = frozenset({"unknown_number", "not_a_mobile", "opted_out"})


class SmsChannel:
    """Posts to `url`, signed with `secret`. The adapter leaves out a key that it has seen: nobody gets two."""

    name = "sms"
    kinds = frozenset({AddressKind.SMS})
    replaces_first_copy = True

    def __init__(self, url: str, secret: str, *, now: Callable[[], datetime], caller: Caller | None = None) -> None:
        """Open nothing yet."""
        self._url, self._secret, self._now = url, secret.encode(), now
        self._caller = caller or Caller()

    def send(self, batch: Sequence[Message]) -> list[Outcome]:
        """Send side by side; an outcome for each message, in order."""
        return self._caller.each(self._send_one, batch)

    def close(self) -> None:
        """Close connections."""
        self._caller.close()

    def _send_one(self, message: Message) -> Outcome:
        content = encoded(
            {
                "to": message.address,
                "text": words(message.code, message.locale).body,
                "code": message.code,
                "locale": message.locale,
                "link": message.link,
                "ttl_seconds": message.ttl_seconds,
            }
        )
        return self._outcome(self._caller.post(self._url, content=content, headers=self._headers(message, content)))

    def _headers(self, message: Message, content: bytes) -> dict[str, str]:
        at = str(int(self._now().timestamp()))
        key = str(uuid.uuid5(message.id, message.address or ""))
        signed = hmac.new(self._secret, b".".join((at.encode(), key.encode(), content)), hashlib.sha256).hexdigest()
        return JSON | {
            "Idempotency-Key": key,
            "X-Nightsheet-Timestamp": at,
            "X-Nightsheet-Signature": f"sha256={signed}",
        }

    def _outcome(self, answer: Answer) -> Outcome:
        code = f"http_{answer.status}"
        if answer.status in (401, 403, 404, 405):
            return Outcome(Result.BROKEN, error_code=code)
        if answer.status == 429 or answer.status >= 500:
            return Outcome(Result.RETRY, error_code=code, retry_after_seconds=answer.retry_after(self._now()))
        found = answer.document()
        if answer.status in (200, 202) and found is not None:
            return self._of_body(found, answer)
        return GARBAGE if answer.status in (200, 202) else Outcome(Result.REFUSED, error_code=code)

    def _of_body(self, found: dict[str, object], answer: Answer) -> Outcome:
        reason = str(found.get("reason") or "refused")[:64]
        match found.get("status"):
            case "accepted":
                return Outcome(Result.ACCEPTED, provider_id=str(found["id"])[:200] if found.get("id") else None)
            case "later":
                return Outcome(Result.RETRY, error_code="later", retry_after_seconds=answer.retry_after(self._now()))
            case "refused":
                return Outcome(Result.ADDRESS_GONE if reason in GONE else Result.REFUSED, error_code=reason)
        return GARBAGE
