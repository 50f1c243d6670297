"""A phone's batch: one result a change, nothing lost, nothing twice, and everything new since a cursor."""

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from backend.clock import FrozenClock
from backend.storage.models import Entry, NightSheet
from mobile_api.schemas.nights import NightOut, SyncOut
from tests.api.conftest import Client
from tests.api.test_nights import ENGLISH, MATHS, at, entry, published
from tests.cast import TONIGHT, Cast, Holder

__all__ = ["published"]
PHONE = str(uuid.UUID(int=1))
OTHER_PHONE = str(uuid.UUID(int=2))


@pytest.fixture(autouse=True)
def late_enough(clock: FrozenClock) -> None:
    """22:00: the evening is over, everything logged lies in the past."""
    clock.move_to(dt.datetime.fromisoformat(at(22)))


def change(student: Holder, kind: str = "entry", **fields: Any) -> dict[str, Any]:
    return {"kind": kind, "student_id": str(student.id), "night": str(TONIGHT)} | fields


def entry_of(student: Holder, number: int, *times: tuple[str, str | None], **more: Any) -> dict[str, Any]:
    return change(student, id=str(uuid.UUID(int=number))) | entry(MATHS, *times, **more)


def batch(*changes: Any, cursors: dict[str, str | None] | None = None, phone: str = PHONE, sent_at: str = "") -> Any:
    return {
        "installation_id": phone,
        "sent_at": sent_at or at(22),
        "changes": list(changes),
        "cursors": cursors or {},
    }


def results(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.json
    assert SyncOut().validate(answer.json) == {}
    return [each["result"] for each in answer.json["results"]]


def test_one_bad_change_never_blocks_the_rest(client: Client, cast: Cast) -> None:
    answer = client.as_(cast.ada).post(
        "/sync",
        batch(
            entry_of(cast.ada, 11, (at(19), at(19, 40))),
            {"kind": "unheard of"},
            "not even an object",
            entry_of(cast.ada, 12, (at(20), at(19))),
            entry_of(cast.ben, 13, (at(19), at(19, 10))),
            change(cast.ada, "sleep", base_version=None, revision=1, lights_out_at=at(21, 15)),
        ),
    )
    assert results(answer) == ["applied", "invalid", "invalid", "invalid", "invalid", "applied"]
    codes = [each["code"] for each in answer.json["results"]]
    assert codes == ["applied", "invalid", "invalid", "invalid", "not_found", "applied"]
    assert answer.json["results"][3]["errors"][0]["path"] == "segments.0.finished_at"


def test_a_batch_sent_twice_changes_nothing_the_second_time(client: Client, cast: Cast, engine: sa.Engine) -> None:
    sent = batch(
        entry_of(cast.ada, 11, (at(19), at(19, 40))),
        change(cast.ada, "note", **entry_note()),
        change(cast.ada, "submission"),
    )
    mother = client.as_(cast.mother)
    assert results(mother.post("/sync", sent)) == ["applied", "applied", "applied"]
    before = rows(engine)
    assert results(mother.post("/sync", sent)) == ["same", "same", "same"]
    assert rows(engine) == before


def entry_note() -> dict[str, Any]:
    return {"base_version": None, "revision": 1, "guardian_note": "早睡"}


def rows(engine: sa.Engine) -> list[Any]:
    with engine.connect() as connection:
        return [tuple(row) for table in (NightSheet, Entry) for row in connection.execute(sa.select(table.__table__))]


def test_two_phones_get_a_conflict_with_what_stands_and_neither_is_lost(client: Client, cast: Cast) -> None:
    ada, father = client.as_(cast.ada), client.as_(cast.father)
    ada.post("/sync", batch(entry_of(cast.ada, 11, (at(19), at(19, 40)))))
    theirs = entry_of(cast.ada, 11, (at(19), at(19, 50)), installation_id=OTHER_PHONE)
    answer = father.post("/sync", batch(theirs, phone=OTHER_PHONE))
    assert results(answer) == ["conflict"]
    standing = answer.json["results"][0]["record"]
    assert (standing["version"], standing["actual_minutes"]) == (1, 40)
    answer = father.post("/sync", batch(theirs | {"base_version": 1, "revision": 2}, phone=OTHER_PHONE))
    assert results(answer) == ["applied"]
    record = answer.json["results"][0]["record"]
    assert record["actual_minutes"] == 50
    assert {figure["kind"] for figure in record["figures"]} == {"student", "guardian"}


def test_a_deleted_id_stays_gone(client: Client, cast: Cast) -> None:
    ada, father = client.as_(cast.ada), client.as_(cast.father)
    ada.post("/sync", batch(entry_of(cast.ada, 11, (at(19), at(19, 40)))))
    gone = change(cast.ada, "entry_deletion", id=str(uuid.UUID(int=11)), base_version=1, revision=2)
    assert results(ada.post("/sync", batch(gone))) == ["applied"]
    assert results(ada.post("/sync", batch(gone))) == ["same"]
    late = entry_of(cast.ada, 11, (at(19), at(19, 45)), installation_id=OTHER_PHONE, base_version=1)
    assert results(father.post("/sync", batch(late, phone=OTHER_PHONE))) == ["gone"]


def test_a_phone_asks_for_what_it_has_not_seen(client: Client, cast: Cast) -> None:
    ada, mother = client.as_(cast.ada), client.as_(cast.mother)
    first = mother.post("/sync", batch(cursors={str(cast.ada.id): None})).json["students"][0]
    assert str(TONIGHT) in [night["night"] for night in first["nights"]]
    ada.post("/sync", batch(entry_of(cast.ada, 11, (at(19), at(19, 40)))))
    then = mother.post("/sync", batch(cursors={str(cast.ada.id): first["cursor"]})).json["students"][0]
    assert [night["night"] for night in then["nights"]] == [str(TONIGHT)]
    assert NightOut().validate(then["nights"][0]) == {}
    assert then["nights"][0]["loads"]["written_minutes"] == 40
    last = mother.post("/sync", batch(cursors={str(cast.ada.id): then["cursor"]})).json["students"][0]
    assert (last["nights"], last["more"], last["reset"]) == ([], False, False)


def test_a_cursor_of_another_database_starts_anew(client: Client, cast: Cast) -> None:
    answer = client.as_(cast.mother).post("/sync", batch(cursors={str(cast.ada.id): "999999.3"}))
    assert answer.json["students"][0]["reset"] is True
    answer = client.as_(cast.mother).post("/sync", batch(cursors={str(cast.ada.id): "rubbish"}))
    assert answer.json["students"][0]["code"] == "cursor_invalid"


def test_another_familys_student_answers_like_an_unknown_one(client: Client, cast: Cast) -> None:
    unknown = uuid.UUID(int=424242)
    asked = {str(cast.ben.id): None, str(unknown): None}
    answers = client.as_(cast.mother).post("/sync", batch(cursors=asked)).json["students"]
    assert [each["code"] for each in answers] == ["not_found", "not_found"]
    assert all(set(each) == {"student_id", "code"} for each in answers)


@pytest.mark.parametrize(("source", "mark"), [("timer", "corrected"), ("typed", "ok")])
def test_only_timed_segments_are_corrected_by_the_phones_offset(
    client: Client, cast: Cast, source: str, mark: str
) -> None:
    late_clock = at(23, 59)  # the phone's clock runs ahead by one hour and 59 minutes
    segments = [{"started_at": at(20, 59), "finished_at": at(21, 29), "source": source}]
    sent = change(cast.ada, id=str(uuid.UUID(int=11))) | entry(ENGLISH) | {"segments": segments, "outcome": "finished"}
    answer = client.as_(cast.ada).post("/sync", batch(sent, sent_at=late_clock))
    assert results(answer) == ["applied"]
    segment = answer.json["results"][0]["record"]["segments"][0]
    assert segment["clock"] == mark
    expected = at(19) if source == "timer" else at(20, 59)
    assert dt.datetime.fromisoformat(segment["started_at"]) == dt.datetime.fromisoformat(expected)
    assert answer.json["results"][0]["record"]["actual_minutes"] == 30


def test_a_class_or_staff_has_nothing_to_sync(client: Client, cast: Cast) -> None:
    assert client.as_(cast.homeroom).post("/sync", batch()).status_code == 404
    assert client.as_(None).post("/sync", batch()).status_code == 401
