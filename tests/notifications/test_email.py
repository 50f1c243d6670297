"""What is particular to e-mail: the letter, the way to end letters, and what each code of a mail server means."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from notifications.channels.base import Result
from notifications.channels.email import EmailChannel, MailServer
from tests.notifications.stand_ins.ways import PATIENCE, MailWay, now


@pytest.fixture
def way(tmp_path: Path) -> Iterator[MailWay]:
    """The channel with a mail server."""
    made = MailWay(tmp_path)
    yield made
    made.stop()


def test_the_letter_has_a_neutral_subject_text_and_page_and_says_that_nobody_wrote_it(way: MailWay) -> None:
    body = "陈艾达今晚的记录单已提交，请确认时间和就寝。"
    way.channel.send([way.message(body=body)])
    (letter,) = way.sent
    parsed = letter.parsed
    assert (letter.sender, letter.reader) == ("nightsheet@school.example", "person-one@home.example")
    assert parsed["Subject"] == "作业记录单：有一条提醒"
    assert parsed["From"].addresses[0].display_name == "作业记录单"
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsed["Message-ID"] == f"<{way.message().id}@school.example>"
    assert str(parsed["Date"]).startswith("Tue, 17 Nov 2026 12:00:00")
    assert {part.get_content_type() for part in parsed.iter_parts()} == {"text/plain", "text/html"}
    for part in parsed.iter_parts():
        assert body in part.get_content()
        assert way.message().link in part.get_content()


def test_one_tap_ends_the_letters(way: MailWay) -> None:
    way.channel.send([way.message()])
    parsed = way.sent[0].parsed
    link = f"https://school.example/unsubscribe/{way.token(way.message())}"
    assert parsed["List-Unsubscribe"].replace("\r\n ", "") == f"<{link}>"
    assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert all(link in part.get_content() for part in parsed.iter_parts())


def test_the_page_loads_nothing_and_quotes_what_it_shows(way: MailWay) -> None:
    way.channel.send([way.message(body="<img src=x> & co")])
    page = next(p for p in way.sent[0].parsed.iter_parts() if p.get_content_type() == "text/html").get_content()
    assert "&lt;img src=x&gt; &amp; co" in page
    assert "<img" not in page
    assert "src=" not in page.replace("src=x", "")


def test_english_letters_for_who_reads_english(way: MailWay) -> None:
    way.channel.send([way.message(locale="en", title="Nightsheet")])
    parsed = way.sent[0].parsed
    assert (parsed["Subject"], parsed["Content-Language"]) == ("Nightsheet: a reminder for you", "en")


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example\r\nBcc: everybody@home.example",
        "a@b.example\nX: y",
        "a@b.example, c@d.example",
        "<a@b.example> SIZE=1",
        "a b@c.example",
        "no-at.example",
        "家长@home.example",
        "two..dots@home.example",
        "dot.@home.example",
        "a@home..example",
        "",
    ],
)
def test_an_address_that_is_none_or_would_be_more_is_never_spoken_to_the_server(way: MailWay, address: str) -> None:
    (outcome,) = way.channel.send([way.message(address=address)])
    assert (outcome.result, outcome.error_code) == (Result.ADDRESS_GONE, "address_unreadable")
    assert (way.sent, way.provider.connections) == ([], 0)


def test_one_address_that_no_letter_can_be_written_to_does_not_hold_up_the_others(way: MailWay) -> None:
    outcomes = way.channel.send([way.message(address="two..dots@home.example"), way.message()])
    assert [each.result for each in outcomes] == [Result.ADDRESS_GONE, Result.ACCEPTED]


@pytest.mark.parametrize(
    ("step", "reply", "result", "code"),
    [
        ("RCPT", b"550 no such user", Result.ADDRESS_GONE, "smtp_550"),
        ("RCPT", b"550 5.1.1 no such user", Result.ADDRESS_GONE, "smtp_550"),
        ("RCPT", b"550 5.2.1 mailbox disabled", Result.ADDRESS_GONE, "smtp_550"),
        ("RCPT", b"556 5.1.10 null mx", Result.ADDRESS_GONE, "smtp_556"),
        ("RCPT", b"550 5.7.1 blocked by policy", Result.REFUSED, "smtp_550"),
        ("RCPT", b"552 5.2.2 mailbox full", Result.REFUSED, "smtp_552"),
        ("RCPT", b"450 4.2.1 try later", Result.RETRY, "smtp_450"),
        ("RCPT", b"452 4.2.2 mailbox full", Result.RETRY, "smtp_452"),
        ("RCPT", b"421 4.3.2 closing", Result.RETRY, "mail_server"),
        ("MAIL", b"550 5.7.1 sender not allowed", Result.BROKEN, "mail_sender"),
        ("MAIL", b"451 4.3.0 later", Result.RETRY, "mail_server"),
        ("DATA", b"451 4.3.0 later", Result.RETRY, "smtp_451"),
        ("END", b"554 5.7.1 looks like spam", Result.REFUSED, "smtp_554"),
        ("END", b"550 5.1.1 no such user after all", Result.ADDRESS_GONE, "smtp_550"),
        ("END", b"452 4.3.1 no space", Result.RETRY, "smtp_452"),
        ("AUTH", b"535 5.7.8 wrong", Result.BROKEN, "mail_sign_in"),
        ("AUTH", b"454 4.7.0 later", Result.RETRY, "mail_sign_in_later"),
        ("CONNECT", b"554 go away", Result.RETRY, "mail_server"),
        ("CONNECT", b"", Result.RETRY, "mail_server"),
    ],
)
def test_what_a_code_means_depends_on_where_it_comes(
    way: MailWay, step: str, reply: bytes, result: Result, code: str
) -> None:
    way.provider.replies[step] = reply
    (outcome,) = way.channel.send([way.message()])
    assert (outcome.result, outcome.error_code) == (result, code)
    assert way.sent == []


def test_a_batch_signs_in_once_and_goes_over_one_connection(way: MailWay) -> None:
    outcomes = way.channel.send([way.message(number) for number in range(5)])
    assert {outcome.result for outcome in outcomes} == {Result.ACCEPTED}
    assert (way.provider.connections, way.provider.sign_ins) == (1, ["\0nightsheet\0mail-password"])
    assert len(way.sent) == 5


def test_nobody_knocks_a_hundred_times_at_a_closed_door(way: MailWay) -> None:
    way.refuses_us()
    outcomes = way.channel.send([way.message(number % 5) for number in range(100)])
    assert {outcome.result for outcome in outcomes} == {Result.BROKEN}
    assert way.provider.connections == 1


def test_after_a_server_that_falls_silent_the_rest_waits_for_another_round(way: MailWay) -> None:
    way.is_silent()
    outcomes = way.channel.send([way.message(number) for number in range(5)])
    assert [outcome.result for outcome in outcomes] == [Result.UNCLEAR, *[Result.RETRY] * 4]
    assert way.provider.connections == 1


def test_a_server_without_tls_is_given_neither_password_nor_address(way: MailWay) -> None:
    server = MailServer("127.0.0.1", way.provider.port, "starttls", "nightsheet", "mail-password")
    channel = EmailChannel(
        server, sender="n@school.example", unsubscribe_link=lambda _: "https://x.example/u", now=now,
        timeout_seconds=PATIENCE,
    )  # fmt: skip
    (outcome,) = channel.send([way.message()])
    assert (outcome.result, outcome.error_code) == (Result.BROKEN, "mail_security")
    assert (way.provider.sign_ins, way.sent) == ([], [])
