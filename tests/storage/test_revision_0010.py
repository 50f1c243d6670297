"""The tenth revision keeps what was fixed and when it was last looked at."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from alembic import command

from backend.storage import schema
from backend.storage.models import FigurePass, FrozenFigure
from tests.cast import START, TONIGHT, Cast


def test_figures_of_the_release_before_stay_fixed(engine: sa.Engine, database_url: str, cast: Cast) -> None:
    key = {"school_id": cast.shiyan.id, "class_id": cast.class_31.id}
    frozen = {"until": TONIGHT, "since": TONIGHT, "frozen_at": START, "minutes": [40], "enrolled": 6}
    frozen |= {"figures": {"work": {"maths|written|standard": [20, 15, 0, 2, 30, -1, 2, 1]}}}
    with engine.begin() as connection:
        connection.execute(sa.insert(FrozenFigure), key | frozen)
        connection.execute(sa.insert(FigurePass), {"school_id": cast.shiyan.id, "passed_at": START})
    with engine.connect() as connection, schema._without_foreign_keys(connection):
        command.downgrade(schema._config(connection), "0009")
        (figures,) = connection.scalars(sa.select(FrozenFigure.figures))
    took = ["maths", "written", "standard", 20, 15, "finished"]
    assert figures["work"] == [took, took, ["maths", "written", "standard", 30, None, "unfinished"]]
    engine.dispose()
    schema.upgrade(database_url)
    with engine.connect() as connection:
        assert connection.execute(sa.select(FrozenFigure.minutes, FrozenFigure.enrolled)).one() == ([40], 6)
        assert connection.scalars(sa.select(FigurePass.passed_at)).one() == START.astimezone(dt.UTC)
