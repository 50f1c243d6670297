"""Both databases keep the same promises about transactions, foreign keys and time zone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.storage.engine import build_engine, locking_late, reading, session_factory, writing

TABLE = sa.Table("scratch", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("said", sa.JSON))


@pytest.fixture
def scratch(engine: sa.Engine) -> Iterator[sa.Engine]:
    """An engine whose database has one more table."""
    TABLE.create(engine)
    return engine


def say(session: Session, number: int) -> None:
    session.execute(sa.insert(TABLE).values(id=number, said={"家长": "好"}))


def said(engine: sa.Engine) -> list[int]:
    with engine.connect() as connection:
        return list(connection.scalars(sa.select(TABLE.c.id).order_by(TABLE.c.id)))


def test_building_an_engine_connects_to_nothing() -> None:
    build_engine("postgresql+psycopg://nobody@no.such.host.invalid/nothing")
    build_engine("sqlite:////no/such/folder/nights.db")


def test_a_write_in_a_reading_transaction_is_refused(scratch: sa.Engine) -> None:
    with session_factory(scratch)() as session, pytest.raises(sa.exc.DBAPIError, match=r"readonly|read-only"):
        say(reading(session), 1)
    assert said(scratch) == []


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE {TABLE.name} SET id = id",
        f"  delete from {TABLE.name}",
        f"WITH old AS (SELECT 1)\nDELETE FROM {TABLE.name}",
        "CREATE TABLE other (id INTEGER)",
    ],
)
def test_no_kind_of_write_is_let_through_a_reading_transaction(scratch: sa.Engine, statement: str) -> None:
    with session_factory(scratch)() as session, pytest.raises(sa.exc.DBAPIError, match=r"readonly|read-only"):
        reading(session).execute(sa.text(statement))


@pytest.mark.sqlite
def test_a_statement_stays_prepared_from_one_transaction_to_the_next(scratch: sa.Engine) -> None:
    """Preparing asks SQLite's authorizer about each table: nobody is asked about what is prepared already."""
    asked: list[str | None] = []

    def authorize(_action: int, table: str | None, *_more: object) -> int:
        asked.append(table)
        return 0

    with session_factory(scratch)() as session:
        connection: Any = session.connection().connection.driver_connection
        connection.set_authorizer(authorize)
        session.rollback()
        for begin in (reading, writing, reading, writing):
            begin(session).scalars(sa.select(TABLE.c.id)).all()
            session.rollback()
        connection.set_authorizer(None)
    assert asked.count(TABLE.name) == 2  # the table and its column, once


def test_a_connection_that_only_read_may_write_next(scratch: sa.Engine) -> None:
    with session_factory(scratch)() as session:
        reading(session).rollback()
        say(session, 1)
        session.commit()
    assert said(scratch) == [1]


def test_reading_comes_before_the_first_statement(session: Session) -> None:
    session.execute(sa.text("SELECT 1"))
    with pytest.raises(RuntimeError, match="before the first statement"):
        reading(session)


def test_writing_inside_a_reading_transaction_is_refused(session: Session) -> None:
    with pytest.raises(RuntimeError, match="only reads"):
        writing(reading(session))


def test_a_reader_does_not_wait_for_a_writer(scratch: sa.Engine) -> None:
    make = session_factory(scratch)
    with make() as writer, make() as reader:
        say(writing(writer), 1)
        assert reading(reader).scalars(sa.select(TABLE.c.id)).all() == []
        writer.commit()


def test_whoever_read_first_may_still_write_after_another_came(scratch: sa.Engine) -> None:
    def read_then_write(session: Session, number: int) -> None:
        session.scalars(sa.select(TABLE.c.id)).all()
        say(session, number)
        session.commit()

    with session_factory(scratch)() as first, session_factory(scratch)() as second:
        first.scalars(sa.select(TABLE.c.id)).all()
        other = threading.Thread(target=read_then_write, args=(second, 2))
        other.start()
        other.join(0.3)  # on SQLite it waits for the first, on PostgreSQL it is done
        say(first, 1)
        first.commit()
        other.join()
    assert said(scratch) == [1, 2]


def test_who_locks_late_holds_nobody_up_before_it_writes(scratch: sa.Engine) -> None:
    with session_factory(locking_late(scratch))() as late, session_factory(scratch)() as other:
        assert late.scalars(sa.select(TABLE.c.id)).all() == []
        say(writing(other), 1)
        other.commit()
        assert late.scalars(sa.select(TABLE.c.id)).all() == [1]  # each statement sees what is committed by then
        say(late, 2)
        assert reading(other).scalars(sa.select(TABLE.c.id)).all() == [1]
        late.commit()
    assert said(scratch) == [1, 2]


def test_what_was_locked_late_is_rolled_back_whole(scratch: sa.Engine) -> None:
    with session_factory(locking_late(scratch))() as late:
        say(late, 1)
        say(late, 2)
        late.rollback()
    assert said(scratch) == []


def test_loaded_json_keeps_its_chinese_readable_in_the_database(scratch: sa.Engine, session: Session) -> None:
    say(session, 1)
    raw = session.scalar(sa.select(sa.cast(sa.type_coerce(TABLE.c.said, sa.Text), sa.Text)))
    assert "家长" in str(raw)


@pytest.mark.sqlite
def test_sqlite_runs_with_foreign_keys_and_a_write_ahead_log(session: Session) -> None:
    names = ("foreign_keys", "journal_mode", "synchronous", "busy_timeout")
    assert [session.scalar(sa.text(f"PRAGMA {name}")) for name in names] == [1, "wal", 1, 5000]


@pytest.mark.postgresql
def test_postgresql_speaks_utc(session: Session) -> None:
    assert session.scalar(sa.text("SHOW TimeZone")) == "UTC"


def test_counting_statements_leaves_out_begin_and_commit(engine: sa.Engine, session: Session, count_statements) -> None:  # type: ignore[no-untyped-def]
    with count_statements(engine) as statements:
        session.execute(sa.text("SELECT 1"))
        session.commit()
        reading(session).execute(sa.text("SELECT 2"))
    assert statements.texts == ["SELECT 1", "SELECT 2"]
