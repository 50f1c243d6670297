"""Statements that are made ready once: they say what SQLAlchemy's own execution says, and fail as it fails."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
import sqlalchemy as sa

from backend.domain.load import Place
from backend.storage.base import Document, UtcDateTime, enum_column
from backend.storage.queries.prepared import Prepared, any_of, length_for, listed
from tests.databases import Statements

Counting = Callable[..., AbstractContextManager[Statements]]
TABLE = sa.Table(
    "prepared_scratch",
    sa.MetaData(),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("at", UtcDateTime),
    sa.Column("place", enum_column(Place)),
    sa.Column("said", Document),
    sa.Column("seen", sa.Boolean),
    sa.Column("night", sa.Date),
)
NOON = dt.datetime(2026, 11, 23, 4, 0, 0, 250000, tzinfo=dt.UTC)
COLUMNS = tuple(TABLE.c.keys())
INSERT = Prepared(lambda _database: sa.insert(TABLE), COLUMNS)
READ = Prepared(lambda _database: sa.select(TABLE).where(any_of(TABLE.c.id, "id", 8)).order_by(TABLE.c.id))


def row(number: int, **changed: Any) -> dict[str, Any]:
    """A row with a value of each kind."""
    kinds: dict[str, Any] = {"at": NOON, "place": Place.school, "said": {"家长": [1, None]}, "seen": True}
    return {"id": uuid.UUID(int=number), "night": dt.date(2026, 11, 23)} | kinds | changed


def ids(*numbers: int) -> list[uuid.UUID]:
    return [uuid.UUID(int=number) for number in numbers]


def among(*numbers: int) -> dict[str, Any]:
    """These ids as the parameters of a list of eight."""
    return listed("id", ids(*numbers), 8)


@pytest.fixture
def connection(engine: sa.Engine) -> Iterator[sa.Connection]:
    TABLE.create(engine)
    with engine.begin() as connected:
        yield connected


def test_rows_are_written_and_read_as_by_the_engine(connection: sa.Connection) -> None:
    empty = row(3, at=None, place=None, said=None, seen=None, night=None)
    INSERT.run(connection, [row(1)])
    INSERT.run(connection, [row(2), empty])
    INSERT.run(connection, [])
    plain = [tuple(each) for each in connection.execute(sa.select(TABLE).order_by(TABLE.c.id))]
    assert plain == [tuple(each[name] for name in COLUMNS) for each in (row(1), row(2), empty)]
    assert READ.rows(connection, among(1, 2, 3)) == plain


@pytest.mark.parametrize(("wanted", "found"), [([], []), ([2], [2]), ([1, 3, 9], [1, 3])])
def test_a_list_is_filled_up_with_what_equals_nothing(
    connection: sa.Connection, wanted: list[int], found: list[int]
) -> None:
    INSERT.run(connection, [row(1), row(2), row(3)])
    assert [each[0] for each in READ.rows(connection, among(*wanted))] == ids(*found)


@pytest.mark.sqlite
def test_lists_have_few_lengths_and_an_end() -> None:
    assert [length_for(ids(*range(n))) for n in (0, 1, 2, 8, 9, 500)] == [1, 1, 8, 8, 32, 500]
    with pytest.raises(ValueError, match="more ids"):
        length_for(ids(*range(8001)))


def test_a_value_that_the_statement_brings_itself_goes_with_it(connection: sa.Connection) -> None:
    INSERT.run(connection, [row(1), row(2, place=Place.home)])
    at_home = Prepared(lambda _database: sa.select(TABLE.c.id).where(TABLE.c.place == Place.home))
    assert at_home.rows(connection, {}) == [(uuid.UUID(int=2),)]


def test_who_counts_statements_counts_these(connection: sa.Connection, count_statements: Counting) -> None:
    with count_statements(connection.engine) as statements:
        INSERT.run(connection, [row(1), row(2)])
        READ.rows(connection, among(1))
    assert [text.split()[0] for text in statements.texts] == ["INSERT", "SELECT"]


def test_a_drivers_error_comes_out_as_sqlalchemys_and_without_the_values(engine: sa.Engine) -> None:
    TABLE.create(engine)
    with engine.begin() as connection:
        INSERT.run(connection, [row(1)])
    with engine.connect() as connection, pytest.raises(sa.exc.IntegrityError) as caught:
        INSERT.run(connection, [row(1, said={"name": "Ada"})])
    assert "Ada" not in str(caught.value)
    assert caught.value.params is None


def test_a_statement_whose_text_depends_on_its_values_is_refused(connection: sa.Connection) -> None:
    listed = Prepared(
        lambda _database: sa.select(TABLE.c.id).where(TABLE.c.id.in_(sa.bindparam("ids", expanding=True)))
    )
    with pytest.raises(ValueError, match="one text"):
        listed.rows(connection, {"ids": ids(1)})
