"""Rule 10 (offline phones): what becomes of one change, and times by a clock that is wrong."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from backend.domain.load import ClockMark, Segment, Source
from backend.services.nights.changes import Change, Submit
from backend.storage import models
from tests.cast import Cast
from tests.services.recording.nights import Evenings, Phone, at, entry_id_of, problem_codes, segment

THREE_HOURS = dt.timedelta(hours=3)


# --- one change at a time -------------------------------------------------------------------------------------------


def test_versions_rise_by_one(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    for version in (1, 2, 3, 4):
        (outcome,) = evenings.record(cast.ada, phone.entry("a", f"19:00-19:{10 + version}")).outcomes
        assert outcome.record is not None
        assert outcome.record["version"] == evenings.entry("a")["version"] == version


@pytest.mark.parametrize("revision", [2, 1])
def test_a_lower_or_equal_revision_from_the_same_phone_is_same(
    evenings: Evenings, phone: Phone, cast: Cast, revision: int
) -> None:
    evenings.record(cast.ada, phone.entry("a", "19:00-19:10"), phone.entry("a", "19:00-19:20"))
    before = evenings.everything()
    assert evenings.results(cast.ada, phone.entry("a", "19:00-20:00", revision=revision)) == ["same"]
    assert evenings.everything() == before


def test_a_phone_s_own_writes_never_conflict_with_each_other(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    batch: list[Change] = [phone.entry("a", f"19:00-19:{minute}", base=None) for minute in (10, 20, 30)]
    assert evenings.results(cast.ada, *batch) == ["applied"] * 3
    assert evenings.sheet()["study_minutes"] == 30


def test_of_two_phones_the_loser_sees_what_stands(evenings: Evenings, phone: Phone, mothers: Phone, cast: Cast) -> None:
    evenings.record(cast.ada, phone.entry("a", "19:00-19:10"))
    evenings.record(cast.mother, mothers.entry("a", "19:00-19:20", base=1), student=cast.ada)
    before = evenings.everything()
    recorded = evenings.record(cast.ada, phone.entry("a", "19:00-19:30", base=1))
    (outcome,) = recorded.outcomes
    assert (outcome.result.value, recorded.changed) == ("conflict", False)
    assert outcome.record == evenings.entry("a")
    assert outcome.record["version"] == 2
    assert evenings.everything() == before


def test_the_loser_wins_after_having_seen_it(evenings: Evenings, phone: Phone, mothers: Phone, cast: Cast) -> None:
    evenings.record(cast.ada, phone.entry("a", "19:00-19:10"))
    evenings.record(cast.mother, mothers.entry("a", "19:00-19:20", base=1), student=cast.ada)
    lost, won = phone.entry("a", "19:00-19:30", base=1), phone.entry("a", "19:00-19:30", base=2)
    assert evenings.results(cast.ada, lost, won) == ["conflict", "applied"]
    assert evenings.results(cast.ada, lost, won) == ["same", "same"]


@pytest.mark.parametrize("base", [None, 0, 2, 99])
def test_another_phone_must_start_from_the_version_that_stands(
    evenings: Evenings, phone: Phone, mothers: Phone, cast: Cast, base: int | None
) -> None:
    evenings.record(cast.ada, phone.entry("a", "19:00-19:10"))
    assert evenings.results(cast.mother, mothers.entry("a", "19:00-19:20", base=base), student=cast.ada) == ["conflict"]


def test_sleep_and_note_conflict_each_by_its_own_version(
    evenings: Evenings, phone: Phone, mothers: Phone, fathers: Phone, cast: Cast
) -> None:
    evenings.record(cast.ada, phone.entry("a", "19:00-19:10"), phone.sleep("21:00"))
    evenings.record(cast.mother, mothers.note("晚安"), student=cast.ada)
    batch: list[Change] = [
        fathers.sleep("21:30"),
        fathers.note("加油"),
        fathers.sleep("21:30", base=1),
        fathers.note("加油", base=1),
    ]
    assert evenings.results(cast.father, *batch, student=cast.ada) == ["conflict", "conflict", "applied", "applied"]
    assert (evenings.row(models.Sleep)["version"], evenings.row(models.Note)["version"]) == (2, 2)
    assert evenings.entry("a")["version"] == 1


def test_a_deleted_id_stays_gone_for_every_phone(evenings: Evenings, phone: Phone, mothers: Phone, cast: Cast) -> None:
    deletion = None
    evenings.record(cast.ada, phone.entry("a", "19:00-19:10"))
    deletion = phone.deletion("a")
    assert evenings.results(cast.ada, deletion) == ["applied"]
    assert evenings.results(cast.ada, deletion) == ["same"]
    assert evenings.results(cast.ada, phone.entry("a", "19:00-19:10"), phone.deletion("a")) == ["gone", "gone"]
    late: list[Change] = [mothers.entry("a", "19:00-19:10", base=2), mothers.deletion("a", base=2)]
    assert evenings.results(cast.mother, *late, student=cast.ada) == ["gone", "gone"]
    assert evenings.entry("a")["deleted_at"] == evenings.clock.now()
    assert evenings.entry("a")["segments"] == []


def test_a_deletion_that_overtakes_its_entry_wins(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    put, deletion = phone.entry("a", "19:00-19:10"), phone.deletion("a")
    assert evenings.results(cast.ada, deletion) == ["applied"]
    assert evenings.results(cast.ada, put) == ["same"]
    assert evenings.sheet()["study_minutes"] == 0
    assert evenings.entry("a")["deleted_at"] is not None


def test_a_stale_deletion_by_another_phone_is_a_conflict(
    evenings: Evenings, phone: Phone, mothers: Phone, cast: Cast
) -> None:
    evenings.record(cast.ada, phone.entry("a", "19:00-19:10"), phone.entry("a", "19:00-19:20"))
    assert evenings.results(cast.mother, mothers.deletion("a", base=1), student=cast.ada) == ["conflict"]
    assert evenings.entry("a")["deleted_at"] is None


@pytest.mark.parametrize(("revision", "base"), [(0, None), (-1, None), (1, -1)])
def test_numbers_that_cannot_be_are_invalid(
    evenings: Evenings, phone: Phone, cast: Cast, revision: int, base: int | None
) -> None:
    problem = evenings.problem(cast.ada, phone.entry("a", "19:00-19:10", revision=revision, base=base))
    assert problem_codes(problem) == [("revision", "out_of_range")]
    assert evenings.rows(models.Entry) == []


def test_one_bad_change_never_blocks_the_rest(evenings: Evenings, phone: Phone, mothers: Phone, cast: Cast) -> None:
    evenings.record(cast.mother, mothers.entry("hers", "18:00-18:10"), student=cast.ada)
    batch: list[Change] = [
        phone.entry("good", "19:00-19:10"),
        phone.entry("backwards", "19:30-19:20"),
        phone.entry("unknown", "19:00-19:10", on=uuid.uuid4()),
        phone.entry("hers", "18:00-18:30", base=7),
        phone.note("nicht"),
        phone.sleep("12:00"),
        phone.entry("also good", "20:00-20:10"),
        Submit(),
    ]
    assert evenings.results(cast.ada, *batch) == [
        "applied",
        "invalid",
        "invalid",
        "conflict",
        "forbidden",
        "invalid",
        "applied",
        "applied",
    ]
    sheet = evenings.sheet()
    assert (sheet["study_minutes"], sheet["entry_count"], sheet["state"].value) == (30, 3, "submitted")


def test_an_id_may_not_be_used_on_two_nights(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    yesterday = at("12:00", day=-1).date()
    evenings.record(cast.ada, phone.entry("a", "19:00-19:10"))
    before = evenings.everything()
    for change in (phone.entry("a", segments=()), phone.deletion("a")):
        (outcome,) = evenings.record(cast.ada, change, night=yesterday).outcomes
        assert [(problem.path, problem.code) for problem in outcome.fields] == [("id", "other_night")]
    assert evenings.everything() == before


def test_the_same_id_is_free_for_another_student(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    evenings.record(cast.ada, phone.entry("a", "19:00-19:10"))
    assert evenings.results(cast.ben, Phone("ben").entry("a", "19:00-19:45")) == ["applied"]
    assert evenings.results(cast.ben, Phone("ben").deletion("a", revision=2)) == ["applied"]
    assert evenings.entry("a")["deleted_at"] is None
    assert evenings.entry("a", cast.ben)["deleted_at"] is not None


def test_two_nights_know_nothing_of_each_other(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    yesterday = at("12:00", day=-1).date()
    evenings.record(cast.ada, phone.entry("a", "19:00-19:10"), phone.sleep("21:00"))
    tonight = evenings.sheet()
    evenings.record(cast.ada, Submit(), night=yesterday)
    assert evenings.sheet() == tonight
    assert evenings.sheet(night=yesterday)["entry_count"] == 0


# --- history --------------------------------------------------------------------------------------------------------


def test_every_version_of_an_entry_is_kept_with_its_author(
    evenings: Evenings, phone: Phone, mothers: Phone, cast: Cast
) -> None:
    evenings.record(cast.ada, phone.entry("a", "19:00-19:10"))
    evenings.record(cast.mother, mothers.entry("a", "19:00-19:20", base=1), student=cast.ada)
    evenings.record(cast.ada, phone.deletion("a", base=2))
    rows = evenings.rows(models.EntryVersion, entry_id=entry_id_of("a"))
    assert [(row["version"], row["changed_by"], row["actual_minutes"]) for row in rows] == [
        (1, cast.ada.id, 10),
        (2, cast.mother.id, 20),
        (3, cast.ada.id, 0),
    ]
    assert [row["deleted_at"] is not None for row in rows] == [False, False, True]
    assert rows[1]["segments"][0]["finished_at"] == "2026-11-17T11:20:00Z"


def test_recomputing_a_running_entry_s_minutes_makes_no_version(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    evenings.clock.move_to(at("19:30"))
    evenings.record(cast.ada, phone.entry("a", "19:00-"))
    evenings.clock.move_to(at("19:50"))
    evenings.record(cast.ada, phone.entry("b", "19:40-19:45"))
    (row,) = evenings.rows(models.EntryVersion, entry_id=entry_id_of("a"))
    assert (row["version"], row["actual_minutes"], evenings.entry("a")["actual_minutes"]) == (1, 50, 50)


# --- clocks ---------------------------------------------------------------------------------------------------------


def _segments(evenings: Evenings) -> list[tuple[str, str | None, str]]:
    return [
        (s["started_at"][11:19], s["finished_at"] and s["finished_at"][11:19], s["clock"])
        for s in evenings.entry("a")["segments"]
    ]


@pytest.mark.parametrize("wrong_by", [THREE_HOURS, -THREE_HOURS])
def test_a_timer_of_a_phone_that_is_three_hours_wrong_is_put_right_and_marked(
    evenings: Evenings, phone: Phone, cast: Cast, wrong_by: dt.timedelta
) -> None:
    wrong = (Segment(at("19:00") + wrong_by, at("19:40") + wrong_by),)
    evenings.record(cast.ada, phone.entry("a", segments=wrong), offset=-wrong_by)
    assert _segments(evenings) == [("11:00:00", "11:40:00", "corrected")]
    assert evenings.sheet()["study_minutes"] == 40


@pytest.mark.parametrize("source", [Source.typed, Source.amended, Source.estimated])
def test_what_a_person_said_is_not_shifted(evenings: Evenings, phone: Phone, cast: Cast, source: Source) -> None:
    evenings.record(cast.ada, phone.entry("a", "19:00-19:40", source=source), offset=THREE_HOURS)
    assert _segments(evenings) == [("11:00:00", "11:40:00", "ok")]


@pytest.mark.parametrize(("seconds", "mark"), [(60, "ok"), (61, "corrected"), (-60, "ok"), (-61, "corrected")])
def test_up_to_a_minute_nothing_moves(evenings: Evenings, phone: Phone, cast: Cast, seconds: int, mark: str) -> None:
    evenings.record(cast.ada, phone.entry("a", "19:00-19:40"), offset=dt.timedelta(seconds=seconds))
    assert _segments(evenings)[0][2] == mark


def test_a_corrected_segment_that_comes_back_is_not_corrected_again(
    evenings: Evenings, phone: Phone, cast: Cast
) -> None:
    evenings.record(cast.ada, phone.entry("a", "16:00-16:40"), offset=THREE_HOURS)
    back = segment("19:00", "19:40", clock=ClockMark.corrected)
    evenings.record(cast.ada, phone.entry("a", segments=[back]), offset=THREE_HOURS)
    assert _segments(evenings) == [("11:00:00", "11:40:00", "corrected")]


def test_a_clock_moved_by_three_hours_while_the_timer_runs_leaves_the_duration(
    evenings: Evenings, phone: Phone, cast: Cast
) -> None:
    evenings.clock.move_to(at("19:00"))
    evenings.record(cast.ada, phone.entry("a", "19:00-"))
    evenings.clock.move_to(at("19:40"))
    evenings.record(cast.ada, phone.entry("a", "19:00-22:40"), offset=-THREE_HOURS)
    assert _segments(evenings) == [("11:00:00", "11:40:00", "corrected")]


def test_what_was_timed_while_the_clock_was_right_stays_when_it_is_wrong_later(
    evenings: Evenings, phone: Phone, cast: Cast
) -> None:
    evenings.record(cast.ada, phone.entry("a", "19:00-19:40"))
    both = [segment("19:00", "19:40"), Segment(at("20:00") + THREE_HOURS, at("20:10") + THREE_HOURS)]
    evenings.record(cast.ada, phone.entry("a", segments=both), offset=-THREE_HOURS)
    assert _segments(evenings) == [("11:00:00", "11:40:00", "ok"), ("12:00:00", "12:10:00", "corrected")]


def test_a_page_suspended_for_forty_minutes_took_forty(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    evenings.clock.move_to(at("19:00"))
    evenings.record(cast.ada, phone.entry("a", "19:00-"))
    evenings.clock.move_to(at("19:40"))
    evenings.record(cast.ada, phone.entry("a", "19:00-19:40"))
    assert evenings.sheet()["study_minutes"] == 40


def test_a_doubtful_segment_stays_marked(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    doubtful = segment("19:00", "19:40", clock=ClockMark.doubtful)
    evenings.record(cast.ada, phone.entry("a", segments=[doubtful]), offset=THREE_HOURS)
    assert _segments(evenings) == [("11:00:00", "11:40:00", "doubtful")]


def test_a_timer_put_right_at_its_start_is_put_right_at_its_finish_too(
    evenings: Evenings, phone: Phone, cast: Cast
) -> None:
    evenings.clock.move_to(at("19:00"))
    evenings.record(cast.ada, phone.entry("a", "16:00-"), offset=THREE_HOURS)
    evenings.clock.move_to(at("19:40"))
    # The phone holds the start as the server showed it and reads the finish off its own clock.
    back = Segment(at("19:00"), at("16:40"), clock=ClockMark.corrected)
    assert evenings.results(cast.ada, phone.entry("a", segments=[back]), offset=THREE_HOURS) == ["applied"]
    assert _segments(evenings) == [("11:00:00", "11:40:00", "corrected")]
