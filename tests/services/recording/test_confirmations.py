"""Rule 9 (states): what submits, what confirms, and what withdraws a confirmation."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from backend.domain.errors import Forbidden, NotSubmitted, VersionMismatch
from backend.domain.load import Outcome, Source, Tier
from backend.domain.sheet import SheetState
from backend.services.nights.changes import Change, Confirm, MarkReview, Submit
from backend.storage import models
from tests.cast import Cast
from tests.services.recording.nights import Evenings, Phone, at, entry_id_of, segment


def _state(evenings: Evenings) -> tuple[str, int]:
    sheet = evenings.sheet()
    return sheet["state"].value, sheet["version"]


def _standing(evenings: Evenings) -> list[tuple[uuid.UUID, int]]:
    rows = evenings.rows(models.Confirmation, withdrawn_at=None)
    return sorted((row["guardian_id"], row["sheet_version"]) for row in rows)


@pytest.fixture
def maths(evenings: Evenings) -> uuid.UUID:
    """Tonight's maths."""
    return evenings.assign("maths", tiers={Tier.standard: (30, None), Tier.basic: (20, None)})


@pytest.fixture
def confirmed(evenings: Evenings, phone: Phone, cast: Cast, maths: uuid.UUID) -> int:
    """A sheet with one entry, submitted by Ada and confirmed by her mother; its version."""
    evenings.record(cast.ada, phone.entry("a", "19:00-19:40", on=maths), Submit())
    version = int(evenings.sheet()["version"])
    assert evenings.results(cast.mother, Confirm(version), student=cast.ada) == ["applied"]
    return version


# --- submitting -----------------------------------------------------------------------------------------------------


def test_a_sheet_begins_open_and_a_child_s_submission_submits_it(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    evenings.record(cast.ada, phone.entry("a", "19:00-19:40"))
    assert _state(evenings) == ("open", 1)
    evenings.record(cast.ada, Submit())
    sheet = evenings.sheet()
    assert (sheet["state"], sheet["submitted_by"]) == (SheetState.submitted, cast.ada.id)
    assert sheet["submitted_at"] == evenings.clock.now()


def test_logging_lights_out_submits_and_waking_alone_does_not(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    evenings.record(cast.ada, phone.sleep(nap=30))
    assert _state(evenings)[0] == "open"
    evenings.record(cast.ada, phone.sleep("21:10", nap=30))
    assert _state(evenings)[0] == "submitted"


def test_an_empty_sheet_can_be_submitted(evenings: Evenings, cast: Cast) -> None:
    assert evenings.results(cast.ada, Submit()) == ["applied"]
    assert (evenings.sheet()["written_minutes"], _state(evenings)) == (0, ("submitted", 1))


def test_submitting_twice_is_same_and_keeps_who_was_first(evenings: Evenings, cast: Cast) -> None:
    evenings.record(cast.ada, Submit())
    evenings.clock.advance(minutes=5)
    assert evenings.results(cast.mother, Submit(), student=cast.ada) == ["same"]
    assert evenings.sheet()["submitted_by"] == cast.ada.id
    assert _state(evenings)[0] == "submitted"


def test_a_guardian_s_own_submission_is_confirmed_by_that_act(evenings: Evenings, mothers: Phone, cast: Cast) -> None:
    evenings.record(cast.mother, mothers.entry("a", "19:00-19:40"), student=cast.ada)
    assert _state(evenings) == ("open", 1)
    assert _standing(evenings) == []
    evenings.record(cast.mother, Submit(), student=cast.ada)
    assert _state(evenings) == ("confirmed", 1)
    assert _standing(evenings) == [(cast.mother.id, 1)]


def test_a_guardian_who_logs_lights_out_confirms_too(evenings: Evenings, mothers: Phone, cast: Cast) -> None:
    evenings.record(cast.mother, mothers.sleep("21:10"), student=cast.ada)
    assert _state(evenings)[0] == "confirmed"
    assert _standing(evenings) == [(cast.mother.id, evenings.sheet()["version"])]


def test_a_homeroom_teacher_who_types_in_paper_confirms_nothing(evenings: Evenings, cast: Cast) -> None:
    paper = Phone("paper")
    evenings.record(cast.homeroom, paper.entry("a", "19:00-19:40", source=Source.typed), Submit(), student=cast.ada)
    assert (_state(evenings)[0], _standing(evenings)) == ("submitted", [])


# --- confirming -----------------------------------------------------------------------------------------------------


def test_one_guardian_s_confirmation_suffices(evenings: Evenings, cast: Cast, confirmed: int) -> None:
    assert _state(evenings) == ("confirmed", confirmed)
    assert _standing(evenings) == [(cast.mother.id, confirmed)]


def test_the_same_confirmation_twice_is_same(evenings: Evenings, cast: Cast, confirmed: int) -> None:
    before = evenings.everything()
    assert evenings.results(cast.mother, Confirm(confirmed), student=cast.ada) == ["same"]
    assert evenings.results(cast.mother, Confirm(confirmed), Confirm(confirmed), student=cast.ada) == ["same"] * 2
    assert evenings.everything() == before


def test_the_other_guardian_may_confirm_as_well(evenings: Evenings, cast: Cast, confirmed: int) -> None:
    assert evenings.results(cast.father, Confirm(confirmed), student=cast.ada) == ["applied"]
    assert _standing(evenings) == sorted([(cast.mother.id, confirmed), (cast.father.id, confirmed)])


@pytest.mark.parametrize("off", [-1, 1])
def test_any_other_version_than_the_one_that_stands_is_refused(
    evenings: Evenings, cast: Cast, confirmed: int, off: int
) -> None:
    problem = evenings.problem(cast.father, Confirm(confirmed + off), student=cast.ada)
    assert isinstance(problem, VersionMismatch)
    assert problem.params == {"version": confirmed}


def test_an_open_sheet_cannot_be_confirmed(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    assert isinstance(evenings.problem(cast.mother, Confirm(0), student=cast.ada), NotSubmitted)
    evenings.record(cast.ada, phone.entry("a", "19:00-19:40"))
    assert isinstance(evenings.problem(cast.mother, Confirm(1), student=cast.ada), NotSubmitted)
    assert _standing(evenings) == []


def test_only_guardians_confirm(evenings: Evenings, cast: Cast, confirmed: int) -> None:
    for who in (cast.ada, cast.homeroom):
        assert isinstance(evenings.problem(who, Confirm(confirmed), student=cast.ada), Forbidden)


def test_a_confirmation_says_who_and_when_in_the_audit_log(evenings: Evenings, cast: Cast, confirmed: int) -> None:
    (event,) = evenings.rows(models.AuditEvent, action="sheet.confirmed")
    assert (event["actor_id"], event["student_id"], event["details"]) == (
        cast.mother.id,
        cast.ada.id,
        {"version": confirmed},
    )


# --- withdrawing ----------------------------------------------------------------------------------------------------

Making = Callable[[Phone, uuid.UUID], Change]
WITHDRAWING: dict[str, tuple[Making, str, str | None]] = {
    "a new entry": (lambda p, m: p.entry("b", "20:00-20:10", on=m), "entry_added", "b"),
    "other times": (lambda p, m: p.entry("a", "19:00-19:41", on=m), "entry_changed", "a"),
    "another tier": (lambda p, m: p.entry("a", "19:00-19:40", on=m, tier=Tier.basic), "entry_changed", "a"),
    "another outcome": (
        lambda p, m: p.entry("a", "19:00-19:40", on=m, outcome=Outcome.unfinished),
        "entry_changed",
        "a",
    ),
    "another source": (lambda p, m: p.entry("a", "19:00-19:40", on=m, source=Source.typed), "entry_changed", "a"),
    "a deleted entry": (lambda p, _: p.deletion("a"), "entry_removed", "a"),
}


@pytest.mark.parametrize("what", WITHDRAWING)
def test_a_child_s_change_of_entries_withdraws_the_confirmation_and_says_what_changed(
    evenings: Evenings, phone: Phone, cast: Cast, maths: uuid.UUID, confirmed: int, what: str
) -> None:
    make, fact, name = WITHDRAWING[what]
    assert evenings.results(cast.ada, make(phone, maths)) == ["applied"]
    assert _state(evenings) == ("submitted", confirmed + 1)
    row = evenings.row(models.Confirmation)
    assert (row["withdrawn_at"], row["sheet_version"]) == (evenings.clock.now(), confirmed)
    assert row["withdrawn_because"] == [
        {"what": fact, "record": str(entry_id_of(name or "")), "by": str(cast.ada.id)},
    ]


def test_a_changed_lights_out_withdraws_and_the_first_one_does_not(
    evenings: Evenings, phone: Phone, cast: Cast, confirmed: int
) -> None:
    evenings.record(cast.ada, phone.sleep("21:10"))
    assert _state(evenings)[0] == "confirmed"
    assert _standing(evenings) == [(cast.mother.id, confirmed)]
    evenings.record(cast.ada, phone.sleep("21:20"))
    assert _state(evenings)[0] == "submitted"
    (because,) = evenings.row(models.Confirmation)["withdrawn_because"]
    assert because == {"what": "lights_out_changed", "record": None, "by": str(cast.ada.id)}


def test_what_changed_names_only_what_withdraws(
    evenings: Evenings, phone: Phone, cast: Cast, maths: uuid.UUID, confirmed: int
) -> None:
    evenings.record(cast.ada, phone.sleep(nap=20), phone.entry("a", "19:00-19:41", on=maths))
    because = evenings.row(models.Confirmation, sheet_version=confirmed)["withdrawn_because"]
    assert [each["what"] for each in because] == ["entry_changed"]


def test_taking_lights_out_back_withdraws_too(evenings: Evenings, phone: Phone, cast: Cast, confirmed: int) -> None:
    evenings.record(cast.ada, phone.sleep("21:10"))
    evenings.record(cast.ada, phone.sleep(None))
    assert (_state(evenings)[0], _standing(evenings)) == ("submitted", [])


def test_a_first_lights_out_raises_the_version_so_that_nobody_confirms_it_unseen(
    evenings: Evenings, phone: Phone, cast: Cast, confirmed: int
) -> None:
    evenings.record(cast.ada, phone.sleep("21:10"))
    assert isinstance(evenings.problem(cast.father, Confirm(confirmed), student=cast.ada), VersionMismatch)
    assert evenings.results(cast.father, Confirm(confirmed + 1), student=cast.ada) == ["applied"]


def test_waking_nap_note_reply_and_review_never_withdraw(
    evenings: Evenings, phone: Phone, mothers: Phone, cast: Cast, confirmed: int
) -> None:
    evenings.clock.move_to(at("07:30", day=1))
    evenings.record(cast.ada, phone.sleep(at("21:10")))
    version = confirmed + 1
    for who, change in (
        (cast.ada, phone.sleep(at("21:10"), at("06:50", day=1))),
        (cast.ada, phone.sleep(at("21:10"), at("06:55", day=1), 20)),
        (cast.mother, mothers.note("今天很累")),
        (cast.homeroom, MarkReview(version)),
        (cast.homeroom, MarkReview(version, "好好休息")),
    ):
        assert evenings.results(who, change, student=cast.ada) == ["applied"], change
        assert _state(evenings) == ("confirmed", version), change
    assert _standing(evenings) == [(cast.mother.id, confirmed)]


def test_the_same_entry_said_again_changes_its_version_and_withdraws_nothing(
    evenings: Evenings, phone: Phone, cast: Cast, maths: uuid.UUID, confirmed: int
) -> None:
    evenings.record(cast.ada, phone.entry("a", "19:00-19:40", on=maths))
    assert evenings.entry("a")["version"] == 2
    assert _state(evenings) == ("confirmed", confirmed)


def test_a_guardian_s_amendment_is_confirmed_by_that_act(
    evenings: Evenings, mothers: Phone, cast: Cast, maths: uuid.UUID, confirmed: int
) -> None:
    evenings.record(cast.mother, mothers.entry("a", "19:00-19:50", on=maths, base=1), student=cast.ada)
    assert _state(evenings) == ("confirmed", confirmed + 1)
    assert _standing(evenings) == [(cast.mother.id, confirmed + 1)]
    by_act = evenings.row(models.Confirmation, sheet_version=confirmed + 1)
    assert by_act["by_amendment"] is True


def test_when_the_other_guardian_amends_the_first_one_s_is_withdrawn(
    evenings: Evenings, fathers: Phone, cast: Cast, maths: uuid.UUID, confirmed: int
) -> None:
    evenings.record(cast.father, fathers.entry("a", "19:00-19:50", on=maths, base=1), student=cast.ada)
    assert _standing(evenings) == [(cast.father.id, confirmed + 1)]
    withdrawn = evenings.row(models.Confirmation, guardian_id=cast.mother.id)
    assert withdrawn["withdrawn_because"] == [
        {"what": "entry_changed", "record": str(entry_id_of("a")), "by": str(cast.father.id)}
    ]


def test_a_confirmation_and_a_change_in_one_batch_leave_the_new_version_confirmed(
    evenings: Evenings, mothers: Phone, phone: Phone, cast: Cast, maths: uuid.UUID
) -> None:
    evenings.record(cast.ada, phone.entry("a", "19:00-19:40", on=maths), Submit())
    batch: list[Change] = [Confirm(1), mothers.entry("a", "19:00-19:50", on=maths, base=1)]
    assert evenings.results(cast.mother, *batch, student=cast.ada) == ["applied", "applied"]
    assert _state(evenings) == ("confirmed", 2)
    assert (cast.mother.id, 2) in _standing(evenings)


def test_a_child_s_change_and_the_guardian_s_confirmation_of_it(
    evenings: Evenings, phone: Phone, cast: Cast, maths: uuid.UUID, confirmed: int
) -> None:
    evenings.record(cast.ada, phone.entry("a", "19:00-19:45", on=maths))
    assert isinstance(evenings.problem(cast.mother, Confirm(confirmed), student=cast.ada), VersionMismatch)
    assert evenings.results(cast.mother, Confirm(confirmed + 1), student=cast.ada) == ["applied"]
    assert len(evenings.rows(models.Confirmation)) == 2


# --- amended figures ------------------------------------------------------------------------------------------------


def test_the_latest_amendment_counts_and_each_author_s_figure_stays(
    evenings: Evenings, phone: Phone, mothers: Phone, cast: Cast, maths: uuid.UUID
) -> None:
    evenings.record(cast.ada, phone.entry("a", "19:00-19:40", on=maths))
    evenings.record(cast.mother, mothers.entry("a", "19:00-20:00", on=maths, base=1), student=cast.ada)
    row = evenings.entry("a")
    assert (evenings.sheet()["written_minutes"], row["is_amended"], evenings.sheet()["is_amended"]) == (60, True, True)
    said = {author: figure["segments"][0]["finished_at"] for author, figure in row["figures"].items()}
    assert said == {str(cast.ada.id): "2026-11-17T11:40:00Z", str(cast.mother.id): "2026-11-17T12:00:00Z"}


def test_ending_what_the_child_left_running_amends_nothing(
    evenings: Evenings, phone: Phone, mothers: Phone, cast: Cast, maths: uuid.UUID
) -> None:
    evenings.clock.move_to(at("19:30"))
    evenings.record(cast.ada, phone.entry("a", "18:30-18:40", "19:00-", on=maths))
    evenings.record(cast.mother, mothers.entry("a", "18:30-18:40", "19:00-19:25", on=maths, base=1), student=cast.ada)
    assert evenings.entry("a")["is_amended"] is False


def test_a_guardian_s_own_entry_is_not_an_amendment_unless_it_says_so(
    evenings: Evenings, mothers: Phone, cast: Cast, maths: uuid.UUID
) -> None:
    evenings.record(cast.mother, mothers.entry("a", "19:00-19:10", on=maths), student=cast.ada)
    evenings.record(cast.mother, mothers.entry("a", "19:00-19:20", on=maths), student=cast.ada)
    assert evenings.sheet()["is_amended"] is False
    said = [segment("19:00", "19:20", source=Source.amended)]
    evenings.record(cast.mother, mothers.entry("a", on=maths, segments=said), student=cast.ada)
    assert evenings.sheet()["is_amended"] is True


# --- review ---------------------------------------------------------------------------------------------------------


def test_a_review_is_a_mark_of_its_own_on_a_submitted_sheet(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    evenings.record(cast.ada, phone.entry("a", "19:00-19:40"))
    assert isinstance(evenings.problem(cast.homeroom, MarkReview(1), student=cast.ada), NotSubmitted)
    evenings.record(cast.ada, Submit())
    assert isinstance(evenings.problem(cast.homeroom, MarkReview(9), student=cast.ada), VersionMismatch)
    assert evenings.results(cast.homeroom, MarkReview(1, "好"), student=cast.ada) == ["applied"]
    assert evenings.results(cast.homeroom, MarkReview(1, "好"), student=cast.ada) == ["same"]
    assert evenings.row(models.Review)["teacher_reply"] == "好"
    assert _state(evenings) == ("submitted", 1)


def test_nobody_but_the_homeroom_teacher_reviews(evenings: Evenings, cast: Cast, confirmed: int) -> None:
    for who in (cast.ada, cast.mother):
        assert isinstance(evenings.problem(who, MarkReview(confirmed), student=cast.ada), Forbidden)


def test_a_child_does_not_write_the_guardian_s_line(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    assert isinstance(evenings.problem(cast.ada, phone.note("我很乖")), Forbidden)
    assert evenings.results(cast.homeroom, Phone("paper").note("代家长录入"), student=cast.ada) == ["applied"]
