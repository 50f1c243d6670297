"""Whoever only looks holds no writer up and waits for none; who looked is noted all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from backend.services.nights import boards, nights, paper_grid
from backend.storage.models import AuditEvent, School
from tests.api.conftest import Client
from tests.cast import TONIGHT, Cast

Path = Callable[[Cast], str]
NIGHT: Path = lambda cast: f"/students/{cast.ada.id}/nights/{TONIGHT}"  # noqa: E731 - a row of the table below


@contextmanager
def writer(engine: sa.Engine, cast: Cast) -> Iterator[None]:
    """Somebody else who has changed the school and not committed yet."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA busy_timeout = 0")
        connection.execute(sa.update(School).where(School.id == cast.shiyan.id).values(hide_titles=False))
        yield
        connection.commit()


def looks(engine: sa.Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(sa.select(AuditEvent.action)))


@pytest.mark.parametrize("who", ["ada", "mother"])
@pytest.mark.parametrize("several", [False, True])
def test_a_family_reads_while_somebody_writes(
    client: Client, cast: Cast, engine: sa.Engine, who: str, several: bool
) -> None:
    asking = client.as_(getattr(cast, who))
    with writer(engine, cast):
        if several:
            answer = asking.get(f"/students/{cast.ada.id}/nights", **{"from": str(TONIGHT), "to": str(TONIGHT)})
        else:
            answer = asking.get(NIGHT(cast))
    assert (answer.status_code, looks(engine)) == (200, [])


@pytest.mark.parametrize(
    ("path", "module", "step", "action"),
    [
        (NIGHT, nights, "night_document", "night.read"),
        (lambda cast: f"/classes/{cast.class_31.id}/nights/{TONIGHT}", boards.audit, "record", "class.board_opened"),
        (
            lambda cast: f"/classes/{cast.class_31.id}/nights/{TONIGHT}/paper",
            paper_grid,
            "sheets_of",
            "class.board_opened",
        ),
    ],
)
def test_somebody_writes_while_a_teacher_reads_and_the_look_is_noted(
    client: Client,
    cast: Cast,
    engine: sa.Engine,
    monkeypatch: pytest.MonkeyPatch,
    path: Path,
    module: object,
    step: str,
    action: str,
) -> None:
    real, written = getattr(module, step), []

    def reading_is_under_way(*args: object, **named: object) -> object:
        with writer(engine, cast):
            written.append(step)
        return real(*args, **named)

    monkeypatch.setattr(module, step, reading_is_under_way)
    assert client.as_(cast.homeroom).get(path(cast)).status_code == 200
    assert written
    assert looks(engine) == [action]


def test_a_look_that_is_refused_is_not_noted(client: Client, cast: Cast, engine: sa.Engine) -> None:
    assert client.as_(cast.homeroom_32).get(NIGHT(cast)).status_code == 404
    assert looks(engine) == []


def test_what_cannot_be_noted_is_not_shown(client: Client, cast: Cast, engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE audit_events RENAME TO audit_events_away"))
    client.raises_nothing()
    answer = client.as_(cast.homeroom).get(NIGHT(cast))
    assert (answer.status_code, "entries" in answer.get_json()) == (500, False)
