"""A database is brought to this release's schema whole or not at all, and nobody works on another."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations

import backend.storage.models  # noqa: F401 - registers every table
from backend.storage import schema
from backend.storage.base import Base
from backend.storage.engine import build_engine

LATE = Base.metadata.sorted_tables[-1].name
FAMILY = (
    "CREATE TABLE parent (id INTEGER PRIMARY KEY, name VARCHAR(5))",
    "CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER NOT NULL REFERENCES parent (id) ON DELETE CASCADE)",
    "INSERT INTO parent VALUES (1, 'Ada')",
    "INSERT INTO child VALUES (1, 1)",
)


def family(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        for statement in FAMILY:
            connection.exec_driver_sql(statement)


def forget_revision(engine: sa.Engine, revision: str) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


def test_the_migrations_build_what_the_models_say(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_an_upgraded_database_is_current(engine: sa.Engine) -> None:
    schema.require_current(engine)
    assert schema.current_revision(engine) == schema.head_revision() is not None


def test_another_schema_is_refused_naming_the_remedy(engine: sa.Engine) -> None:
    forget_revision(engine, "0000")
    with pytest.raises(schema.SchemaOutOfDate, match=r"revision 0000.*nightsheet db upgrade"):
        schema.require_current(engine)


def test_upgrading_again_changes_nothing(database_url: str, engine: sa.Engine) -> None:
    assert schema.upgrade(database_url) is None
    schema.require_current(engine)


def test_the_step_back_and_forth_ends_where_it_began(engine: sa.Engine, database_url: str) -> None:
    before = sorted(sa.inspect(engine).get_table_names())
    engine.dispose()
    with engine.connect() as connection, schema._without_foreign_keys(connection):
        schema.command.downgrade(schema._config(connection), "base")
    assert sa.inspect(engine).get_table_names() == ["alembic_version"]
    schema.upgrade(database_url)
    assert sorted(sa.inspect(engine).get_table_names()) == before


@pytest.mark.sqlite
def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    schema.upgrade(f"sqlite:///{tmp_path / 'new' / 'folder' / 'nights.db'}")
    assert (tmp_path / "new" / "folder" / "nights.db").is_file()


@pytest.mark.sqlite
def test_the_database_is_the_owners_alone(tmp_path: Path) -> None:
    made = tmp_path / "new" / "nights.db"
    schema.upgrade(f"sqlite:///{made}")
    assert [stat.S_IMODE(path.stat().st_mode) for path in (made, made.parent)] == [0o600, 0o700]


@pytest.mark.sqlite
def test_rebuilding_a_parents_table_keeps_the_children(engine: sa.Engine) -> None:
    family(engine)
    with engine.connect() as connection, schema._without_foreign_keys(connection), connection.begin():
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("parent") as parent:
            parent.alter_column("name", type_=sa.String(50))
        schema.check_foreign_keys(connection)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM child").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


@pytest.mark.sqlite
def test_rows_that_point_at_nothing_stop_a_migration(engine: sa.Engine) -> None:
    family(engine)
    with engine.connect() as connection, schema._without_foreign_keys(connection), connection.begin():
        connection.exec_driver_sql("DELETE FROM parent")
        with pytest.raises(schema.SchemaBroken, match=r"1 rows .* child -> parent"):
            schema.check_foreign_keys(connection)


@pytest.mark.sqlite
def test_a_failed_upgrade_leaves_the_database_as_it_was_and_a_copy_beside_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'nights.db'}"
    engine = build_engine(url)
    with engine.begin() as connection:
        # In the way of a table that the first migration makes late.
        connection.exec_driver_sql(f"CREATE TABLE {LATE} (id INTEGER)")
        connection.exec_driver_sql(f"INSERT INTO {LATE} VALUES (7)")
    with pytest.raises(sa.exc.OperationalError, match="already exists"):
        schema.upgrade(url)
    assert sa.inspect(engine).get_table_names() == [LATE]
    engine.dispose()
    copy = build_engine(f"sqlite:///{tmp_path / 'nights.db.before-unversioned'}")
    with copy.connect() as connection:
        assert connection.exec_driver_sql(f"SELECT id FROM {LATE}").scalar() == 7
    copy.dispose()
