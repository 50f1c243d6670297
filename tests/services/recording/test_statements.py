"""What one write costs, and that the same write again costs nothing."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
import sqlalchemy as sa

from backend.domain.policy import PolicyField, PolicyLevel
from backend.services.nights.changes import Change, Confirm, MarkReview, Submit
from backend.storage import models
from tests.cast import Cast, Holder
from tests.databases import Statements
from tests.services.recording.nights import Evenings, Phone, at, worked

Counting = Callable[[sa.Engine], AbstractContextManager[Statements]]
MOST_STATEMENTS = 3


def _fill(evenings: Evenings, phone: Phone, cast: Cast, maths: uuid.UUID, entries: int) -> None:
    changes = [phone.entry(f"earlier {n}", "17:00-17:05", on=maths) for n in range(entries)]
    if changes:
        evenings.record(cast.ada, *changes)


@pytest.mark.parametrize("already", [0, 1, 20])
def test_one_entry_is_written_in_three_statements_however_many_there_are(
    evenings: Evenings, phone: Phone, cast: Cast, count_statements: Counting, already: int
) -> None:
    maths = evenings.assign("maths")
    _fill(evenings, phone, cast, maths, already)
    with count_statements(evenings.engine) as statements:
        assert evenings.results(cast.ada, phone.entry("new", "19:00-19:40", on=maths)) == ["applied"]
    assert len(statements) == MOST_STATEMENTS, statements.texts


@pytest.mark.parametrize("already", [1, 20])
def test_changing_and_deleting_an_entry_cost_three_statements_too(
    evenings: Evenings, phone: Phone, cast: Cast, count_statements: Counting, already: int
) -> None:
    maths = evenings.assign("maths")
    _fill(evenings, phone, cast, maths, already)
    for change in (phone.entry("earlier 0", "17:00-17:30", on=maths), phone.deletion("earlier 0")):
        with count_statements(evenings.engine) as statements:
            assert evenings.results(cast.ada, change) == ["applied"]
        assert len(statements) == MOST_STATEMENTS, statements.texts


def test_twenty_entries_in_one_batch_cost_three_statements(
    evenings: Evenings, phone: Phone, cast: Cast, count_statements: Counting
) -> None:
    maths = evenings.assign("maths")
    batch = [phone.entry(f"e{n}", "19:00-19:10", on=maths) for n in range(20)]
    with count_statements(evenings.engine) as statements:
        assert evenings.results(cast.ada, *batch) == ["applied"] * 20
    assert len(statements) == MOST_STATEMENTS, statements.texts


def test_a_replay_costs_one_statement_and_leaves_every_row_as_it_was(
    evenings: Evenings, phone: Phone, mothers: Phone, cast: Cast, count_statements: Counting
) -> None:
    maths = evenings.assign("maths")
    asked: list[tuple[Holder, Change]] = [
        (cast.ada, phone.entry("a", "19:00-19:40", on=maths)),
        (cast.ada, phone.entry("b", "19:30-20:00")),
        (cast.ada, phone.deletion("b")),
        (cast.ada, phone.sleep("21:10", nap=20)),
        (cast.mother, mothers.note("很累")),
        (cast.ada, Submit()),
        (cast.mother, Confirm(4)),
        (cast.homeroom, MarkReview(4, "好")),
    ]
    for who, change in asked:
        first = evenings.results(who, change, student=cast.ada)
        assert first == (["same"] if isinstance(change, Submit) else ["applied"]), change
    before = evenings.everything()
    evenings.clock.advance(minutes=7)
    for who, change in asked:
        with count_statements(evenings.engine) as statements:
            recorded = evenings.record(who, change, student=cast.ada)
        assert ([o.code for o in recorded.outcomes], recorded.changed, len(statements)) == (["same"], False, 1), change
    assert evenings.everything() == before


def test_what_is_refused_writes_nothing(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    recorded = evenings.record(cast.ada, phone.entry("a", "19:00-19:40", on=uuid.uuid4()))
    assert not recorded.changed
    assert evenings.rows(models.NightSheet) == []


def test_the_first_write_keeps_the_policy_of_the_night(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    evenings.record(cast.ada, phone.entry("a", "19:00-19:10"))
    sheet = evenings.sheet()
    assert (sheet["cap_minutes"], sheet["cap_scope"].value, sheet["sleep_target_minutes"]) == (60, "all", 600)
    assert sheet["latest_lights_out_at"] == at("21:20")


def test_a_policy_of_the_child_and_of_the_class_reach_the_first_write(
    evenings: Evenings, phone: Phone, cast: Cast
) -> None:
    common = {"school_id": cast.shiyan.id, "effective_on": at("12:00").date(), "set_at": at("12:00", day=-3)}
    rows = [
        {
            "level": PolicyLevel.class_,
            "class_id": cast.class_31.id,
            "field": PolicyField.cap_minutes,
            "value": {"value": 50},
        },
        {
            "level": PolicyLevel.student,
            "student_id": cast.ada.id,
            "field": PolicyField.cap_minutes,
            "value": {"value": 40},
        },
        {
            "level": PolicyLevel.class_,
            "class_id": cast.class_32.id,
            "field": PolicyField.cap_minutes,
            "value": {"value": 10},
        },
    ]
    for number, row in enumerate(rows):
        evenings.change(sa.insert(models.Policy).values(id=uuid.UUID(int=number + 1), **common, **row))
    evenings.record(cast.ada, phone.entry("a", "19:00-19:10"))
    evenings.record(cast.finn, Phone("finn").entry("a", segments=worked("19:00-19:10")))
    assert (evenings.sheet()["cap_minutes"], evenings.sheet(cast.finn)["cap_minutes"]) == (40, 50)
