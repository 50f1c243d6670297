"""Calls over HTTP as every provider needs them: side by side, each with one limit in time, no redirects, little read.

What an answer means is the channel's. Addresses and bodies never reach the log: urllib3 writes paths at DEBUG, and some
providers want their secret in one.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from notifications.channels.base import Message, Outcome, Result

TIMEOUT_SECONDS = 10.0
AT_ONCE = 16
LARGEST_ANSWER = 64 * 1024
#: Longer than this no provider means; a wild header must not put a reminder off beyond its evening unseen.
LONGEST_RETRY_AFTER = 6 * 3600.0
STEP = 4096


class NotReached(Exception):
    """The provider never got the request: sending again is safe."""


class NoAnswer(Exception):
    """The request may have arrived; what became of it is not known."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, headers, and at most `LARGEST_ANSWER` bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def document(self) -> dict[str, Any] | None:
        """The body as a JSON object; None when it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return None
        return found if isinstance(found, dict) else None

    def retry_after(self, now: datetime) -> float | None:
        """Retry-After in seconds, whether it came as seconds or as a date."""
        value = self.headers.get("Retry-After", "").strip()
        if value.isascii() and value.isdigit():
            return min(float(value), LONGEST_RETRY_AFTER)
        try:
            at = parsedate_to_datetime(value)
        except ValueError:
            return None
        aware = at if at.tzinfo else at.replace(tzinfo=UTC)
        return min(max(0.0, (aware - now).total_seconds()), LONGEST_RETRY_AFTER)


class Caller:
    """Makes a channel's calls. `adapter` carries https, for who must not call into the school's own network."""

    def __init__(
        self,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        at_once: int = AT_ONCE,
        adapter: HTTPAdapter | None = None,
    ) -> None:
        """Open nothing yet; `timeout_seconds` is all that one message may take."""
        self._timeout, self._at_once = timeout_seconds, at_once
        self._session = requests.Session()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.mount("http://", HTTPAdapter(pool_maxsize=at_once))
        self._session.mount("https://", adapter or HTTPAdapter(pool_maxsize=at_once))
        logging.getLogger("urllib3").setLevel(logging.INFO)

    def each(self, send: Callable[[Message], Outcome], batch: Sequence[Message]) -> list[Outcome]:
        """`send` for every message, some at once; the outcomes in the messages' order.

        A message whose time is over is `UNCLEAR`, whatever its call does afterwards.
        """
        outcomes: list[Outcome] = []
        for start in range(0, len(batch), self._at_once):
            outcomes += self._side_by_side(send, batch[start : start + self._at_once])
        return outcomes

    def _side_by_side(self, send: Callable[[Message], Outcome], wave: Sequence[Message]) -> list[Outcome]:
        answers: list[Future[Outcome]] = [Future() for _ in wave]
        for message, answer in zip(wave, answers, strict=True):
            # Daemons: a provider that sends a byte a second must not keep the worker from ending.
            threading.Thread(target=_fulfil, args=(send, message, answer), name="channel-call", daemon=True).start()
        wait(answers, timeout=self._timeout + 1)
        late = Outcome(Result.UNCLEAR, error_code="no_answer")
        return [answer.result() if answer.done() else late for answer in answers]

    def post(self, url: str, *, content: bytes, headers: Mapping[str, str]) -> Answer:
        """POST and read the answer. Raises NotReached and NoAnswer."""
        return self._call("POST", url, content, headers)

    def get(self, url: str, *, params: Mapping[str, str]) -> Answer:
        """GET and read the answer. Raises NotReached and NoAnswer."""
        return self._call("GET", url, None, {}, params)

    def _call(
        self,
        method: str,
        url: str,
        content: bytes | None,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
    ) -> Answer:
        until = time.monotonic() + self._timeout
        try:
            with self._session.request(
                method, url, data=content, headers=dict(headers), params=params,
                timeout=self._timeout, allow_redirects=False, stream=True,
            ) as response:  # fmt: skip
                return Answer(response.status_code, response.headers, _read(response, until))
        except requests.RequestException as error:
            raise _trouble(error) from None

    def close(self) -> None:
        """Close connections."""
        self._session.close()


def _fulfil(send: Callable[[Message], Outcome], message: Message, answer: Future[Outcome]) -> None:
    try:
        answer.set_result(send(message))
    except NotReached as trouble:
        answer.set_result(Outcome(Result.RETRY, error_code=str(trouble)))
    except NoAnswer:
        answer.set_result(Outcome(Result.UNCLEAR, error_code="no_answer"))
    except Exception as error:  # a fault of ours must not hold up the others
        answer.set_result(Outcome(Result.UNCLEAR, error_code=type(error).__name__[:64]))


def _read(response: requests.Response, until: float) -> bytes:
    body = b""
    for part in response.iter_content(STEP):
        body += part
        if len(body) >= LARGEST_ANSWER or time.monotonic() > until:
            break
    return body[:LARGEST_ANSWER]


def _trouble(error: requests.RequestException) -> NotReached | NoAnswer:
    """Whether the request can have arrived."""
    if isinstance(error, requests.exceptions.SSLError):
        return NotReached("tls")
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    if isinstance(error, requests.ConnectTimeout) or isinstance(reason, NewConnectionError | ConnectTimeoutError):
        return NotReached("unreachable")
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidHeader):
        return NotReached("address_unreadable")
    return NoAnswer()


def of_status(answer: Answer, now: datetime) -> Outcome | None:
    """What a status says by itself, for providers that put everything else into the body; None for 200."""
    if answer.status == 200:
        return None
    code = f"http_{answer.status}"
    if answer.status == 429 or answer.status >= 500:
        return Outcome(Result.RETRY, error_code=code, retry_after_seconds=answer.retry_after(now))
    # Our own settings name the address: what it does not know, or sends elsewhere, is for an operator.
    return Outcome(Result.BROKEN, error_code=code)


GARBAGE = Outcome(Result.UNCLEAR, error_code="unreadable_answer")
"""A 200 whose body says nothing: the provider may have taken the message."""
JSON = {"Content-Type": "application/json; charset=utf-8"}


def encoded(document: Mapping[str, Any]) -> bytes:
    """JSON as it travels."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
