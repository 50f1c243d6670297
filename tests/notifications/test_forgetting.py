"""The worker removes nights that are kept no longer: whole months, at night, counted and never named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.domain.load import Kind, Place, Tier
from backend.services.rights import retention
from backend.storage.engine import build_engine
from backend.storage.models import (
    Absence,
    Assignment,
    AssignmentState,
    AuditEvent,
    Handoff,
    NightSheet,
    OutboxRow,
    OutboxState,
    School,
)
from notifications.worker import Worker, build_worker
from tests.api.planning import add_sheet
from tests.cast import TONIGHT, Cast
from tests.notifications.test_worker import settings_for

#: 03:20 in Shanghai, on 18 November 2026.
BEFORE_DAWN = dt.datetime(2026, 11, 17, 19, 20, tzinfo=dt.UTC)
GONE = [dt.date(2023, 9, 5), dt.date(2024, 10, 31)]
KEPT = [dt.date(2024, 11, 1), *(TONIGHT - dt.timedelta(days=back) for back in range(9, -1, -1))]
Make = Callable[[int], Worker]


@pytest.fixture(autouse=True)
def nights(engine: sa.Engine, cast: Cast, clock: FrozenClock) -> None:
    """Ada has a night of three years ago, the last of an October, the first of the November 24 months ago, and ten."""
    for night in (*GONE, *KEPT):
        add_sheet(engine, cast.shiyan.id, cast.class_31.id, cast.ada.id, night, 40)
    clock.move_to(BEFORE_DAWN)


@pytest.fixture
def make(database_url: str, clock: FrozenClock) -> Iterator[Make]:
    """A worker that keeps so many months."""
    engines: list[sa.Engine] = []

    def made(months: int) -> Worker:
        engines.append(build_engine(database_url, pool_size=2))
        return Worker(
            engines[-1], clock=clock, channels=[], public_url="https://school.example", retention_months=months
        )

    yield made
    for engine in engines:
        engine.dispose()


def left(session: Session) -> list[dt.date]:
    return list(session.scalars(sa.select(NightSheet.night).order_by(NightSheet.night)))


def test_whole_months_go_in_pieces_and_the_log_holds_counts_alone(make: Make, session: Session, cast: Cast) -> None:
    assert make(24).forget() == 2
    assert left(session) == KEPT
    events = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [(each.action, each.actor_kind, each.actor_id, each.student_id) for each in events] == [
        ("retention.purged", "command", None, None)
    ] * 2
    assert [each.details for each in events] == [
        {"before": "2023-10-01", "nights": 1, "students": 1},
        {"before": "2024-11-01", "nights": 1, "students": 1},
    ]
    assert {each.school_id for each in events} == {cast.shiyan.id}


def test_a_second_night_of_the_same_month_removes_and_logs_nothing(
    make: Make, session: Session, clock: FrozenClock
) -> None:
    worker = make(24)
    worker.forget()
    clock.advance(days=1)
    assert worker.forget() == 0
    assert session.scalar(sa.select(sa.func.count()).select_from(AuditEvent)) == 2


@pytest.mark.parametrize(("months", "later"), [(0, dt.timedelta()), (24, dt.timedelta(hours=1))])
def test_switched_off_or_by_day_it_removes_nothing(
    make: Make, session: Session, clock: FrozenClock, months: int, later: dt.timedelta
) -> None:
    clock.advance(seconds=later.total_seconds())
    assert make(months).forget() == 0
    assert left(session) == [*GONE, *KEPT]


@pytest.mark.parametrize("days", [101, 365 * 4])
def test_a_clock_that_is_far_ahead_removes_nothing(make: Make, session: Session, clock: FrozenClock, days: int) -> None:
    clock.advance(seconds=days * 86_400)
    assert make(1).forget() == 0
    assert left(session) == [*GONE, *KEPT]


def test_of_two_workers_one_removes(make: Make, session: Session) -> None:
    one, other = make(24), make(24)
    assert (one.forget(), other.forget()) == (2, 0)
    assert left(session) == KEPT


def test_what_goes_wrong_in_one_school_holds_no_other_one_up(
    make: Make,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    due, tried = retention.due_before, []

    def fails_in_the_first(session: Session, *, school: School, **asked: Any) -> Any:
        tried.append(school.id)
        if school.id == tried[0]:
            raise sa.exc.OperationalError("DELETE", None, Exception("the database is locked"))
        return due(session, school=school, **asked)

    monkeypatch.setattr(retention, "due_before", fails_in_the_first)
    worker = make(24)
    worker.forget()
    assert set(tried) == set(session.scalars(sa.select(School.id)))
    assert [each.levelname for each in caplog.records if each.name == "notifications.forgetting"][:1] == ["ERROR"]


def test_a_month_goes_in_portions_and_a_worker_that_was_stopped_goes_on_where_it_was(
    make: Make, session: Session, engine: sa.Engine, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "STUDENTS_AT_ONCE", 1)
    for pupil in (cast.ben, cast.finn):
        add_sheet(engine, cast.shiyan.id, cast.class_31.id, pupil.id, GONE[0], 40)
    purge, portions = retention.purge_some, []

    def stopped_before_the_third(session: Session, **asked: Any) -> Any:
        if len(portions) == 2:
            raise sa.exc.OperationalError("DELETE", None, Exception("the power is gone"))
        portions.append(purge(session, **asked))
        return portions[-1]

    monkeypatch.setattr(retention, "purge_some", stopped_before_the_third)
    worker = make(24)
    worker.forget()
    assert [(each.nights, each.students) for each in portions] == [(1, 1), (1, 1)]
    assert left(session).count(GONE[0]) == 1
    session.rollback()

    monkeypatch.setattr(retention, "purge_some", purge)
    assert worker.forget() == 2
    assert left(session) == KEPT
    logged = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "retention.purged")).all()
    assert sum(each.details["nights"] for each in logged) == 4


def test_what_hangs_on_no_sheet_is_found_and_goes_with_its_month(
    make: Make, session: Session, engine: sa.Engine, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "ROWS_AT_ONCE", 2)
    long_ago, key = dt.date(2023, 3, 1), {"school_id": cast.shiyan.id}
    moment = dt.datetime(2023, 3, 1, 13, tzinfo=dt.UTC)
    work = {"id": cast.class_31.id, "class_id": cast.class_31.id, "subject": "maths", "title": "口算"}
    work |= {"kind": Kind.written, "place": Place.home, "state": AssignmentState.PUBLISHED, "given_on": long_ago}
    work |= {"due_on": KEPT[0], "created_by": cast.maths_teacher.id, "created_at": moment}
    line = {"class_id": cast.class_31.id, "assignment_id": work["id"], "from_person_id": cast.homeroom.id, "n": 5}
    line |= {"to_person_id": cast.maths_teacher.id, "line": "有点长", "tier": Tier.standard, "median_minutes": 40}
    reminder = {"recipient_id": cast.mother.id, "subject_id": cast.ada.id, "state": OutboxState.SENT, "params": {}}
    reminder |= {"created_at": moment, "due_at": moment, "expires_at": moment}
    event = {"at": moment, "actor_kind": "guardian", "student_id": cast.ada.id, "details": {}}
    with engine.begin() as connection:
        connection.execute(sa.insert(Assignment), key | work)
        for night in (long_ago, KEPT[0]):
            excused = {"student_id": cast.ben.id, "night": night, "set_by": cast.mother.id, "set_at": moment}
            connection.execute(sa.insert(Absence), key | excused)
            connection.execute(sa.insert(Handoff), key | line | {"night": night, "sent_at": moment})
            for code in ("bedtime_passed", "streak", "sleep_short", "confirm_sheet", "wind_down"):
                connection.execute(sa.insert(OutboxRow), key | reminder | {"code": code, "night": night})
            for action in ("night.corrected", "night.read"):
                connection.execute(sa.insert(AuditEvent), key | event | {"action": action, "night": night})

    assert make(24).forget() == 3  # Ada's two sheets, and the night that Ben was excused
    for column in (Absence.night, Handoff.night, OutboxRow.night):
        assert set(session.scalars(sa.select(column))) == {KEPT[0]}
    kept = session.execute(sa.select(AuditEvent.action, AuditEvent.night).where(AuditEvent.night.is_not(None))).all()
    assert sorted(kept) == [("night.corrected", KEPT[0]), ("night.read", long_ago), ("night.read", KEPT[0])]
    first = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "retention.purged")).first()
    assert first is not None
    assert first.details == {"before": "2023-04-01", "nights": 1, "students": 1, "lines": 1}


def test_a_worker_keeps_what_the_setting_says(database_url: str, session: Session, clock: FrozenClock) -> None:
    worker = build_worker(settings_for(database_url), clock=clock, channels=[])
    assert worker.forget() == 2
    worker.close()
