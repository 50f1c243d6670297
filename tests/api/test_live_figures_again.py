"""Live figures told to stand by one short row: whatever they rest on is in it, and nothing older is remembered."""

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.school_days import DayStatus
from backend.services.figures.live_figures import LiveClass
from backend.services.figures.standing_memory import StandingMemory
from backend.storage.engine import build_engine
from backend.storage.models import Assignment, Class, NightSheet, School, SchoolDay
from backend.storage.queries import trends as queries
from tests.api.planning import add_sheet, add_students
from tests.api.test_nights import publish_tonight
from tests.cast import TONIGHT, Cast

FIRST = TONIGHT - dt.timedelta(days=6)


@pytest.fixture
def pupils(engine: sa.Engine, cast: Cast) -> list[uuid.UUID]:
    """Six of class 3-1, each with a sheet tonight."""
    found = add_students(engine, cast.class_31, cast.shiyan.id, 6)
    for n, pupil in enumerate(found):
        add_sheet(engine, cast.shiyan.id, cast.class_31.id, pupil, TONIGHT, 20 + n)
    return found


def ask(session: Session, cast: Cast, first: dt.date = FIRST) -> LiveClass:
    """The class's figures up to tonight."""
    school, class_ = session.get(School, cast.shiyan.id), session.get(Class, (cast.shiyan.id, cast.class_31.id))
    assert school is not None
    assert class_ is not None
    return LiveClass(session, school, class_, first, TONIGHT)


def minutes(live: LiveClass) -> list[int]:
    """Everybody's of every stretch."""
    return [value for cell in live.cells(whole=False, table=None) for value in cell.minutes]


def longer(pupil: uuid.UUID, night: dt.date = TONIGHT) -> Any:
    """A sheet that is changed as a phone changes it."""
    of = (NightSheet.student_id == pupil, NightSheet.night == night)
    return sa.update(NightSheet).where(*of).values(capped_minutes=99, change_counter=NightSheet.change_counter + 50)


def test_figures_read_again_are_those_of_now(session: Session, cast: Cast, pupils: list[uuid.UUID]) -> None:
    assert minutes(ask(session, cast)) == minutes(ask(session, cast)) == [20, 21, 22, 23, 24, 25]
    session.execute(longer(pupils[0]))
    assert minutes(ask(session, cast)) == [21, 22, 23, 24, 25, 99]


def test_what_rests_unchanged_is_not_read_by_the_night_a_second_time(
    session: Session, cast: Cast, pupils: list[uuid.UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = minutes(ask(session, cast))
    monkeypatch.setattr(queries, "marks", None)
    assert minutes(ask(session, cast)) == first


def test_what_changes_while_figures_are_read_makes_them_another_version_and_is_not_remembered(
    session: Session, cast: Cast, pupils: list[uuid.UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    read, live = queries.marks, ask(session, cast)
    before = live.version()

    def meanwhile(*asked: Any) -> Any:
        session.execute(longer(pupils[0]))
        monkeypatch.setattr(queries, "marks", read)
        return read(*asked)

    monkeypatch.setattr(queries, "marks", meanwhile)
    assert minutes(live) == [21, 22, 23, 24, 25, 99]
    assert live.version() != before
    session.rollback()
    assert minutes(ask(session, cast)) == [20, 21, 22, 23, 24, 25]
    session.execute(longer(pupils[0]))
    assert minutes(ask(session, cast)) == [21, 22, 23, 24, 25, 99]


def test_homework_written_anew_is_another_version(engine: sa.Engine, session: Session, cast: Cast) -> None:
    publish_tonight(engine, cast)
    before = ask(session, cast).version()
    due = Assignment.due_on == TONIGHT + dt.timedelta(days=1)
    session.execute(sa.update(Assignment).where(due).values(version=Assignment.version + 1))
    assert ask(session, cast).version() != before


def test_a_long_holidays_first_night_is_looked_at_too(
    engine: sa.Engine, session: Session, cast: Cast, pupils: list[uuid.UUID]
) -> None:
    days = [TONIGHT - dt.timedelta(days=n) for n in range(40)]
    session.execute(sa.delete(SchoolDay).where(SchoolDay.day.in_(days)))
    off = {"school_id": cast.shiyan.id, "is_school_day": False, "status": DayStatus.announced}
    session.execute(sa.insert(SchoolDay), [off | {"day": day} for day in days])
    session.commit()
    add_sheet(engine, cast.shiyan.id, cast.class_31.id, pupils[0], days[-1], 10)
    live = ask(session, cast, TONIGHT)
    assert (live.spans[0].nights, minutes(live)) == (41, [21, 22, 23, 24, 25, 30])
    session.execute(longer(pupils[0], days[-1]))
    assert ask(session, cast, TONIGHT).version() != live.version()


@pytest.mark.sqlite
def test_each_database_has_a_memory_of_its_own_that_lets_go_of_what_was_asked_for_longest_ago() -> None:
    memory: StandingMemory[int] = StandingMemory(most=2)
    one, other = build_engine("sqlite://"), build_engine("sqlite://")
    memory.put(one, "a", 1)
    memory.put(one, "b", 2)
    assert (memory.get(one, "a"), memory.get(other, "a")) == (1, None)
    memory.put(one, "c", 3)
    assert [memory.get(one, name) for name in "abc"] == [1, None, 3]
