"""A class tablet of before the eighth revision goes on with its session; it has no code."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import command

from backend.storage import schema
from backend.storage.base import new_id
from backend.storage.models import Tablet
from tests.cast import START, Cast


def test_a_tablet_of_the_release_before_stays_in_use(engine: sa.Engine, database_url: str, cast: Cast) -> None:
    row = {"school_id": cast.shiyan.id, "id": new_id(), "class_id": cast.class_31.id}
    row |= {"enabled_by": cast.homeroom.id, "enabled_at": START}
    with engine.begin() as connection:
        connection.execute(sa.insert(Tablet), row)
    with engine.connect() as connection, schema._without_foreign_keys(connection):
        command.downgrade(schema._config(connection), "0007")
    engine.dispose()
    schema.upgrade(database_url)
    with engine.connect() as connection:
        (kept,) = connection.execute(sa.select(Tablet.__table__)).all()
    assert (kept.id, kept.disabled_at, kept.code_hash, kept.code_expires_at) == (row["id"], None, None, None)
