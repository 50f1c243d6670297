"""A guardian stops homework for sleep: what is unfinished is noted, nobody is blamed (rules 2, 9 and 10)."""

from __future__ import annotations

import uuid

import pytest

from backend.domain.errors import Forbidden
from backend.domain.load import Outcome
from backend.services.nights.changes import Stop, Submit
from backend.storage import models
from tests.cast import Cast
from tests.services.recording.nights import Evenings, Phone, at, worked


@pytest.fixture
def maths(evenings: Evenings) -> uuid.UUID:
    """Tonight's maths."""
    return evenings.assign("maths")


def test_a_guardian_stops_the_evening(evenings: Evenings, phone: Phone, cast: Cast, maths: uuid.UUID) -> None:
    evenings.clock.move_to(at("20:30"))
    evenings.record(
        cast.ada,
        phone.entry("done", "19:00-19:20", on=maths),
        phone.entry("running", "20:00-", on=maths),
        phone.entry("paused", "18:00-18:10", on=maths, outcome=Outcome.in_progress),
    )
    evenings.clock.move_to(at("21:00"))
    assert evenings.results(cast.mother, Stop(at("20:50")), student=cast.ada) == ["applied"]
    outcomes = {name: evenings.entry(name)["outcome"].value for name in ("done", "running", "paused")}
    assert outcomes == {"done": "finished", "running": "stopped_for_sleep", "paused": "stopped_for_sleep"}
    assert evenings.entry("running")["segments"][0]["finished_at"] == "2026-11-17T12:50:00Z"
    assert [evenings.entry(name)["version"] for name in ("done", "running", "paused")] == [1, 2, 2]
    assert evenings.sheet()["state"].value == "confirmed"
    assert evenings.row(models.Sleep)["lights_out_at"] == at("20:50")
    assert evenings.sheet()["written_minutes"] == 80


def test_stopping_twice_is_same(evenings: Evenings, phone: Phone, cast: Cast, maths: uuid.UUID) -> None:
    evenings.clock.move_to(at("20:30"))
    evenings.record(cast.ada, phone.entry("running", "20:00-", on=maths))
    evenings.record(cast.mother, Stop(None), student=cast.ada)
    before = evenings.everything()
    evenings.clock.advance(minutes=9)
    assert evenings.results(cast.mother, Stop(None), student=cast.ada) == ["same"]
    assert evenings.everything() == before


def test_stopping_a_sheet_that_was_submitted_still_logs_lights_out(evenings: Evenings, cast: Cast) -> None:
    evenings.record(cast.ada, Submit())
    assert evenings.results(cast.mother, Stop(at("21:30")), student=cast.ada) == ["applied"]
    assert evenings.row(models.Sleep)["lights_out_at"] == at("21:30")
    assert evenings.results(cast.mother, Stop(at("21:30")), student=cast.ada) == ["same"]


def test_stopping_the_next_morning_invents_no_time(
    evenings: Evenings, phone: Phone, cast: Cast, maths: uuid.UUID
) -> None:
    evenings.clock.move_to(at("20:00"))
    evenings.record(cast.ada, phone.entry("left", "19:00-", on=maths))
    evenings.clock.move_to(at("07:00", day=1))
    evenings.record(cast.mother, Stop(None), student=cast.ada)
    assert (evenings.sheet()["written_minutes"], evenings.sheet()["unclosed"]) == (0, 1)
    assert evenings.entry("left")["outcome"] is Outcome.stopped_for_sleep


def test_a_child_does_not_stop_the_evening(evenings: Evenings, cast: Cast) -> None:
    assert isinstance(evenings.problem(cast.ada, Stop(None)), Forbidden)


def test_the_child_s_phone_meets_a_conflict_after_the_evening_was_stopped(
    evenings: Evenings, phone: Phone, cast: Cast, maths: uuid.UUID
) -> None:
    evenings.clock.move_to(at("20:30"))
    evenings.record(cast.ada, phone.entry("a", "20:00-", on=maths))
    evenings.clock.move_to(at("21:00"))
    evenings.record(cast.mother, Stop(None), student=cast.ada)
    late = phone.entry("a", segments=worked("20:00-20:55"), on=maths, base=1)
    assert evenings.results(cast.ada, late) == ["conflict"]
    assert evenings.entry("a")["outcome"] is Outcome.stopped_for_sleep


def test_a_stale_sleep_of_the_child_s_phone_does_not_undo_the_lights_out_of_a_stop(
    evenings: Evenings, phone: Phone, cast: Cast
) -> None:
    evenings.record(cast.ada, phone.sleep(nap=20))
    evenings.record(cast.mother, Stop(at("21:00")), student=cast.ada)
    assert evenings.results(cast.ada, phone.sleep(nap=30, base=1)) == ["conflict"]
    assert evenings.row(models.Sleep)["lights_out_at"] == at("21:00")
    assert evenings.row(models.Sleep)["nap_minutes"] == 20
