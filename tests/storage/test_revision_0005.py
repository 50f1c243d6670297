"""Homework of before the fifth revision stays, and nobody has decided about its weekend yet."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from alembic import command

from backend.domain.load import Kind, Place
from backend.storage import schema
from backend.storage.models import Assignment, AssignmentState, WeekendDecision
from tests.cast import START, TONIGHT, Cast


def test_homework_of_the_release_before_is_kept_and_undecided(engine: sa.Engine, database_url: str, cast: Cast) -> None:
    row = {
        "school_id": cast.shiyan.id,
        "class_id": cast.class_31.id,
        "subject": "maths",
        "title": "第 12 页",
        "kind": Kind.written,
        "place": Place.home,
        "given_on": TONIGHT,
        "due_on": TONIGHT + dt.timedelta(days=1),
        "state": AssignmentState.PUBLISHED,
        "created_by": cast.maths_teacher.id,
        "created_at": START,
    }
    with engine.begin() as connection:
        connection.execute(sa.insert(Assignment), row)
    with engine.connect() as connection, schema._without_foreign_keys(connection):
        command.downgrade(schema._config(connection), "0004")
    engine.dispose()
    schema.upgrade(database_url)
    with engine.connect() as connection:
        assert connection.scalars(sa.select(Assignment.title)).all() == ["第 12 页"]
        assert connection.scalars(sa.select(WeekendDecision.class_id)).all() == []
