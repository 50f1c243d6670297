"""A week plan of before the seventh revision stays, and its standing version begins its history."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from alembic import command

from backend.domain.policy import Stage
from backend.storage import schema
from backend.storage.models import WeekPlan, WeekPlanState, WeekPlanVersion
from tests.cast import START, Cast

ITEMS = [{"title": "练习册", "given_on": "2026-11-23", "due_on": "2026-11-24"}]


def test_plans_of_the_release_before_begin_their_history_and_drafts_have_none(
    engine: sa.Engine, database_url: str, cast: Cast
) -> None:
    row = {
        "school_id": cast.shiyan.id,
        "stage": Stage.primary,
        "grade": 3,
        "week_starts_on": dt.date(2026, 11, 23),
        "version": 2,
        "items": ITEMS,
        "filed_by": cast.prep_maths.id,
        "filed_at": START,
    }
    sent_back = {"subject": "maths", "state": WeekPlanState.SENT_BACK, "note": "周三太多"}
    draft = {"subject": "english", "state": WeekPlanState.DRAFT, "note": ""}
    with engine.begin() as connection:
        connection.execute(sa.insert(WeekPlan), [row | sent_back, row | draft])
    with engine.connect() as connection, schema._without_foreign_keys(connection):
        command.downgrade(schema._config(connection), "0006")
    engine.dispose()
    schema.upgrade(database_url)
    with engine.connect() as connection:
        assert len(connection.scalars(sa.select(WeekPlan.id)).all()) == 2
        (kept,) = connection.execute(sa.select(WeekPlanVersion.__table__)).all()
    assert (kept.version, kept.state, kept.items, kept.note) == (2, WeekPlanState.SENT_BACK, ITEMS, "周三太多")
