"""A reminder is known everywhere: who gets it may choose it, the client has words for it, and it opens a screen.

And a channel: the school can tell it by a name, and the backend knows whom it reaches.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from backend.channel_settings import CHANNELS
from backend.services.actor import ActorKind
from backend.services.reminders.outbox import Recipient
from backend.services.reminders.reminder_preferences import CODES
from notifications.rule import Rule
from notifications.rules import ALL

CLIENT = Path(__file__).resolve().parents[2] / "mobile_api" / "client" / "src"
WORDS = (CLIENT / "words" / "reminders.ts").read_text(encoding="utf-8")
SCREENS = (CLIENT / "domain" / "reminders.ts").read_text(encoding="utf-8")
OF_STUDENTS = {Recipient.STUDENT, Recipient.STUDENT_WHO_ASKED}
OF_GUARDIANS = {Recipient.GUARDIAN, Recipient.GUARDIAN_WHO_ASKED}
#: Nobody chooses it by itself: it is the wish for one message in the evening.
A_WISH_OF_ITS_OWN = {"evening_digest"}


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.code)
def test_whoever_gets_a_reminder_may_choose_it_and_nobody_else(rule: Rule) -> None:
    (code,) = (each for each in CODES if each.code == rule.code)
    recipients = set(rule.reasons)
    assert (ActorKind.STUDENT in code.kinds) is bool(recipients & OF_STUDENTS)
    assert (ActorKind.GUARDIAN in code.kinds) >= bool(recipients & OF_GUARDIANS)
    if Recipient.NAMED not in recipients:
        assert (ActorKind.GUARDIAN in code.kinds) is bool(recipients & OF_GUARDIANS)
        assert not code.roles
    elif rule.code not in A_WISH_OF_ITS_OWN:
        assert code.roles or ActorKind.GUARDIAN in code.kinds


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.code)
def test_the_client_words_a_reminder_and_its_choice_in_both_languages(rule: Rule) -> None:
    keys = [f"code.{rule.code}", f"says.{rule.code}"]
    if rule.code not in A_WISH_OF_ITS_OWN:
        keys += [f"settings.name.{rule.code}", f"settings.when.{rule.code}"]
    assert {key: WORDS.count(f"'{key}':") for key in keys} == dict.fromkeys(keys, 2)


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.code)
def test_a_reminder_opens_a_screen_of_its_own(rule: Rule) -> None:
    assert re.search(rf"\b{rule.code}\b", SCREENS), "screenOf in the client's domain/reminders.ts leads nowhere"


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_desk_names_a_channel_in_both_languages(channel: str) -> None:
    words = (CLIENT / "desk" / "words" / "reach.ts").read_text(encoding="utf-8")
    assert words.count(f"'channel.{channel}':") == 2
