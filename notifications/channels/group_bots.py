"""Bots in groups of staff: WeCom, DingTalk and Feishu. Each reads the answer's body: all three answer 200 to a refusal.

The three differ in how a request is signed, what it looks like and what the codes mean (`BotKind`); what may stand in a
group at all is in `notifications.groups`. A group's address is its name in the group bots' file: the file knows the
secret, the database does not.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from backend.channel_settings import GroupBot
from backend.services.reminders.delivering import AddressKind
from notifications.channels.base import Message, Outcome, Result
from notifications.channels.calls import GARBAGE, JSON, Answer, Caller, encoded, of_status
from notifications.groups import group_words


@dataclass(frozen=True)
class BotKind:
    """One provider: how a request is made of a bot, a text and now, and what its codes mean."""

    name: str
    kind: AddressKind
    request: Callable[[GroupBot, str, datetime], tuple[str, dict[str, Any]]]
    code_of: Callable[[Mapping[str, Any]], object]
    later: frozenset[int]
    set_up: frozenset[int]
    """The bot is gone, its signature, keyword or list of addresses is not what the group has."""


def _wecom(bot: GroupBot, text: str, _now: datetime) -> tuple[str, dict[str, Any]]:
    return bot.url, {"msgtype": "text", "text": {"content": text}}


def _dingtalk(bot: GroupBot, text: str, now: datetime) -> tuple[str, dict[str, Any]]:
    """Signed over milliseconds and the secret; base64 may hold + and /, which have to be quoted."""
    url = bot.url
    if bot.secret:
        at = str(int(now.timestamp() * 1000))
        signed = base64.b64encode(
            hmac.new(bot.secret.encode(), f"{at}\n{bot.secret}".encode(), hashlib.sha256).digest()
        )
        url += f"{'&' if '?' in url else '?'}timestamp={at}&sign={quote(signed, safe='')}"
    return url, {"msgtype": "text", "text": {"content": text}}


def _feishu(bot: GroupBot, text: str, now: datetime) -> tuple[str, dict[str, Any]]:
    """Signed over nothing, with seconds and the secret as the key; the signature stands in the body."""
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
    if bot.secret:
        at = str(int(now.timestamp()))
        signed = base64.b64encode(hmac.new(f"{at}\n{bot.secret}".encode(), b"", hashlib.sha256).digest())
        body |= {"timestamp": at, "sign": signed.decode()}
    return bot.url, body


def _errcode(found: Mapping[str, Any]) -> object:
    return found.get("errcode")


def _feishu_code(found: Mapping[str, Any]) -> object:
    return found.get("code", found.get("StatusCode"))


WECOM_BOT = BotKind(
    "wecom_bot",
    AddressKind.WECOM_BOT,
    _wecom,
    _errcode,
    later=frozenset({-1, 45009, 45033}),
    set_up=frozenset({93000, 93004, 93008}),
)
DINGTALK_BOT = BotKind(
    "dingtalk_bot",
    AddressKind.DINGTALK_BOT,
    _dingtalk,
    _errcode,
    later=frozenset({-1, 130101, 410100, 90018, 90030}),
    set_up=frozenset({310000, 300001, 400101, 400102, 400106, 400013, 400014}),
)
FEISHU_BOT = BotKind(
    "feishu_bot",
    AddressKind.FEISHU_BOT,
    _feishu,
    _feishu_code,
    later=frozenset({11232, 11233, 11247, 2200}),
    set_up=frozenset({19001, 19021, 19022, 19024}),
)
BOT_KINDS = {each.name: each for each in (WECOM_BOT, DINGTALK_BOT, FEISHU_BOT)}


class GroupBotChannel:
    """Sends to the groups of one provider. `link` is what is opened from a group: nobody's own reminder."""

    replaces_first_copy = False

    def __init__(
        self,
        provider: BotKind,
        groups: Mapping[str, GroupBot],
        *,
        link: str,
        now: Callable[[], datetime],
        caller: Caller | None = None,
    ) -> None:
        """Open nothing yet; of `groups` those of this provider are taken."""
        self.name, self.kinds, self._provider = provider.name, frozenset({provider.kind}), provider
        self._groups = {name: bot for name, bot in groups.items() if bot.channel == provider.name}
        self._link, self._now, self._caller = link, now, caller or Caller()

    def send(self, batch: Sequence[Message]) -> list[Outcome]:
        """Send side by side; an outcome for each message, in order."""
        return self._caller.each(self._send_one, batch)

    def close(self) -> None:
        """Close connections."""
        self._caller.close()

    def _send_one(self, message: Message) -> Outcome:
        said, bot = group_words(message.code, message.locale), self._groups.get(message.address or "")
        if said is None:
            return Outcome(Result.REFUSED, error_code="not_for_groups")
        if bot is None:
            return Outcome(Result.BROKEN, error_code="unknown_group")
        url, body = self._provider.request(bot, f"{said.title}\n{said.body}\n{self._link}", self._now())
        return self._outcome(self._caller.post(url, content=encoded(body), headers=JSON))

    def _outcome(self, answer: Answer) -> Outcome:
        found = answer.document()
        code = self._provider.code_of(found) if found else None
        if not isinstance(code, int):
            return of_status(answer, self._now()) or GARBAGE
        named = f"{self._provider.name}_{code}"
        if code == 0:
            return Outcome(Result.ACCEPTED)
        if code in self._provider.later:
            wait = answer.retry_after(self._now())
            return Outcome(Result.RETRY, error_code=named, retry_after_seconds=60.0 if wait is None else wait)
        return Outcome(Result.BROKEN if code in self._provider.set_up else Result.REFUSED, error_code=named)
