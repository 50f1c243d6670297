"""The played evening in tables, and whether it came out as it had to.

Takes the documents that the API answered and the reminders of the outbox; speaks Chinese or English by the catalogue in
`words/`. Playing the evening is `mobile_api.demo_phone`.
"""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from backend.demo.evening import EXPECTED, Expected
from backend.demo.evening_cast import EveningCast
from backend.demo.shape import ZONE
from backend.demo.told import Told
from backend.domain.night import zone_of
from backend.domain.silence import silent_window

Document = Mapping[str, Any]
LOCALES = ("zh-CN", "en")


@cache
def words(locale: str) -> dict[str, str]:
    """The catalogue of a language; Chinese for one that we do not have."""
    name = locale if locale in LOCALES else "zh-CN"
    text = (files("backend") / "demo" / "words" / f"{name}.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that came out: the class's board, each child's night by key, the reminders, what phones noticed."""

    cast: EveningCast
    board: Document
    nights: Mapping[str, Document]
    told: Sequence[Told]
    surprises: Sequence[str]


# --- the invariants ---------------------------------------------------------------------------------------------------


def problems(outcome: Outcome, expected: Expected = EXPECTED) -> list[str]:
    """Everything that is not as it must be, as lines for a developer; none when the evening came out right."""
    found = list(outcome.surprises)
    for check in (_figures, _subjects, _sleep, _reminders, _nobody_twice, _no_child_woken):
        found += check(outcome, expected)
    return found


def _differs(what: str, is_: object, must: object) -> Iterator[str]:
    if is_ != must:
        yield f"{what}: {is_!r} instead of {must!r}"


def _figures(outcome: Outcome, expected: Expected) -> Iterator[str]:
    figure = outcome.board["figure"]
    for name in ("mean_minutes", "median_minutes", "share_within_percent", "n", "enrolled"):
        yield from _differs(name, figure[name], getattr(expected, name))
    written = {key: night["loads"]["written_minutes"] for key, night in outcome.nights.items() if _handed_in(night)}
    yield from _differs("written minutes", written, dict(expected.written))
    over = {key for key, night in outcome.nights.items() if night["cap"]["state"] == "exceeded"}
    yield from _differs("over the cap", over, set(expected.over_cap))


def _handed_in(night: Document) -> bool:
    return night["submitted_at"] is not None


def _subjects(outcome: Outcome, expected: Expected) -> Iterator[str]:
    for work in outcome.board["assignments"]:
        actual = work["actual"][0]
        is_ = (actual["n"], actual["n_censored"], actual["median_minutes"])
        yield from _differs(work["subject"], is_, expected.subjects.get(work["subject"]))


def _sleep(outcome: Outcome, expected: Expected) -> Iterator[str]:
    logged = {
        key: night["sleep"]["sleep_minutes"]
        for key, night in outcome.nights.items()
        if night["sleep"]["basis"] == "logged"
    }
    yield from _differs("sleep", logged, dict(expected.sleep))
    late = {key for key, night in outcome.nights.items() if night["sleep"]["bedtime_late"]}
    yield from _differs("late to bed", late, set(expected.late))


def _reminders(outcome: Outcome, expected: Expected) -> Iterator[str]:
    sent = {(*_key(outcome, t), local_time(t.created_at)) for t in outcome.told if t.state == "sent"}
    yield from _differs("reminders", sorted(sent), sorted(expected.sent))
    dropped = {_key(outcome, t): t.reason for t in outcome.told if t.state != "sent"}
    yield from _differs("dropped", dropped, dict(expected.dropped))


def _key(outcome: Outcome, told: Told) -> tuple[str, str, str, int]:
    cast = outcome.cast
    return told.code, cast.key_of(told.recipient_id), cast.key_of(told.subject_id), told.occasion


def _nobody_twice(outcome: Outcome, _expected: Expected) -> Iterator[str]:
    keys = Counter((t.code, t.recipient_id, t.subject_id, t.night, t.occasion) for t in outcome.told)
    yield from (f"told {times} times: {key}" for key, times in keys.items() if times > 1)


def _no_child_woken(outcome: Outcome, _expected: Expected) -> Iterator[str]:
    """Nothing went to a student from 30 minutes before latest lights-out until waking was logged, else 07:00."""
    for told in outcome.told:
        if told.recipient_kind != "student" or told.state != "sent" or told.finished_at is None:
            continue
        starts, ends = _silence(outcome.nights[outcome.cast.key_of(told.recipient_id)], told)
        if starts <= told.finished_at < ends:
            yield f"{told.code} reached a child at {local_time(told.finished_at)}"


def _silence(night: Document, told: Told) -> tuple[datetime, datetime]:
    latest = night["policy"]["latest_lights_out"]
    at = datetime.strptime(latest, "%H:%M").time() if latest else None  # noqa: DTZ007 - a time of day
    return silent_window(at, told.night, ZONE, next_day_is_school_day=True)


# --- the tables -------------------------------------------------------------------------------------------------------


def local_time(at: datetime) -> str:
    """The school's clock at an instant."""
    return at.astimezone(zone_of(ZONE)).strftime("%H:%M")


def report(outcome: Outcome, *, locale: str, found: Sequence[str]) -> str:
    """The whole report: students, subjects, class, reminders, and what is wrong (or that nothing is)."""
    say = words(locale)
    parts = [
        say["title"].format(night=outcome.board["night"], name=outcome.board["class_name"]),
        *_table(
            say["students"], _heads(say, "student", "written", "cap", "state", "bed", "sleep"), _students(outcome, say)
        ),
        *_table(
            say["subjects"], _heads(say, "subject", "estimate", "median", "n", "stopped", "ratio"), _works(outcome, say)
        ),
        *_class_lines(outcome, say),
        *_table(say["reminders"], _heads(say, "time", "reminder", "to", "about", "end"), _told(outcome, say)),
        "",
        say["right"] if not found else say["wrong"].format(n=len(found)),
        *(f"  - {line}" for line in found),
    ]
    return "\n".join(parts) + "\n"


def _heads(say: Mapping[str, str], *names: str) -> list[str]:
    return [say[f"head.{name}"] for name in names]


def _students(outcome: Outcome, say: Mapping[str, str]) -> Iterator[list[str]]:
    for key, night in outcome.nights.items():
        sleep = night["sleep"]
        yield [
            outcome.cast.name_of(key),
            _minutes(night["loads"]["written_minutes"], say) if _handed_in(night) else "–",
            say[f"cap.{night['cap']['state']}"] if _handed_in(night) else "–",
            say[f"state.{night['state']}"] if _handed_in(night) else say["state.none"],
            _clock(sleep["lights_out_at"]) + (say["late"] if sleep["bedtime_late"] else ""),
            _slept(sleep, say),
        ]


def _slept(sleep: Document, say: Mapping[str, str]) -> str:
    if sleep["sleep_minutes"] is None:
        return "–"
    short = sleep["short_by_minutes"] or 0
    hours = say["hours"].format(h=sleep["sleep_minutes"] // 60, m=sleep["sleep_minutes"] % 60)
    return hours + (say["short"].format(n=short) if short else "")


def _works(outcome: Outcome, say: Mapping[str, str]) -> Iterator[list[str]]:
    for work in outcome.board["assignments"]:
        actual, tier = work["actual"][0], work["tiers"][0]
        yield [
            say[f"subject.{work['subject']}"],
            _minutes(tier["estimated_minutes"], say),
            _minutes(actual["median_minutes"], say),
            str(actual["n"]),
            str(actual["n_censored"]),
            "–" if actual["ratio"] is None else f"{actual['ratio']:.2f}",
        ]


def _class_lines(outcome: Outcome, say: Mapping[str, str]) -> list[str]:
    figure = outcome.board["figure"]
    planned = sum(w["tiers"][0]["estimated_minutes"] for w in outcome.board["assignments"] if w["kind"] == "written")
    slept = [
        night["sleep"]["sleep_minutes"] for night in outcome.nights.values() if night["sleep"]["basis"] == "logged"
    ]
    mean = sum(slept) / len(slept) if slept else 0
    return [
        "",
        say["class"],
        "  " + say["class.mean"].format(**figure, planned=planned, cap=outcome.board["cap_minutes"]),
        "  " + say["class.median"].format(**figure, sheets=_sheets(figure["amended"], say)),
        "  " + say["class.sleep"].format(h=int(mean // 60), m=round(mean % 60), n=len(slept), **_met(outcome)),
    ]


def _sheets(number: int, say: Mapping[str, str]) -> str:
    return say["sheet.one" if number == 1 else "sheet.many"].format(n=number)


def _met(outcome: Outcome) -> dict[str, int]:
    missed = sum(bool(night["sleep"]["target_missed"]) for night in outcome.nights.values())
    late = sum(bool(night["sleep"]["bedtime_late"]) for night in outcome.nights.values())
    return {"missed": missed, "late": late}


def _told(outcome: Outcome, say: Mapping[str, str]) -> Iterator[list[str]]:
    for told in outcome.told:
        yield [
            local_time(told.created_at),
            say.get(f"reminder.{told.code}", told.code) + ("" if told.occasion == 1 else f" ({told.occasion})"),
            outcome.cast.name_of(outcome.cast.key_of(told.recipient_id)),
            outcome.cast.name_of(outcome.cast.key_of(told.subject_id)),
            say[f"end.{told.state}"] + _because(told, say),
        ]


def _because(told: Told, say: Mapping[str, str]) -> str:
    if told.reason is None:
        return ""
    return say["because"].format(reason=say.get(f"reason.{told.reason}", told.reason))


def _minutes(minutes: int | None, say: Mapping[str, str]) -> str:
    return "–" if minutes is None else say["minutes"].format(n=minutes)


def _clock(at: str | None) -> str:
    return "–" if at is None else local_time(datetime.fromisoformat(at))


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a table whose columns line up, also where signs are two cells wide."""
    lines = [list(heads), *(list(row) for row in rows)]
    widths = [max(map(width, column)) for column in zip(*lines, strict=True)]
    pad: Callable[[str, int], str] = lambda text, to: text + " " * (to - width(text))  # noqa: E731
    body = ["  " + "  ".join(pad(cell, to) for cell, to in zip(line, widths, strict=True)).rstrip() for line in lines]
    return ["", title, body[0], "  " + "─" * (sum(widths) + 2 * (len(widths) - 1)), *body[1:]]


def width(text: str) -> int:
    """How many cells of a terminal a text takes."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
