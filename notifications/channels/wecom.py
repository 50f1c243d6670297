"""WeCom's school notice (企业微信 家校沟通「学校通知」): lands in the WeChat of parents in the school's book.

`externalcontact/message/send` answers 200 for nearly everything: what happened is in `errcode`, and an id that it does
not know stands in a list beside ``"errcode": 0``. A parent is addressed by the parent's own id: a student's id with
`recv_scope` 0 would reach every guardian of the child, also one who may not see it.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from backend.services.reminders.delivering import AddressKind
from notifications.channels.base import Message, Outcome, Result
from notifications.channels.calls import GARBAGE, JSON, Answer, Caller, NoAnswer, NotReached, encoded, of_status

ADDRESS = "https://qyapi.weixin.qq.com"
TO_PARENTS, TO_STUDENTS = 0, 1
#: The longest that WeCom compares: within it, the same message to the same person is not delivered again.
SAME_WITHIN_SECONDS = 4 * 3600
#: A token is given for two hours; a new one is fetched a little earlier.
TOKEN_MARGIN = timedelta(minutes=5)
TOKEN_IS_OVER = frozenset({40014, 42001, 41001})
_TOKEN = re.compile(r"[A-Za-z0-9_.~-]{1,2048}")
LATER = frozenset({-1, 45009, 45033, 50001})
NOBODY_THERE = frozenset({40003, 81013, 60111, 60121})
#: Corp id, secret, application, rights, or the machine's address are not what WeCom has.
SET_UP = frozenset({40001, 40013, 40056, 41002, 41004, 48002, 60011, 60020, 84074, 301002})


class WeComChannel:
    """Sends one notice a message: the link in it differs for each, so they cannot share a call."""

    name = "wecom"
    kinds = frozenset({AddressKind.WECOM_PARENT, AddressKind.WECOM_STUDENT})
    replaces_first_copy = True

    def __init__(
        self,
        *,
        corp_id: str,
        agent_id: int,
        secret: str,
        now: Callable[[], datetime],
        address: str = ADDRESS,
        caller: Caller | None = None,
    ) -> None:
        """Open nothing yet; `address` only for tests."""
        self._corp_id, self._agent_id, self._secret, self._now = corp_id, agent_id, secret, now
        self._address, self._caller = address, caller or Caller()
        self._token: tuple[str, datetime] | None = None
        self._no_token: Outcome | None = None
        self._lock = threading.Lock()

    def send(self, batch: Sequence[Message]) -> list[Outcome]:
        """Send side by side; an outcome for each message, in order."""
        self._no_token = None
        return self._caller.each(self._send_one, batch)

    def close(self) -> None:
        """Close connections and forget the token."""
        self._caller.close()
        self._token = None

    def _send_one(self, message: Message) -> Outcome:
        token, trouble = self._current_token()
        if trouble is not None:
            return trouble
        answer = self._post(message, token)
        if (answer.document() or {}).get("errcode") in TOKEN_IS_OVER:
            token, trouble = self._current_token(instead_of=token)
            if trouble is not None:
                return trouble
            answer = self._post(message, token)
        return self._outcome(answer, message)

    def _post(self, message: Message, token: str) -> Answer:
        url = f"{self._address}/cgi-bin/externalcontact/message/send?access_token={token}"
        return self._caller.post(url, content=encoded(self._notice(message)), headers=JSON)

    def _notice(self, message: Message) -> dict[str, Any]:
        to_student = message.kind is AddressKind.WECOM_STUDENT
        article = {"title": message.title, "description": message.body, "url": message.link}
        return {
            "recv_scope": TO_STUDENTS if to_student else TO_PARENTS,
            "to_student_userid" if to_student else "to_parent_userid": [message.address],
            "toall": 0,
            "msgtype": "news",
            "agentid": self._agent_id,
            "news": {"articles": [article]},
            "enable_id_trans": 0,
            "enable_duplicate_check": 1,
            "duplicate_check_interval": SAME_WITHIN_SECONDS,
        }

    def _current_token(self, instead_of: str | None = None) -> tuple[str, Outcome | None]:
        """The token, or why there is none. Fetched by whoever needs it first; a batch that gets none asks once."""
        with self._lock:
            held = self._token
            if held is not None and held[0] != instead_of and held[1] > self._now():
                return held[0], None
            if self._no_token is None:
                token, self._no_token = self._fetched_token()
                if self._no_token is None:
                    return token, None
            return "", self._no_token

    def _fetched_token(self) -> tuple[str, Outcome | None]:
        """Nothing is sent here: whatever goes wrong, no message is unclear."""
        self._token = None
        asked = {"corpid": self._corp_id, "corpsecret": self._secret}
        try:
            answer = self._caller.get(f"{self._address}/cgi-bin/gettoken", params=asked)
        except (NotReached, NoAnswer):
            return "", Outcome(Result.RETRY, error_code="wecom_token_unreachable")
        found = answer.document() or {}
        token, seconds = found.get("access_token"), found.get("expires_in")
        if (
            found.get("errcode") == 0
            and isinstance(token, str)
            and _TOKEN.fullmatch(token)
            and isinstance(seconds, int)
        ):
            self._token = (token, self._now() + timedelta(seconds=seconds) - TOKEN_MARGIN)
            return token, None
        code = found.get("errcode")
        refused = isinstance(code, int) and code not in LATER and code != 0
        result = Result.BROKEN if refused else Result.RETRY
        return "", Outcome(result, error_code=f"wecom_token_{code if isinstance(code, int) else 'unreadable'}")

    def _outcome(self, answer: Answer, message: Message) -> Outcome:
        by_status = of_status(answer, self._now())
        if by_status is not None:
            return by_status
        found = answer.document()
        code = found.get("errcode") if found else None
        if found is None or not isinstance(code, int):
            return GARBAGE
        if message.address in _not_known(found):
            return Outcome(Result.ADDRESS_GONE, error_code="wecom_unknown_id")
        return _of_code(code)


def _not_known(found: dict[str, Any]) -> list[Any]:
    names = ("invalid_parent_userid", "invalid_student_userid", "invalid_external_user")
    return [each for name in names for each in (found.get(name) or [])]


def _of_code(code: int) -> Outcome:
    named = f"wecom_{code}"
    if code == 0:
        return Outcome(Result.ACCEPTED)
    if code in LATER or code in TOKEN_IS_OVER:
        return Outcome(Result.RETRY, error_code=named, retry_after_seconds=60 if code == 45009 else None)
    if code in NOBODY_THERE:
        return Outcome(Result.ADDRESS_GONE, error_code=named)
    return Outcome(Result.BROKEN if code in SET_UP else Result.REFUSED, error_code=named)
