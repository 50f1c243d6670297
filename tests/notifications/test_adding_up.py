"""Figures added up by the worker are those that a reading would have added up, whenever and however often it ran."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.services.actor import Actor, ActorKind
from backend.services.figures import figures_ahead, trends
from backend.services.figures.adding_up import add_up
from backend.services.figures.class_figures import stretches_of
from backend.services.figures.frozen_figures import frozen_cells
from backend.services.figures.live_figures import live_cells
from backend.services.figures.trend_parts import TrendBy
from backend.storage.models import Class, FrozenFigure, NightSheet, RolledUpFigure, School
from backend.storage.queries.classes import classes_of_school
from notifications.worker import Worker
from tests.api.planning import add_sheet, add_students
from tests.cast import TONIGHT, Cast
from tests.notifications.evening import FakeChannel

MakeWorker = Callable[..., Worker]
ROOT = Path(__file__).resolve().parents[2]
NIGHTS = [TONIGHT - dt.timedelta(days=n) for n in range(9)]
#: The school's 07:00 is 23:00 of the day before.
SEVEN = dt.datetime.combine(TONIGHT, dt.time(23), dt.UTC)
PROGRAM = """
import datetime as dt, sys, time
from backend.clock import FrozenClock
from backend.services.figures import figures_ahead
from backend.settings import Settings
from notifications.worker import build_worker

figures_ahead.CELLS_AT_ONCE = 1
keep, kept = figures_ahead.keep, []

def slowly(session, **prepared):
    if len(kept) == 3:
        keep(session, **prepared)
        print("three are kept, the fourth is written and not committed", flush=True)
        time.sleep(60)
    kept.append(keep(session, **prepared))

figures_ahead.keep = slowly
settings = Settings.from_env({"DATABASE_URL": sys.argv[1]})
build_worker(settings, clock=FrozenClock(dt.datetime.fromisoformat(sys.argv[2])), channels=[]).add_up()
"""


@pytest.fixture
def pupils(engine: sa.Engine, cast: Cast) -> list[uuid.UUID]:
    """Six of class 3-1 with nine nights of work, the last of them tonight."""
    found = add_students(engine, cast.class_31, cast.shiyan.id, 6)
    for back, night in enumerate(NIGHTS):
        for n, pupil in enumerate(found):
            add_sheet(engine, cast.shiyan.id, cast.class_31.id, pupil, night, 20 + n + back)
    return found


@pytest.fixture
def worker(make_worker: MakeWorker, clock: FrozenClock) -> Worker:
    """A worker at 07:00 of the morning after."""
    clock.move_to(SEVEN)
    return make_worker(FakeChannel())


def kept(engine: sa.Engine, model: Any) -> list[Any]:
    """All rows of one kind of figures."""
    columns = [each for each in model.__table__.c if each.name != "frozen_at"]
    with engine.connect() as connection:
        return list(connection.execute(sa.select(*columns).order_by(model.class_id, model.until)))


def school_of(session: Session, cast: Cast) -> tuple[School, list[Class]]:
    """The cast's school and its classes."""
    return session.get_one(School, cast.shiyan.id), classes_of_school(session, cast.shiyan.id)


def test_the_worker_keeps_what_adding_up_anew_gives(
    engine: sa.Engine, cast: Cast, pupils: list[uuid.UUID], worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert worker.add_up() > 0
    with Session(engine) as session:
        school, classes = school_of(session, cast)
        spans = stretches_of(session, school=school, first=NIGHTS[-1], last=TONIGHT)
        anew = add_up(session, school=school, classes=classes, spans=spans)
        monkeypatch.setattr("backend.services.figures.live_figures.add_up", None)
        monkeypatch.setattr("backend.services.figures.frozen_figures.add_up", None)
        live = live_cells(session, school=school, classes=classes, spans=spans, whole=True)
        frozen = frozen_cells(session, school=school, classes=classes, spans=spans, now=SEVEN, whole=True)
    assert live == {key: each.cell for key, each in anew.items() if each.cell.n}
    assert frozen.keys() == anew.keys()
    for key, cell in frozen.items():
        names = ("n", "enrolled", "cap_minutes", "amended", "minutes")
        assert [getattr(cell, name) for name in names] == [getattr(anew[key].cell, name) for name in names]
        assert {name: cell.figures[name] for name in anew[key].cell.figures} == anew[key].cell.figures


def test_what_the_worker_fixed_is_what_the_first_reading_would_have_fixed(
    engine: sa.Engine, cast: Cast, pupils: list[uuid.UUID], worker: Worker
) -> None:
    office = cast.office.id
    actor = Actor(ActorKind.STAFF, office, cast.shiyan.id, office, None, None, "zh-CN", must_change_password=False)
    with Session(engine) as session:
        first, last = NIGHTS[-1], TONIGHT
        for by in (TrendBy.day, TrendBy.subject):
            trends.school_trends(
                session, actor=actor, school_id=cast.shiyan.id, first=first, last=last, by=by, now=SEVEN
            )
        session.commit()
    read = kept(engine, FrozenFigure)
    with engine.begin() as connection:
        connection.execute(sa.delete(FrozenFigure))
    worker.add_up()
    assert read
    assert read == [row for row in kept(engine, FrozenFigure) if row in read]


def test_nothing_is_fixed_before_seven(
    engine: sa.Engine, pupils: list[uuid.UUID], worker: Worker, clock: FrozenClock
) -> None:
    clock.move_to(SEVEN - dt.timedelta(minutes=1))
    worker.add_up()
    assert {row.until for row in kept(engine, FrozenFigure)} & set(NIGHTS)
    assert TONIGHT not in {row.until for row in kept(engine, FrozenFigure)}
    clock.move_to(SEVEN)
    worker.add_up()
    assert TONIGHT in {row.until for row in kept(engine, FrozenFigure)}


def test_a_second_run_of_the_day_finds_nothing_to_do(pupils: list[uuid.UUID], worker: Worker) -> None:
    assert worker.add_up() > 0
    assert worker.add_up() == 0


def test_one_of_two_workers_adds_up_and_the_other_goes_on_when_it_has_ended(
    pupils: list[uuid.UUID], worker: Worker, make_worker: MakeWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures_ahead, "CELLS_AT_ONCE", 1)
    assert worker._adding_up.run(seconds=-1) == 0
    other = make_worker(FakeChannel())
    assert other.add_up() == 0
    worker.close()
    assert other.add_up() > 0


def test_what_was_fixed_stays_when_fewer_than_five_sheets_change_and_those_who_see_names_get_the_new(
    engine: sa.Engine, cast: Cast, pupils: list[uuid.UUID], worker: Worker, clock: FrozenClock
) -> None:
    worker.add_up()
    before = kept(engine, FrozenFigure)
    sheet = sa.update(NightSheet).where(NightSheet.student_id == pupils[0], NightSheet.night == TONIGHT)
    more = {"capped_minutes": 90, "change_counter": NightSheet.change_counter + 100, "changed_at": SEVEN}
    with engine.begin() as connection:
        connection.execute(sheet.values(**more))
    clock.move_to(SEVEN + dt.timedelta(days=1))
    worker.add_up()
    assert [row for row in kept(engine, FrozenFigure) if row.until <= TONIGHT] == before
    with Session(engine) as session:
        school, classes = school_of(session, cast)
        spans = stretches_of(session, school=school, first=TONIGHT, last=TONIGHT)
        live = live_cells(session, school=school, classes=classes, spans=spans, whole=False)
    assert 90 in live[cast.class_31.id, TONIGHT].minutes


def test_a_worker_killed_in_the_middle_leaves_whole_pieces_and_the_next_finishes(
    engine: sa.Engine, database_url: str, pupils: list[uuid.UUID], worker: Worker, clock: FrozenClock
) -> None:
    command = [sys.executable, "-c", PROGRAM, database_url, SEVEN.isoformat()]
    child = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=-1, text=True)
    assert child.stdout is not None
    try:
        assert child.stdout.readline().startswith("three are kept")
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait(15)
        child.stdout.close()
    left = kept(engine, FrozenFigure)
    assert len(left) == 3
    clock.move_to(SEVEN + dt.timedelta(minutes=3))
    worker.add_up()
    finished = kept(engine, FrozenFigure)
    assert [row for row in finished if row in left] == left
    assert len(finished) > len(left)
    with engine.begin() as connection:
        connection.execute(sa.delete(FrozenFigure))
        connection.execute(sa.delete(RolledUpFigure))
    worker._adding_up._not_before.clear()
    worker.add_up()
    assert kept(engine, FrozenFigure) == finished
