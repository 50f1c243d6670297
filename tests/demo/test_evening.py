"""The played evening: what came out equals what was added up by hand, and a wrong outcome would be seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from backend.clock import FrozenClock
from backend.demo import evening, told
from backend.demo.evening_report import Outcome, problems, report, width, words
from backend.settings import Settings
from backend.storage.engine import build_engine
from mobile_api.app import create_app
from mobile_api.demo_phone import live
from mobile_api.transaction import db
from notifications.channels.recording import RecordingChannel
from notifications.worker import Worker


@pytest.fixture(scope="module")
def outcome(databases: Any) -> Iterator[Outcome]:
    """The evening, lived once over HTTP with a worker."""
    url = databases.fresh()
    clock = FrozenClock(evening.instant(evening.BEGINS))
    settings = Settings.from_env(
        {"DATABASE_URL": url, "NIGHTSHEET_SECRET_KEY": "only for this evening, 32 signs at least"}
    )
    engine, app = build_engine(url), create_app(settings, clock=clock)
    starts, ends = (evening.instant(at) for at in evening.PROVIDER_BUSY)
    channel = RecordingChannel(clock, busy=(starts, ends), retry_after_seconds=evening.BUSY_RETRY_SECONDS)
    worker = Worker(engine, clock=clock, channels=[channel], public_url="http://localhost")

    def tick(now: Any) -> None:
        worker.tick(now)
        worker.deliver()

    yield live(app=app, clock=clock, tick=tick, reminders=lambda: told.reminders(engine))
    with app.app_context():
        db.engine.dispose()
    engine.dispose()
    databases.drop(url)


def test_all_figures_and_reminders_are_those_added_up_by_hand(outcome: Outcome) -> None:
    assert problems(outcome) == []


def test_the_clock_that_was_wrong_was_put_right_and_marked(outcome: Outcome) -> None:
    segments = [s for entry in outcome.nights["anan"]["entries"] for s in entry["segments"]]
    assert {s["clock"] for s in segments} == {"corrected"}
    assert {s["started_at"] for s in segments} == {
        "2026-11-17T10:40:00Z",
        "2026-11-17T11:10:00Z",
        "2026-11-17T11:30:00Z",
    }


def test_the_mothers_amendment_stands_and_both_statements_are_kept(outcome: Outcome) -> None:
    maths = next(e for e in outcome.nights["momo"]["entries"] if e["subject"] == "maths")
    assert maths["actual_minutes"] == 40
    assert maths["is_amended"]


def test_the_edit_withdrew_the_confirmation_and_said_why(outcome: Outcome) -> None:
    night = outcome.nights["keke"]
    assert night["state"] == "submitted"
    assert [c["withdrawn_at"] for c in night["confirmations"]] == ["2026-11-17T12:45:00Z"]


def test_the_stopped_work_is_noted_as_such(outcome: Outcome) -> None:
    outcomes = {e["subject"]: e["outcome"] for e in outcome.nights["nannan"]["entries"]}
    assert outcomes == {"chinese": "finished", "maths": "stopped_for_sleep"}


def test_the_guardian_was_answered(outcome: Outcome) -> None:
    assert outcome.nights["chenchen"]["review"]["teacher_reply"] == "收到，今天会和英语老师说。"


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_the_report_has_every_table_and_every_child(outcome: Outcome, locale: str) -> None:
    text = report(outcome, locale=locale, found=[])
    for title in ("students", "subjects", "class", "reminders"):
        assert words(locale)[title] in text
    for child in evening.CHILDREN:
        assert child.name in text
    assert words(locale)["right"] in text
    assert "57.3" in text


def test_the_columns_line_up_although_chinese_signs_are_wide(outcome: Outcome) -> None:
    lines = report(outcome, locale="zh-CN", found=[]).splitlines()
    start = lines.index(words("zh-CN")["students"]) + 3
    column = [line[: line.index(" 分钟")] for line in lines[start : start + 11]]
    assert len({width(part) for part in column}) == 1


@pytest.mark.parametrize(("number", "said"), [(0, "0 sheets amended"), (1, "1 sheet amended"), (2, "2 sheets amended")])
def test_one_sheet_is_not_sheets(outcome: Outcome, number: int, said: str) -> None:
    figure = {**outcome.board["figure"], "amended": number}
    told_so = replace(outcome, board={**outcome.board, "figure": figure})
    assert said in report(told_so, locale="en", found=[])


def test_both_languages_have_the_same_words() -> None:
    assert words("zh-CN").keys() == words("en").keys()
    assert words("fr") == words("zh-CN")


def test_a_reminder_told_twice_is_seen(outcome: Outcome) -> None:
    twice = replace(outcome, told=[*outcome.told, outcome.told[0]])
    assert any(line.startswith("told 2 times") for line in problems(twice))


def test_a_child_told_at_night_is_seen(outcome: Outcome) -> None:
    at = evening.instant("22:00")
    to_child = next(t for t in outcome.told if t.recipient_kind == "student")
    woken = replace(outcome, told=[replace(to_child, finished_at=at, code="cap_other")])
    assert "cap_other reached a child at 22:00" in problems(woken)


def test_a_figure_that_differs_is_seen(outcome: Outcome) -> None:
    figure = {**outcome.board["figure"], "mean_minutes": 57.4}
    wrong = replace(outcome, board={**outcome.board, "figure": figure})
    assert problems(wrong) == ["mean_minutes: 57.4 instead of 57.3"]
    assert "57.4" in report(wrong, locale="en", found=problems(wrong))


def test_the_expected_mean_is_that_of_the_expected_minutes() -> None:
    minutes = evening.EXPECTED.written.values()
    assert round(sum(minutes) / len(minutes), 1) == evening.EXPECTED.mean_minutes
