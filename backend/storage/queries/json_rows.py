"""Rows as JSON inside a statement, alike on SQLite and PostgreSQL, and back again to Python values.

With this one statement can bring a night with all its entries. Nothing about any table belongs here.
"""

import datetime as dt
import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from backend.storage.base import UtcDateTime

Row = dict[str, Any]


class JsonObject(GenericFunction[Any]):
    """``{name: value, …}`` from alternating names and values."""

    name = "nightsheet_json_object"
    type = sa.Text()
    inherit_cache = True


class JsonArray(GenericFunction[Any]):
    """All rows of a group as one array."""

    name = "nightsheet_json_array"
    type = sa.Text()
    inherit_cache = True


class JsonValue(GenericFunction[Any]):
    """A JSON column as a value within the object, not as text to be read a second time."""

    name = "nightsheet_json_value"
    type = sa.types.NullType()
    inherit_cache = True


@compiles(JsonObject, "sqlite")
def _object_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return f"json_object({compiler.process(element.clauses, **kw)})"


@compiles(JsonObject, "postgresql")
def _object_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    return f"json_build_object({compiler.process(element.clauses, **kw)})"


@compiles(JsonValue, "sqlite")
def _value_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return f"json({compiler.process(element.clauses, **kw)})"


@compiles(JsonValue, "postgresql")
def _value_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    return str(compiler.process(element.clauses, **kw))


@compiles(JsonArray, "sqlite")
def _array_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return f"json_group_array(json({compiler.process(element.clauses, **kw)}))"


@compiles(JsonArray, "postgresql")
def _array_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    return f"CAST(coalesce(json_agg({compiler.process(element.clauses, **kw)}), '[]') AS text)"


def json_array(columns: Iterable[sa.ColumnElement[Any]], *where: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:
    """A scalar subquery: the matching rows of one table as a JSON array of objects, in no order."""
    listed = list(columns)
    parts: list[Any] = []
    for column in listed:
        plain = sa.type_coerce(column, sa.types.NullType())
        value = JsonValue(plain) if isinstance(column.type, sa.JSON) else plain
        parts += [sa.literal_column(f"'{column.key}'"), value]
    return sa.select(JsonArray(JsonObject(*parts))).select_from(listed[0].table).where(*where).scalar_subquery()


def rows_of(text: str | None, columns: Iterable[sa.ColumnElement[Any]]) -> list[Row]:
    """The objects of such an array as rows with Python values."""
    if text is None:
        return []
    readers = _readers(tuple(columns))
    rows: list[Row] = json.loads(text)
    for row in rows:
        for key, read in readers:
            if row[key] is not None:
                row[key] = read(row[key])
    return rows


@cache
def _readers(columns: tuple[sa.ColumnElement[Any], ...]) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    """How to read those columns that JSON does not bring as they are."""
    readers = ((str(column.key), _reader(column.type)) for column in columns)
    return tuple((key, read) for key, read in readers if read is not _same)


def prefixed(table: sa.FromClause, prefix: str) -> list[sa.Label[Any]]:
    """A table's columns labelled ``prefix_name``, for a statement that joins several."""
    return [column.label(f"{prefix}_{column.key}") for column in table.columns]


def unprefixed(row: Mapping[str, Any], table: sa.FromClause, prefix: str, present: str) -> Row | None:
    """The part of a row that such labels brought; None when its ``present`` column is null."""
    if row[f"{prefix}_{present}"] is None:
        return None
    return {str(column.key): row[f"{prefix}_{column.key}"] for column in table.columns}


@dataclass(frozen=True)
class Part:
    """Where one table's columns stand in the rows of a statement that joins several."""

    keys: tuple[str, ...]
    begins: int
    present: int

    def of(self, row: Sequence[Any]) -> Row | None:
        """That table's row; None when there is none."""
        if row[self.present] is None:
            return None
        return dict(zip(self.keys, row[self.begins : self.begins + len(self.keys)], strict=True))


def parts_of(statement: Any, tables: Mapping[str, tuple[sa.FromClause, str]]) -> tuple[Part, ...]:
    """Where the columns that `prefixed` labelled stand: by prefix a table, and which column is null without a row."""
    names = [column.name for column in statement.selected_columns]
    return tuple(
        Part(
            tuple(str(c.key) for c in table.columns),
            names.index(f"{prefix}_{next(iter(table.columns)).key}"),
            names.index(f"{prefix}_{present}"),
        )
        for prefix, (table, present) in tables.items()
    )


@cache
def _reader(kind: sa.types.TypeEngine[Any]) -> Callable[[Any], Any]:
    if isinstance(kind, UtcDateTime):
        return _instant
    if isinstance(kind, sa.Enum):
        # As the column type itself writes them: a member's name is not always what is stored.
        return dict(zip(kind.enums, kind.enum_class or (), strict=True)).__getitem__
    for of, reader in _READERS:
        if isinstance(kind, of):
            return reader
    return _same


#: The rows of one night name the same school, student, class and people again and again.
uuid_of = lru_cache(maxsize=4096)(uuid.UUID)

_READERS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (sa.Uuid, uuid_of),
    (sa.Date, dt.date.fromisoformat),
    (sa.Time, dt.time.fromisoformat),
    (sa.Boolean, bool),
)


def _same(value: Any) -> Any:
    return value


def _instant(value: str) -> dt.datetime:
    instant = dt.datetime.fromisoformat(value)
    return instant.replace(tzinfo=dt.UTC) if instant.tzinfo is None else instant.astimezone(dt.UTC)
