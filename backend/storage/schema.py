"""Bringing a database to the schema of this release, and refusing to work on another.

`nightsheet db upgrade` and `nightsheet run` call `upgrade`; `serve` and `worker` only call `require_current`. The steps
themselves are in `migrations/versions`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from backend.storage.engine import build_engine

MIGRATIONS = Path(__file__).parent / "migrations"
#: Any number that nobody else locks: two upgrades of one PostgreSQL database must not run at once.
_ADVISORY_LOCK = 20261122


class SchemaOutOfDate(RuntimeError):
    """The database has another schema than this release needs."""


class SchemaBroken(RuntimeError):
    """A migration left rows that point at nothing; it was rolled back."""


def upgrade(url: str | sa.URL, *, revision: str = "head") -> Path | None:
    """Bring the database at `url` to `revision`, all or nothing, creating it if need be.

    A SQLite database that holds data is copied first; the copy's path is returned, else None. Raises SchemaBroken, and
    whatever a migration raises; in both cases the database is as it was.
    """
    _make_folder(sa.make_url(url))
    engine = build_engine(url, pool_size=1)
    try:
        copy = _copy_before(engine)
        with engine.connect() as connection, _without_foreign_keys(connection):
            command.upgrade(_config(connection), revision)
        return copy
    finally:
        engine.dispose()


def current_revision(engine: sa.Engine) -> str | None:
    """Return the revision of the database; None when it has never been upgraded."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head_revision() -> str | None:
    """Return the newest revision that this release knows."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def require_current(engine: sa.Engine) -> None:
    """Raise SchemaOutOfDate, naming the remedy, unless the database has this release's schema."""
    found, needed = current_revision(engine), head_revision()
    if found != needed:
        raise SchemaOutOfDate(
            f"The database is at revision {found or 'none'}, this release needs {needed or 'none'}. "
            "Stop the old processes, then run: nightsheet db upgrade"
        )


def check_foreign_keys(connection: sa.Connection) -> None:
    """On SQLite, raise SchemaBroken when any row points at nothing; PostgreSQL has checked by itself."""
    if connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        tables = sorted({f"{row[0]} -> {row[2]}" for row in broken})
        raise SchemaBroken(f"{len(broken)} rows point at nothing after the migration: {', '.join(tables)}")


def lock_schema(connection: sa.Connection) -> None:
    """Wait until no other process upgrades this database. SQLite's BEGIN IMMEDIATE has done it already."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))


def _config(connection: sa.Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _make_folder(url: sa.URL) -> None:
    if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
        file = Path(str(url.database))
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Children's data: for the owner's eyes, wherever the file lies. SQLite gives its journals the same mode.
        file.touch(mode=0o600)


@contextmanager
def _without_foreign_keys(connection: sa.Connection) -> Iterator[None]:
    """Keep SQLite from deleting children while Alembic rebuilds their parent's table.

    The pragma does nothing inside a transaction, hence the raw connection and the place: around, not within.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    raw = connection.connection.dbapi_connection
    assert raw is not None  # noqa: S101 - an open connection has one
    raw.cursor().execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        connection.rollback()
        raw.cursor().execute("PRAGMA foreign_keys = ON")


def _copy_before(engine: sa.Engine) -> Path | None:
    """Copy a SQLite file that holds data and is about to change, to `<file>.before-<its revision>`."""
    if engine.dialect.name != "sqlite" or not engine.url.database or engine.url.database == ":memory:":
        return None
    revision = current_revision(engine)
    if revision == head_revision() or not _holds_data(engine):
        return None
    source = Path(engine.url.database)
    copy = source.with_name(f"{source.name}.before-{revision or 'unversioned'}")
    _vacuum_into(engine, copy)
    shutil.copymode(source, copy)
    return copy


def _vacuum_into(engine: sa.Engine, copy: Path) -> None:
    # VACUUM INTO refuses an existing file: write beside it, so that a failed copy never replaces a good one.
    fresh = copy.with_name(copy.name + ".new")
    fresh.unlink(missing_ok=True)
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("VACUUM INTO ?", (str(fresh),))
    finally:
        connection.close()
    fresh.replace(copy)


def _holds_data(engine: sa.Engine) -> bool:
    with engine.connect() as connection:
        tables = [name for name in sa.inspect(connection).get_table_names() if name != "alembic_version"]
        return any(connection.scalar(sa.select(sa.exists().select_from(sa.table(name)))) for name in tables)
