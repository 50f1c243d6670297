"""What is particular to WeCom's school notice: its token, whom a notice reaches, and the codes in a 200."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.storage.models import AddressKind
from notifications.channels.base import Result
from tests.notifications.stand_ins.ways import WeComWay
from tests.notifications.stand_ins.web import Reply, says


@pytest.fixture
def way(tmp_path: Path) -> Iterator[WeComWay]:
    """The channel with WeCom."""
    made = WeComWay(tmp_path)
    yield made
    made.stop()


def test_a_notice_reaches_one_parent_and_is_not_delivered_twice(way: WeComWay) -> None:
    way.channel.send([way.message()])
    (asked,) = way.sent
    assert asked.document == {
        "recv_scope": 0,
        "to_parent_userid": ["person-one"],
        "toall": 0,
        "msgtype": "news",
        "agentid": 1000002,
        "news": {
            "articles": [
                {
                    "title": "作业记录单",
                    "description": "有一份记录等您确认，点开查看。",
                    "url": way.message().link,
                }
            ]
        },
        "enable_id_trans": 0,
        "enable_duplicate_check": 1,
        "duplicate_check_interval": 14400,
    }


def test_a_students_own_id_reaches_the_student_and_never_the_parents(way: WeComWay) -> None:
    way.channel.send([way.message(kind=AddressKind.WECOM_STUDENT)])
    assert way.sent[0].document["recv_scope"] == 1
    assert way.sent[0].document["to_student_userid"] == ["person-one"]
    assert "to_parent_userid" not in way.sent[0].document


def test_one_token_serves_a_batch_and_the_next(way: WeComWay) -> None:
    way.channel.send([way.message(number) for number in range(5)])
    way.channel.send([way.message()])
    assert way.tokens == 1


@pytest.mark.parametrize("code", [40014, 42001])
def test_a_token_that_is_over_is_fetched_anew_once_and_the_message_goes_out(way: WeComWay, code: int) -> None:
    way.channel.send([way.message()])
    way.tokens = 7  # WeCom has made another one: ours is not known any more
    outcomes = way.channel.send([way.message(1), way.message(2)])
    assert {outcome.result for outcome in outcomes} == {Result.ACCEPTED}
    assert way.tokens == 8


def test_a_token_that_is_never_right_is_not_asked_for_for_ever(way: WeComWay) -> None:
    way.reply = says({"errcode": 42001, "errmsg": "access_token expired"})
    (outcome,) = way.channel.send([way.message()])
    assert outcome.result is Result.RETRY
    assert (way.tokens, len(way.sent)) == (2, 2)


@pytest.mark.parametrize(
    ("reply", "result"),
    [
        (says({"errcode": 40001, "errmsg": "invalid credential"}), Result.BROKEN),
        (says({"errcode": 40013, "errmsg": "invalid corpid"}), Result.BROKEN),
        (says({"errcode": -1, "errmsg": "system busy"}), Result.RETRY),
        (Reply(502, b"bad gateway"), Result.RETRY),
        (Reply(200, b"<html>"), Result.RETRY),
        (Reply(held=True), Result.RETRY),
        (says({"errcode": 0, "access_token": "a\r\nb", "expires_in": 7200}), Result.RETRY),
    ],
)
def test_without_a_token_nothing_is_sent_and_nothing_is_unclear(way: WeComWay, reply: Reply, result: Result) -> None:
    way.token_reply = reply
    (outcome,) = way.channel.send([way.message()])
    assert outcome.result is result
    assert way.sent == []


def test_a_batch_that_gets_no_token_asks_once_and_the_next_asks_again(way: WeComWay) -> None:
    way.token_reply = says({"errcode": -1, "errmsg": "system busy"})
    outcomes = way.channel.send([way.message(number) for number in range(5)])
    assert {outcome.error_code for outcome in outcomes} == {"wecom_token_-1"}
    assert (way.tokens, way.sent) == (1, [])
    way.token_reply = None
    assert way.channel.send([way.message()])[0].result is Result.ACCEPTED


@pytest.mark.parametrize(
    ("document", "result"),
    [
        ({"errcode": 0, "invalid_parent_userid": ["person-one"]}, Result.ADDRESS_GONE),
        ({"errcode": 0, "invalid_parent_userid": ["somebody-else"]}, Result.ACCEPTED),
        ({"errcode": 0, "invalid_parent_userid": None}, Result.ACCEPTED),
        ({"errcode": 81013}, Result.ADDRESS_GONE),
        ({"errcode": 40003}, Result.ADDRESS_GONE),
        ({"errcode": -1}, Result.RETRY),
        ({"errcode": 48002}, Result.BROKEN),
        ({"errcode": 40056}, Result.BROKEN),
        ({"errcode": 44004}, Result.REFUSED),
        ({"errcode": "0"}, Result.UNCLEAR),
        ({}, Result.UNCLEAR),
    ],
)
def test_what_happened_is_in_the_body(way: WeComWay, document: dict[str, object], result: Result) -> None:
    way.reply = says(document)
    (outcome,) = way.channel.send([way.message()])
    assert outcome.result is result
