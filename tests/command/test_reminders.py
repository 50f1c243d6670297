"""`nightsheet reminders preview`: counts and causes at an instant, rows only where asked for, and nothing written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import Result
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.domain.sheet import SheetState
from backend.storage import models
from notifications.worker import Worker
from tests.cast import TONIGHT, Cast
from tests.notifications.evening import at, put_preference, put_setting, put_sheet

Call = Callable[..., Result]
SUBMITTED: dict[str, Any] = {"state": SheetState.submitted, "submitted_at": at("20:10"), "latest_lights_out": None}


@pytest.fixture
def evening(session: Session, cast: Cast) -> None:
    """Sheets of three children submitted at 20:10; some want to hear of it and some do not."""
    for child in (cast.ada, cast.finn, cast.dora, cast.ben):
        put_sheet(session, cast, child, **SUBMITTED)
    put_preference(session, cast.father, "confirm_sheet", enabled=False)
    put_setting(session, cast.finn_mother, quiet_from=dt.time(20), quiet_to=dt.time(7))
    put_setting(session, cast.ben, paused_from=TONIGHT)
    session.commit()


def counts(answer: Result, code: str) -> list[int]:
    """Going, told already, snoozed, no consent, switched off, paused, quiet hours, kept for evening, silent hours."""
    assert answer.exit_code == 0, answer.output
    (line,) = (line for line in answer.stdout.splitlines() if line.startswith(code))
    return [int(number) for number in line.split()[1:]]


def preview(call: Call, cast: Cast, *more: str) -> Result:
    return call("reminders", "preview", "--school", cast.shiyan.slug, *more)


def test_everybody_is_counted_once_with_the_cause(call: Call, cast: Cast, evening: None) -> None:
    answer = preview(call, cast, "--at", "20:15")
    assert counts(answer, "confirm_sheet") == [1, 0, 0, 1, 1, 1, 1, 0, 0]
    assert "2026-11-17 20:15" in answer.stdout


@pytest.mark.sqlite
def test_before_the_reason_holds_nobody_is_counted(call: Call, cast: Cast, evening: None) -> None:
    assert counts(preview(call, cast, "--at", "2026-11-17T20:09"), "confirm_sheet") == [0] * 9


@pytest.mark.sqlite
def test_a_childs_silence_is_a_cause(call: Call, session: Session, cast: Cast) -> None:
    running = {"running_written": True, "cap_near_at": at("20:55"), "cap_reached_at": None}
    put_sheet(session, cast, cast.ada, **running)
    session.commit()
    assert counts(preview(call, cast, "--at", "20:56"), "cap_near") == [0, 0, 0, 0, 0, 0, 0, 0, 1]


def test_what_was_told_is_not_told_again(
    call: Call, session: Session, cast: Cast, evening: None, engine: sa.Engine
) -> None:
    Worker(engine, clock=FrozenClock(at("20:11")), channels=[], public_url="https://school.example").tick()
    assert counts(preview(call, cast, "--at", "20:15"), "confirm_sheet") == [0, 1, 0, 1, 1, 1, 1, 0, 0]


def test_what_is_kept_for_the_evening_is_a_cause_and_the_evening_shows_it(
    call: Call, session: Session, cast: Cast
) -> None:
    put_sheet(session, cast, cast.ada, **SUBMITTED)
    put_setting(session, cast.mother, evening_digest=True, digest_at=dt.time(20, 30))
    session.commit()
    assert counts(preview(call, cast, "--at", "20:15"), "confirm_sheet") == [1, 0, 0, 0, 0, 0, 0, 1, 0]
    assert counts(preview(call, cast, "--at", "20:15"), "evening_digest")[0] == 0
    assert counts(preview(call, cast, "--at", "20:30"), "evening_digest")[0] == 1


@pytest.mark.parametrize(("at_time", "going", "snoozed"), [("20:44", 0, 1), ("20:45", 1, 0)])
def test_what_was_asked_for_again_comes_at_its_time(
    call: Call, session: Session, cast: Cast, at_time: str, going: int, snoozed: int
) -> None:
    put_sheet(session, cast, cast.ada, **SUBMITTED)
    put_preference(session, cast.father, "confirm_sheet", enabled=False)
    ids = {"school_id": cast.mother.school_id, "recipient_id": cast.mother.id, "subject_id": cast.ada.id}
    for occasion, due in ((1, "20:10"), (11, "20:45")):
        state = models.OutboxState.PENDING if occasion > 1 else models.OutboxState.SENT
        when = {"created_at": at(due), "due_at": at(due), "expires_at": at("+06:00"), "state": state}
        row = {"code": "confirm_sheet", "night": TONIGHT, "occasion": occasion, "params": {}}
        session.execute(sa.insert(models.OutboxRow).values(**ids, **row, **when))
    session.commit()
    assert counts(preview(call, cast, "--at", at_time), "confirm_sheet")[:3] == [going, 0, snoozed]


@pytest.mark.sqlite
def test_names_are_shown_only_where_asked_for_and_that_is_noted(
    call: Call, session: Session, cast: Cast, evening: None
) -> None:
    assert cast.mother.name not in preview(call, cast, "--at", "20:15").stdout
    named = preview(call, cast, "--at", "20:15", "--names").stdout
    assert any(cast.mother.name in line and "would go out" in line for line in named.splitlines())
    assert any(cast.father.name in line and "switched off" in line for line in named.splitlines())
    session.rollback()
    actions = session.scalars(sa.select(models.AuditEvent.action)).all()
    assert actions.count("reminders.previewed") == 1


@pytest.mark.sqlite
def test_nothing_is_put_anywhere(call: Call, session: Session, cast: Cast, evening: None) -> None:
    preview(call, cast, "--at", "20:15", "--names")
    session.rollback()
    assert session.scalar(sa.select(sa.func.count()).select_from(models.OutboxRow)) == 0


@pytest.mark.sqlite
def test_another_schools_families_are_not_counted(call: Call, session: Session, cast: Cast) -> None:
    put_sheet(session, cast, cast.zed, **SUBMITTED)
    session.commit()
    assert counts(preview(call, cast, "--at", "20:15"), "confirm_sheet") == [0] * 9


@pytest.mark.sqlite
def test_a_text_that_is_no_time_is_refused(call: Call, cast: Cast) -> None:
    answer = preview(call, cast, "--at", "soon")
    assert answer.exit_code == 1
    assert "soon" in answer.stderr
