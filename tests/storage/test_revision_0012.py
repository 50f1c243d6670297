"""The twelfth revision decides of figures that were fixed before which work may be shown, as it is decided since."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import sqlalchemy as sa
from alembic import command

from backend.services.figures.frozen_figures import withheld_work
from backend.services.figures.packed_work import packed
from backend.storage import schema
from backend.storage.models import FigurePass, FrozenFigure
from tests.cast import START, TONIGHT, Cast

OF_SUMS = ["subject", "music"]
ONE_IN_BASIC = [["maths", "written", "standard", 20, 15, "finished"]] * 8 + [
    ["maths", "written", "basic", 9, None, "finished"]
]


def some_work(chance: random.Random) -> list[list[Any]]:
    """Finished and other work on a few subjects."""
    subjects, kinds, tiers = ("", "maths", "english"), ("written", "reading"), ("None", "standard", "basic")
    ended = ("finished", "finished", "unfinished", "stopped_for_sleep")
    return [
        [chance.choice(subjects), chance.choice(kinds), chance.choice(tiers), n, 20, chance.choice(ended)]
        for n in range(chance.randint(0, 40))
    ]


def test_work_that_was_fixed_before_is_withheld_as_what_is_fixed_since(
    engine: sa.Engine, database_url: str, cast: Cast
) -> None:
    chance = random.Random(12)
    works: list[Any] = [ONE_IN_BASIC, packed(ONE_IN_BASIC)]
    for _ in range(8):
        works += [(work := some_work(chance)), packed(work)]
    nights = [TONIGHT - dt.timedelta(days=n) for n in range(len(works))]
    of_class = {"school_id": cast.shiyan.id, "class_id": cast.class_31.id, "frozen_at": START}
    rows = [
        of_class | {"until": night, "since": night, "figures": {"work": work, "withheld": [OF_SUMS]}}
        for night, work in zip(nights, works, strict=True)
    ]
    with engine.begin() as connection:
        connection.execute(sa.insert(FrozenFigure), rows)
        connection.execute(
            sa.insert(FigurePass), {"school_id": cast.shiyan.id, "passed_at": START, "frozen_version": "as before"}
        )
    with engine.connect() as connection, schema._without_foreign_keys(connection):
        command.downgrade(schema._config(connection), "0011")
    engine.dispose()
    schema.upgrade(database_url)
    with engine.connect() as connection:
        asked = connection.execute(sa.select(FrozenFigure.until, FrozenFigure.figures))
        found = {row.until: row.figures for row in asked}
        assert connection.scalar(sa.select(FigurePass.frozen_version)) != "as before"
    assert ["work tier", "standard"] in found[TONIGHT]["withheld"]
    for night, work in zip(nights, works, strict=True):
        assert found[night] == {"work": work, "withheld": [OF_SUMS, *withheld_work(work)]}
