"""Rule 11 (consent) and what else a night does not take: named field by field, and nothing is written."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from backend.domain.errors import ConsentRequired
from backend.domain.load import Kind, Outcome, Place, Segment, Tier
from backend.services.nights.changes import Change, Confirm, MarkReview, Stop, Submit
from backend.services.nights.entry_changes import MOST_ENTRIES, MOST_SEGMENTS
from backend.storage import models
from tests.cast import TONIGHT, Cast, Holder
from tests.services.recording.nights import Evenings, Phone, at, problem_codes, segment


def _may_write(evenings: Evenings, cast: Cast, may: bool) -> None:
    evenings.change(sa.update(models.Student).where(models.Student.id == cast.ada.id).values(may_write=may))


# --- rule 11: consent -----------------------------------------------------------------------------------------------


def test_without_consent_nothing_is_written_of_a_child(evenings: Evenings, cast: Cast) -> None:
    own = Phone("dora")
    asked: list[tuple[Holder, list[Change]]] = [
        (cast.dora, [own.entry("a", "19:00-19:10"), own.sleep("21:00"), Submit()]),
        (cast.dora_mother, [own.entry("b", "19:00-19:10"), own.note("x"), Submit(), Stop(at("21:00"))]),
        (cast.homeroom, [own.entry("c", "19:00-19:10")]),
    ]
    for who, changes in asked:
        for change in changes:
            assert isinstance(evenings.problem(who, change, student=cast.dora), ConsentRequired), change
    for model in (models.NightSheet, models.Entry, models.Sleep, models.Note, models.AuditEvent):
        assert evenings.rows(model) == []


def test_without_consent_not_even_the_id_of_a_deleted_entry_is_kept(evenings: Evenings, cast: Cast) -> None:
    assert evenings.results(cast.dora, Phone("dora").deletion("a")) == ["gone"]
    assert evenings.rows(models.NightSheet) == []


def test_a_withdrawn_consent_stops_new_writing_and_leaves_removing_and_confirming(
    evenings: Evenings, phone: Phone, cast: Cast
) -> None:
    put = phone.entry("a", "19:00-19:10")
    evenings.record(cast.ada, put, phone.entry("b", "19:20-19:30"), Submit())
    _may_write(evenings, cast, may=False)
    assert evenings.results(cast.ada, put) == ["same"]
    assert isinstance(evenings.problem(cast.ada, phone.entry("a", "19:00-19:20")), ConsentRequired)
    assert isinstance(evenings.problem(cast.ada, phone.entry("c", "19:00-19:20")), ConsentRequired)
    assert evenings.results(cast.mother, Confirm(1), student=cast.ada) == ["applied"]
    assert evenings.results(cast.homeroom, MarkReview(1), student=cast.ada) == ["applied"]
    assert evenings.results(cast.ada, phone.deletion("b")) == ["applied"]


def test_a_consent_given_again_lets_writing_go_on(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    _may_write(evenings, cast, may=False)
    refused = phone.entry("a", "19:00-19:10")
    assert evenings.results(cast.ada, refused) == ["consent_required"]
    _may_write(evenings, cast, may=True)
    assert evenings.results(cast.ada, refused) == ["applied"]


# --- assignments ----------------------------------------------------------------------------------------------------

Assigning = Callable[[Evenings, Cast], uuid.UUID]
NOT_HERS: dict[str, Assigning] = {
    "unknown": lambda _e, _c: uuid.UUID(int=5),
    "of another class": lambda e, c: e.assign("maths", to=c.class_32),
    "of another school": lambda e, c: e.assign("maths", to=c.other_class, school=c.other_school),
    "a draft": lambda e, _: e.assign("maths", state=models.AssignmentState.DRAFT),
    "withdrawn as a draft": lambda e, _: e.assign("maths", state=models.AssignmentState.WITHDRAWN),
    "another class's of another night": lambda e, c: e.assign(
        "maths", to=c.class_32, given_on=TONIGHT - dt.timedelta(days=9)
    ),
}


@pytest.mark.parametrize("which", NOT_HERS)
def test_an_assignment_that_is_not_the_class_s_is_unknown_in_the_same_words(
    evenings: Evenings, phone: Phone, cast: Cast, which: str
) -> None:
    change = phone.entry("a", "19:00-19:10", on=NOT_HERS[which](evenings, cast))
    (outcome,) = evenings.record(cast.ada, change).outcomes
    assert [(f.path, f.code, f.message) for f in outcome.fields] == [("assignment_id", "unknown_assignment", "")]
    assert (outcome.code, outcome.record) == ("invalid", None)
    assert evenings.rows(models.Entry) == []


def test_work_on_withdrawn_homework_counts_also_when_it_is_first_sent_afterwards(
    evenings: Evenings, phone: Phone, cast: Cast
) -> None:
    maths = evenings.assign("maths")
    evenings.record(cast.ada, phone.entry("a", "19:00-19:10", on=maths))
    evenings.change(sa.update(models.Assignment).values(state=models.AssignmentState.WITHDRAWN))
    assert evenings.results(cast.ada, phone.entry("a", "19:00-19:20", on=maths)) == ["applied"]
    assert evenings.results(cast.ada, phone.entry("b", "19:20-19:25", on=maths)) == ["applied"]
    assert evenings.sheet()["written_minutes"] == 25


def test_homework_of_another_night_is_refused_by_name(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    maths = evenings.assign("maths", given_on=TONIGHT - dt.timedelta(days=3))
    problem = evenings.problem(cast.ada, phone.entry("a", "19:00-19:10", on=maths))
    assert problem_codes(problem) == [("assignment_id", "not_on_this_night")]


def test_a_tier_that_was_not_given_is_refused(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    problem = evenings.problem(cast.ada, phone.entry("a", "19:00-19:10", on=evenings.assign("maths"), tier=Tier.basic))
    assert problem_codes(problem) == [("tier", "unknown_tier")]


def test_what_the_teacher_said_of_an_assignment_cannot_be_overridden(
    evenings: Evenings, phone: Phone, cast: Cast
) -> None:
    maths = evenings.assign("maths", kind=Kind.oral)
    evenings.record(cast.ada, phone.entry("a", "19:00-19:10", on=maths, subject="art", title="my own words"))
    row = evenings.entry("a")
    assert (row["subject"], row["title"], row["kind"], row["is_self_study"]) == ("maths", "", Kind.oral, False)


def test_self_study_carries_its_own_words_and_no_kind(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    evenings.record(cast.ada, phone.entry("a", "19:00-19:10", subject="art", title="画画", tier=Tier.basic))
    row = evenings.entry("a")
    assert (row["subject"], row["title"], row["kind"], row["tier"]) == ("art", "画画", None, None)
    assert (row["place"], row["is_self_study"], row["estimated_minutes"]) == (Place.home, True, None)


# --- segments and limits --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [Outcome.finished, Outcome.unfinished, Outcome.stopped_for_sleep])
def test_what_has_ended_has_no_running_segment(evenings: Evenings, phone: Phone, cast: Cast, outcome: Outcome) -> None:
    problem = evenings.problem(cast.ada, phone.entry("a", "18:00-18:10", "19:00-", outcome=outcome))
    assert problem_codes(problem) == [("segments.1.finished_at", "still_running")]


def test_an_entry_may_have_no_segment_yet(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    assert evenings.results(cast.ada, phone.entry("a")) == ["applied"]
    assert evenings.entry("a")["actual_minutes"] == 0


def test_every_wrong_segment_and_field_is_named_at_once(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    segments = [segment("19:00", "19:10"), segment("19:30", "19:20"), Segment(at("05:00"), at("05:10", day=7))]
    problem = evenings.problem(cast.ada, phone.entry("a", segments=segments, on=uuid.uuid4()))
    assert problem_codes(problem) == [
        ("segments.1.finished_at", "finish_before_start"),
        ("segments.2.started_at", "outside_window"),
        ("segments.2.finished_at", "outside_window"),
        ("assignment_id", "unknown_assignment"),
    ]


def test_fifty_segments_are_taken_and_fifty_one_refused(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    parts = [segment(f"19:{n:02}", f"19:{n:02}") for n in range(MOST_SEGMENTS + 1)]
    assert evenings.results(cast.ada, phone.entry("a", segments=parts[:-1])) == ["applied"]
    problem = evenings.problem(cast.ada, phone.entry("a", segments=parts))
    assert problem_codes(problem) == [("segments", "too_many_segments")]


def test_sixty_entries_are_taken_and_the_next_is_refused_until_one_is_removed(
    evenings: Evenings, phone: Phone, cast: Cast
) -> None:
    batch = [phone.entry(f"e{n}", "19:00-19:01") for n in range(MOST_ENTRIES + 1)]
    assert evenings.results(cast.ada, *batch) == ["applied"] * MOST_ENTRIES + ["invalid"]
    assert evenings.results(cast.ada, phone.entry("e0", "19:00-19:02")) == ["applied"]
    assert problem_codes(evenings.problem(cast.ada, batch[-1])) == [("id", "too_many_entries")]
    evenings.record(cast.ada, phone.deletion("e0"))
    assert evenings.results(cast.ada, batch[-1]) == ["applied"]


def test_a_change_refused_leaves_the_entry_as_it_was(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    evenings.record(cast.ada, phone.entry("a", "19:00-19:10"))
    before = evenings.everything()
    refused: list[Change] = [phone.entry("a", "19:30-19:20"), phone.entry("a", "19:00-19:30", on=uuid.uuid4())]
    assert evenings.results(cast.ada, *refused) == ["invalid", "invalid"]
    assert evenings.everything() == before


def test_texts_are_stored_as_they_are_and_never_read_as_sql_or_json(
    evenings: Evenings, phone: Phone, mothers: Phone, cast: Cast
) -> None:
    hostile = """'); DROP TABLE entries; -- "\\u0041" <b>%s</b> 𝒜 {"a": 1}"""
    evenings.record(cast.ada, phone.entry("a", "19:00-19:10", title=hostile))
    evenings.record(cast.mother, mothers.note(hostile), student=cast.ada)
    evenings.record(cast.ada, phone.entry("b", "19:00-19:10"))
    recorded = evenings.record(cast.ada)
    (entry,) = [row for row in recorded.state.standing_entries() if row["title"]]
    assert recorded.state.note is not None
    assert entry["title"] == recorded.state.note["guardian_note"] == evenings.entry("a")["title"] == hostile
