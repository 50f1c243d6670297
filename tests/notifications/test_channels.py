"""One contract for every channel, each over real HTTP or SMTP against a stand-in for its provider."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.channel_settings import CHANNELS
from backend.services.reminders.contacts import GIVEN_KINDS
from backend.storage.models import DEVICE_KINDS
from notifications.channels.base import Outcome, Result
from notifications.messages import words
from tests.notifications.stand_ins.ways import PATIENCE, WAYS

NAME = "陈艾达"


@pytest.fixture(params=WAYS, ids=lambda way: way.name)
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """A channel with its provider."""
    made = request.param(tmp_path)
    yield made
    made.stop()


def one(outcomes: list[Outcome]) -> Outcome:
    """The only outcome."""
    (outcome,) = outcomes
    return outcome


def test_every_channel_that_sends_to_somebody_is_held_to_the_contract() -> None:
    assert {way.name for way in WAYS} == set(CHANNELS) - {"console", "inbox"}


def test_a_channel_says_its_name_and_whom_it_can_reach(way: Any) -> None:
    assert (way.channel.name, way.kind in way.channel.kinds) == (way.name, True)


def test_the_backend_knows_whom_a_channel_reaches_that_needs_an_address_from_the_school(way: Any) -> None:
    assert way.channel.kinds - DEVICE_KINDS == GIVEN_KINDS.get(way.name, frozenset())


def test_what_the_provider_takes_is_accepted_and_arrives_once(way: Any) -> None:
    outcome = one(way.channel.send([way.message()]))
    assert (outcome.result, outcome.error_code) == (Result.ACCEPTED, None)
    assert len(way.sent) == 1
    assert words(way.code, "zh-CN").body in way.texts[0]


def test_an_address_that_is_no_more_is_told_from_everything_else(way: Any) -> None:
    way.knows_no_such_address()
    outcome = one(way.channel.send([way.message()]))
    assert outcome.result is way.when_gone
    assert outcome.error_code


def test_a_provider_that_asks_to_wait_is_not_waited_for(way: Any) -> None:
    way.asks_to_wait()
    began = time.monotonic()
    outcome = one(way.channel.send([way.message()]))
    assert (outcome.result, outcome.retry_after_seconds) == (way.when_busy, way.waits_seconds)
    assert time.monotonic() - began < 5


def test_refused_credentials_are_the_operators_matter_and_no_address_is_to_blame(way: Any) -> None:
    way.refuses_us()
    outcomes = way.channel.send([way.message(0), way.message(1)])
    assert {outcome.result for outcome in outcomes} == {way.when_refused}
    assert all(outcome.error_code for outcome in outcomes)


def test_a_provider_that_takes_the_message_and_falls_silent_leaves_it_unclear(way: Any) -> None:
    way.is_silent()
    began = time.monotonic()
    assert one(way.channel.send([way.message()])).result is Result.UNCLEAR
    assert time.monotonic() - began < PATIENCE + 5


def test_a_provider_that_sends_a_byte_now_and_then_does_not_hold_the_worker(way: Any) -> None:
    way.drips()
    began = time.monotonic()
    assert one(way.channel.send([way.message()])).result in (Result.UNCLEAR, Result.ACCEPTED)
    assert time.monotonic() - began < PATIENCE + 5


def test_a_provider_that_is_away_was_not_reached_and_is_tried_again(way: Any) -> None:
    way.channel.close()
    way.is_away()
    assert one(way.channel.send([way.message()])).result in (Result.RETRY, way.when_busy)


def test_rubbish_for_an_answer_is_no_acceptance(way: Any) -> None:
    way.talks_rubbish()
    outcome = one(way.channel.send([way.message()]))
    assert outcome.result is way.when_rubbish
    assert outcome.error_code


def test_one_bad_address_harms_no_other_and_answers_come_in_the_messages_order(way: Any) -> None:
    way.refuses_only(way.addresses[2])
    outcomes = way.channel.send([way.message(number) for number in range(5)])
    expected = [Result.ACCEPTED, Result.ACCEPTED, way.when_gone, Result.ACCEPTED, Result.ACCEPTED]
    assert [outcome.result for outcome in outcomes] == expected


def test_nothing_to_send_is_nothing_sent(way: Any) -> None:
    assert way.channel.send([]) == []
    assert way.sent == []


def test_neutral_words_travel_unless_the_guardian_wants_more(way: Any) -> None:
    way.channel.send([way.message(0), way.message(1, body=f"{NAME}今晚的记录单已提交。")])
    shown = [text for text in way.texts if NAME in text]
    assert len(shown) == (1 if way.shows_names else 0)
    assert len(way.texts) == 2


def test_the_person_reads_their_own_language(way: Any) -> None:
    said = words(way.code, "en")
    way.channel.send([way.message(locale="en", title=said.title, body=said.body)])
    assert said.body in way.texts[0]
    assert words(way.code, "zh-CN").body not in way.texts[0]


@pytest.mark.parametrize("fault", ["accepts", "knows_no_such_address", "asks_to_wait", "refuses_us", "talks_rubbish"])
def test_no_secret_and_no_address_reaches_the_log_or_the_outcome(
    way: Any, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    getattr(way, fault)()
    outcomes = way.channel.send([way.message()])
    written = caplog.text + "".join(str(record.__dict__) for record in caplog.records)
    found = [secret for secret in way.secrets if secret in written and len(secret) > 5]
    assert found == []
    codes = "".join(f"{outcome.error_code} {outcome.provider_id}" for outcome in outcomes if way.name != "fcm")
    assert not [secret for secret in way.secrets if secret in codes]


def test_an_error_code_fits_where_it_is_kept(way: Any) -> None:
    for fault in ("knows_no_such_address", "asks_to_wait", "talks_rubbish", "refuses_us"):
        getattr(way, fault)()
        assert all(len(each.error_code or "") <= 64 for each in way.channel.send([way.message()]))


def test_close_lets_go_of_connections_and_threads_and_may_be_called_twice(way: Any) -> None:
    before = {thread.name for thread in threading.enumerate()}
    way.channel.send([way.message()])
    way.channel.close()
    way.channel.close()
    left = {thread.name for thread in threading.enumerate()} - before
    assert not {name for name in left if name in ("fcm", "channel-call")}
