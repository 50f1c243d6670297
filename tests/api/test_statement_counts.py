"""What a request costs the database: the same with 1 entry and with 20."""

import datetime as dt
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.services.actor import Actor, ActorKind
from backend.services.nights.nights import read_nights
from mobile_api.transaction import db
from tests.api.conftest import Client
from tests.api.planning import add_sheet
from tests.api.test_nights import MATHS, at, entry, path, published
from tests.api.test_sync import PHONE, batch, entry_of
from tests.cast import TONIGHT, Cast
from tests.databases import Statements

__all__ = ["path", "published"]
Counting = Callable[..., AbstractContextManager[Statements]]


@pytest.fixture(autouse=True)
def late_enough(clock: FrozenClock) -> None:
    clock.move_to(dt.datetime.fromisoformat(at(22)))


def fill(client: Client, cast: Cast, entries: int) -> None:
    """So many entries of tonight, and a bedtime without a waking: sleep has to be projected."""
    changes = [entry_of(cast.ada, 100 + n, (at(19, n), at(19, n + 1))) for n in range(entries)]
    assert client.as_(cast.ada).post("/sync", batch(*changes)).status_code == 200


@pytest.mark.parametrize("before", [0, 1, 20])
def test_an_entry_is_written_in_three_statements(
    client: Client, cast: Cast, app: Flask, path: str, count_statements: Counting, before: int
) -> None:
    fill(client, cast, before)
    with app.app_context():
        engine = db.engine
    with count_statements(engine) as statements:
        answer = client.as_(cast.ada).put(f"{path}/entries/{uuid.UUID(int=11)}", entry(MATHS, (at(20), at(20, 40))))
    assert answer.status_code == 200
    assert len(statements) <= 3, statements.texts


@pytest.mark.parametrize("entries", [1, 20])
@pytest.mark.parametrize("who", ["ada", "mother"])
def test_a_night_is_read_in_at_most_six_statements(
    client: Client, cast: Cast, app: Flask, path: str, count_statements: Counting, who: str, entries: int
) -> None:
    fill(client, cast, entries)
    sleep = {"base_version": None, "installation_id": PHONE, "revision": 1, "lights_out_at": at(21, 15)}
    assert client.as_(cast.ada).put(f"{path}/sleep", sleep).status_code == 200
    with app.app_context():
        engine = db.engine
    with count_statements(engine) as statements:
        answer = client.as_(getattr(cast, who)).get(path)
    assert len(answer.json["entries"]) == entries
    assert len(statements) <= 6, statements.texts


@pytest.mark.parametrize("entries", [1, 20])
def test_a_batch_of_one_night_costs_the_same_with_one_and_twenty_entries(
    client: Client, cast: Cast, app: Flask, count_statements: Counting, entries: int
) -> None:
    with app.app_context():
        engine = db.engine
    with count_statements(engine) as statements:
        fill(client, cast, entries)
    assert len(statements) <= 4, statements.texts


@pytest.mark.parametrize("nights", [1, 62])
def test_a_list_of_nights_costs_the_same_with_one_and_sixty_two(
    client: Client, cast: Cast, app: Flask, count_statements: Counting, nights: int
) -> None:
    fill(client, cast, 3)
    with app.app_context():
        engine = db.engine
    last = dt.date(2026, 11, 17)
    with count_statements(engine) as statements:
        first = last - dt.timedelta(days=nights - 1)
        answer = client.as_(cast.mother).get(f"/students/{cast.ada.id}/nights", **{"from": str(first), "to": str(last)})
    assert len(answer.json["items"]) == nights
    assert len(statements) <= 6, statements.texts


def steps_of_reading(engine: sa.Engine, cast: Cast, clock: FrozenClock) -> int:
    """How many steps of SQLite's machine reading tonight takes, the second time."""
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1

    actor = Actor(ActorKind.STUDENT, cast.ada.id, cast.shiyan.id, session_id=cast.ada.session_id)
    with Session(engine) as session:
        driver = session.connection().connection.driver_connection
        for _ in range(2):
            steps = 0
            driver.set_progress_handler(step, 1)  # type: ignore[union-attr]
            read_nights(session, actor=actor, student_id=cast.ada.id, nights=[TONIGHT], now=clock.now())
            driver.set_progress_handler(None, 0)  # type: ignore[union-attr]
    return steps


@pytest.mark.sqlite
def test_tonight_is_read_as_fast_after_three_years_as_after_one(
    engine: sa.Engine, cast: Cast, clock: FrozenClock, published: None
) -> None:
    counts = []
    for years in (range(365), range(365, 3 * 365)):
        for ago in years:
            night = TONIGHT - dt.timedelta(days=ago)
            add_sheet(engine, cast.shiyan.id, cast.class_31.id, cast.ada.id, night, 40)
        counts.append(steps_of_reading(engine, cast, clock))
    assert counts[1] <= counts[0] + 20, counts
