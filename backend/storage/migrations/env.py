"""Alembic's entry: runs the steps on the connection that `backend.storage.schema` hands over.

The bare `alembic` command, for developers who write a step, comes without one and takes DATABASE_URL.
"""

from __future__ import annotations

import os

import sqlalchemy as sa
from alembic import context

import backend.storage.models  # noqa: F401 - registers every table
from backend.settings import Settings
from backend.storage.base import Base
from backend.storage.engine import build_engine
from backend.storage.schema import check_foreign_keys, lock_schema


def run_on(connection: sa.Connection) -> None:
    """Run the chosen steps in one transaction, which ends with the foreign keys checked.

    SQLite's schema changes are transactional here, because our engine writes BEGIN itself; Alembic assumes not.
    """
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        compare_server_default=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        lock_schema(connection)
        context.run_migrations()
        check_foreign_keys(connection)


def run() -> None:
    """Run on the given connection, or on one of our own to DATABASE_URL."""
    given: sa.Connection | None = context.config.attributes.get("connection")
    if given is not None:
        run_on(given)
        return
    engine = build_engine(Settings.from_env(os.environ).database_url, pool_size=1)
    with engine.connect() as connection:
        run_on(connection)
    engine.dispose()


run()
