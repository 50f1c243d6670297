"""Bad input gets a clear 4xx, changes nothing and leaks nothing."""

import datetime as dt
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from backend.clock import FrozenClock
from tests.api.conftest import Client
from tests.api.test_nights import MATHS, at, entry, path, published
from tests.api.test_sync import rows
from tests.cast import TONIGHT, Cast

__all__ = ["path", "published"]
ENTRY = uuid.UUID(int=11)
HTML = "<img src=x onerror=alert(1)>\"'; DROP TABLE entries; --"


@pytest.fixture(autouse=True)
def late_enough(clock: FrozenClock) -> None:
    clock.move_to(dt.datetime.fromisoformat(at(22)))


def good() -> dict[str, Any]:
    return entry(MATHS, (at(19), at(19, 40)))


def _with(**fields: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda body: body | fields


def _segment(**fields: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda body: body | {"segments": [body["segments"][0] | fields]}


BAD: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "an unknown field": (_with(colour="red"), "colour"),
    "a missing field": (lambda body: {k: v for k, v in body.items() if k != "revision"}, "revision"),
    "a revision as text": (_with(revision="1"), "revision"),
    "a broken revision": (_with(revision=1.5), "revision"),
    "revision 0": (_with(revision=0), "revision"),
    "a revision beyond every integer": (_with(revision=10**30), "revision"),
    "true for a number": (_with(revision=True), "revision"),
    "an id that is none": (_with(installation_id="mine"), "installation_id"),
    "an outcome that is none": (_with(outcome="won"), "outcome"),
    "a finished entry that still runs": (_segment(finished_at=None), "segments.0.finished_at"),
    "an end before its start": (_segment(finished_at=at(18, 59)), "segments.0.finished_at"),
    "a naive time": (_segment(started_at="2026-11-17T19:00:00"), "segments.0.started_at"),
    "a date for a time": (_segment(started_at="2026-11-17"), "segments.0.started_at"),
    "the year 9999": (_segment(finished_at="9999-12-31T23:59:59-12:00"), "segments.0.finished_at"),
    "the far future": (_segment(finished_at="2099-01-01T00:00:00Z"), "segments.0.finished_at"),
    "a time of another night": (_segment(started_at=at(5, 59)), "segments.0.started_at"),
    "an hour to come": (_segment(finished_at=at(23)), "segments.0.finished_at"),
    "segments that are text": (_with(segments="19:00-19:40"), "segments"),
    "an unknown assignment": (_with(assignment_id=str(uuid.UUID(int=404))), "assignment_id"),
    "a tier that the assignment has not": (_with(tier="extension"), "tier"),
    "a NUL in a title": (_with(assignment_id=None, title="a\x00b"), "title"),
    "a lone surrogate in a title": (_with(assignment_id=None, title="a\ud800b"), "title"),
    "a title longer than a line": (_with(assignment_id=None, title="长" * 121), "title"),
    "a subject that is SQL": (_with(assignment_id=None, subject="maths'; --"), "subject"),
    "a list": (lambda body: [body], ""),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_entry_is_refused_by_its_field_and_nothing_is_written(
    client: Client, cast: Cast, path: str, engine: sa.Engine, name: str
) -> None:
    spoil, field = BAD[name]
    sent = json.dumps(spoil(good()))
    answer = client.as_(cast.ada).put(f"{path}/entries/{ENTRY}", data=sent, content_type="application/json")
    assert answer.status_code == 422, answer.json
    assert answer.mimetype == "application/problem+json"
    assert field in [error["path"] for error in answer.json["errors"]]
    assert rows(engine) == []


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b'{"revision": 1,', "application/json", 400, "unreadable"),
        (b"\xff\xfe\x00", "application/json", 400, "unreadable"),
        (b'{"a": NaN}', "application/json", 422, "invalid"),
        (b"[" * 100_000, "application/json", 400, "unreadable"),
        (b"revision=1", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b"<entry/>", "text/xml", 415, "unsupported_media_type"),
        (b'{"title": "' + b"x" * 5_000_000 + b'"}', "application/json", 413, "too_large"),
        (b"", "application/json", 422, "invalid"),
    ],
    ids=["cut off", "not text", "NaN", "nested too deep", "a form", "XML", "5 MB", "empty"],
)
def test_a_body_that_cannot_be_read_says_so(
    client: Client, cast: Cast, path: str, engine: sa.Engine, body: bytes, content_type: str, status: int, code: str
) -> None:
    answer = client.as_(cast.ada).put(f"{path}/entries/{ENTRY}", data=body, content_type=content_type)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert rows(engine) == []


def test_html_sql_emoji_and_long_names_are_only_text(client: Client, cast: Cast, path: str) -> None:
    for number, title in enumerate((HTML, "👩‍👧‍👦 练字", "阿卜杜热合曼·阿卜杜克热木", "\u202eabc")):
        body = entry(None, (at(19), at(19, 5))) | {"title": title}
        assert client.as_(cast.ada).put(f"{path}/entries/{uuid.UUID(int=20 + number)}", body).status_code == 200
    titles = [each["title"] for each in client.as_(cast.mother).get(path).json["entries"]]
    assert HTML in titles
    note = {"base_version": None, "installation_id": str(ENTRY), "revision": 1, "guardian_note": HTML}
    assert client.as_(cast.mother).put(f"{path}/note", note).json["record"]["guardian_note"] == HTML


@pytest.mark.parametrize("night", ["2026-02-30", "2026-1-1", "tonight", "0000-00-00", "2026-11-17T00:00"])
def test_a_night_that_is_no_date_is_absent(client: Client, cast: Cast, night: str) -> None:
    answer = client.as_(cast.ada).get(f"/students/{cast.ada.id}/nights/{night}")
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


@pytest.mark.parametrize("night", ["0001-01-01", "9999-12-31", "1969-12-31", "2026-08-31"])
def test_a_night_outside_every_class_is_absent(client: Client, cast: Cast, night: str) -> None:
    assert client.as_(cast.ada).get(f"/students/{cast.ada.id}/nights/{night}").status_code in {404, 422}
    answer = client.as_(cast.ada).put(f"/students/{cast.ada.id}/nights/{night}/entries/{ENTRY}", good())
    assert 400 <= answer.status_code < 500


def test_a_night_to_come_is_refused(client: Client, cast: Cast) -> None:
    tomorrow = TONIGHT + dt.timedelta(days=1)
    answer = client.as_(cast.mother).put(f"/students/{cast.ada.id}/nights/{tomorrow}/entries/{ENTRY}", good())
    assert answer.json["code"] == "night_in_future"


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"from": "2026-11-17"},
        {"from": "2026-11-18", "to": "2026-11-17"},
        {"from": "2020-01-01", "to": "2026-01-01"},
    ],
)
def test_a_range_that_cannot_be_is_refused(client: Client, cast: Cast, query: dict[str, str]) -> None:
    assert client.as_(cast.ada).get(f"/students/{cast.ada.id}/nights", **query).status_code == 422


def test_a_defect_of_ours_tells_nothing(client: Client, cast: Cast, path: str, engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE night_sheets RENAME TO hidden"))
    client.raises_nothing()
    answer = client.as_(cast.ada).get(path)
    assert (answer.status_code, answer.json["code"], answer.mimetype) == (500, "internal", "application/problem+json")
    assert "night_sheets" not in json.dumps(answer.json)


def test_a_wrong_verb_names_the_right_ones(client: Client, cast: Cast, path: str) -> None:
    answer = client.as_(cast.ada).post(path, {})
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
