"""INSERT … ON CONFLICT for both databases: SQLAlchemy keeps one class for each, the statements want one name."""

from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session


def insert_for(session: Session, table: Any) -> Any:
    """An insert that knows ``on_conflict_do_nothing`` and ``on_conflict_do_update`` on the session's database."""
    return insert_of(session.get_bind().dialect.name, table)


def insert_of(dialect: str, table: Any) -> Any:
    """The same for a statement that is built once, by the database's name."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def insert_or_replace(session: Session, model: Any, rows: list[dict[str, Any]]) -> None:
    """Insert rows; where the primary key exists, every other given column takes the new value."""
    if not rows:
        return
    statement = insert_for(session, model).values(rows)
    keys = [column.name for column in sa.inspect(model).primary_key]
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed))


def insert_or_ignore(session: Session, model: Any, rows: list[dict[str, Any]]) -> None:
    """Insert rows; those whose primary key exists stay as they are."""
    if rows:
        session.execute(insert_for(session, model).values(rows).on_conflict_do_nothing())


@lru_cache(maxsize=64)
def upsert_of(
    dialect: str, table: Any, columns: tuple[str, ...], *, compared: str | None = None, source: Any = None
) -> Any:
    """The upsert of one row of a table, built once and executed with rows as parameters.

    All ``columns`` but the primary key take the new value. With ``compared``, only while that column has the value of
    the parameter ``compared_value``, and the primary key comes back when it had: compare-and-swap in one statement.
    With ``source``, a SELECT of ``columns``, the row is what that brings: nothing, and nothing is saved.
    """
    statement: Any = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    if source is not None:
        statement = statement.from_select(columns, source, include_defaults=False)
    keys = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in columns if name not in keys}
    if compared is None:
        return statement.on_conflict_do_update(index_elements=keys, set_=changed)
    column = table.c[compared]
    unchanged = column == sa.bindparam("compared_value", type_=column.type)
    swap = statement.on_conflict_do_update(index_elements=keys, set_=changed, where=unchanged)
    return swap.returning(*table.primary_key)
