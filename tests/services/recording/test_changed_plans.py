"""A plan that changes while a child works to it: nothing that was begun is lost (rule 10), and its estimate stays."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from backend.clock import FrozenClock
from backend.domain.load import Tier
from backend.storage import models
from tests.cast import TONIGHT, Cast
from tests.services.recording.nights import Evenings, Phone, at, estimate_anew, problem_codes

TOMORROW = TONIGHT + dt.timedelta(days=1)
FRIDAY = TONIGHT + dt.timedelta(days=3)
TIERS = {Tier.standard: (30, None), Tier.extension: (45, None)}


@pytest.fixture(autouse=True)
def half_past_seven(clock: FrozenClock) -> None:
    """The timer has run for ten minutes."""
    clock.move_to(at("19:30"))


def restate(evenings: Evenings, assignment_id: Any, **values: Any) -> None:
    """What the teacher changes in the assignment."""
    evenings.change(sa.update(models.Assignment).where(models.Assignment.id == assignment_id).values(**values))


@pytest.mark.parametrize(
    "values",
    [
        {"given_on": TOMORROW, "due_on": FRIDAY},
        {"state": models.AssignmentState.WITHDRAWN},
        {"state": models.AssignmentState.WITHDRAWN, "given_on": TOMORROW, "due_on": FRIDAY},
    ],
    ids=["moved to tomorrow", "withdrawn", "both"],
)
def test_work_begun_before_the_plan_changed_can_be_finished(
    evenings: Evenings, phone: Phone, cast: Cast, values: dict[str, Any]
) -> None:
    maths = evenings.assign("maths")
    evenings.record(cast.ada, phone.entry("a", "19:00-", on=maths))
    restate(evenings, maths, **values)
    evenings.clock.move_to(at("19:45"))
    assert evenings.results(cast.ada, phone.entry("a", "19:00-19:40", on=maths)) == ["applied"]
    assert (evenings.entry("a")["estimated_minutes"], evenings.sheet()["written_minutes"]) == (30, 40)


def test_nothing_new_is_begun_on_a_night_that_the_homework_has_left(
    evenings: Evenings, phone: Phone, cast: Cast
) -> None:
    maths = evenings.assign("maths")
    restate(evenings, maths, given_on=TOMORROW, due_on=FRIDAY)
    problem = evenings.problem(cast.ada, phone.entry("a", "19:00-19:10", on=maths))
    assert problem_codes(problem) == [("assignment_id", "not_on_this_night")]


def test_work_on_a_tier_that_is_taken_back_can_be_finished(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    maths = evenings.assign("maths", tiers=TIERS)
    evenings.record(cast.ada, phone.entry("a", "19:00-", on=maths, tier=Tier.extension))
    with evenings.engine.begin() as connection:
        estimate_anew(connection, cast.shiyan.id, maths, 2, Tier.standard, 30, None, at("19:20"))
    finished = phone.entry("a", "19:00-19:30", on=maths, tier=Tier.extension)
    assert evenings.results(cast.ada, finished) == ["applied"]
    assert (evenings.entry("a")["tier"], evenings.entry("a")["estimated_minutes"]) == (Tier.extension, 45)


def test_nobody_changes_to_a_tier_that_was_taken_back(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    maths = evenings.assign("maths", tiers=TIERS)
    evenings.record(cast.ada, phone.entry("a", "19:00-", on=maths))
    with evenings.engine.begin() as connection:
        estimate_anew(connection, cast.shiyan.id, maths, 2, Tier.standard, 30, None, at("19:20"))
    problem = evenings.problem(cast.ada, phone.entry("a", "19:00-19:30", on=maths, tier=Tier.extension))
    assert problem_codes(problem) == [("tier", "unknown_tier")]
