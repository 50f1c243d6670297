"""SQL that SQLite and PostgreSQL spell differently, for calendars and lists: shifted dates, JSON lists.

The same for instants, ids and objects is `portable`.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from backend.storage.base import Document

FRIDAY = 5


class days_later(FunctionElement[dt.date]):  # noqa: N801 - reads as the SQL function that it is
    """A date moved by whole days: ``days_later(column, sa.literal(-1))``."""

    type = sa.Date()
    inherit_cache = True
    name = "days_later"


@compiles(days_later, "sqlite")
def _days_later_sqlite(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    day, days = (compiler.process(part, **kw) for part in element.clauses)
    return f"date({day}, ({days}) || ' days')"


@compiles(days_later, "postgresql")
def _days_later_postgresql(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    day, days = (compiler.process(part, **kw) for part in element.clauses)
    return f"({day} + CAST({days} AS integer))"


def on_day(day: Any, days: int) -> sa.ColumnElement[dt.date]:
    """`day` moved by so many days; back where they are below 0."""
    return days_later(day, sa.literal(days, sa.Integer))


class days_between(FunctionElement[int]):  # noqa: N801
    """How many days the second date is after the first."""

    type = sa.Integer()
    inherit_cache = True
    name = "days_between"


@compiles(days_between, "sqlite")
def _days_between_sqlite(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    first, second = (compiler.process(part, **kw) for part in element.clauses)
    return f"CAST(julianday({second}) - julianday({first}) AS integer)"


@compiles(days_between, "postgresql")
def _days_between_postgresql(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    first, second = (compiler.process(part, **kw) for part in element.clauses)
    return f"({second} - {first})"


def is_friday(day: Any) -> sa.ColumnElement[bool]:
    """Whether a date is a Friday."""
    return sa.extract("dow", day) == FRIDAY


class json_has(FunctionElement[bool]):  # noqa: N801
    """Whether a JSON list of whole numbers holds one; not true of NULL."""

    type = sa.Boolean()
    inherit_cache = True
    name = "json_has"


@compiles(json_has, "sqlite")
def _json_has_sqlite(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    listed, value = (compiler.process(part, **kw) for part in element.clauses)
    return f"({value} IN (SELECT value FROM json_each({listed})))"  # noqa: S608 - compiled parts


@compiles(json_has, "postgresql")
def _json_has_postgresql(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    listed, value = (compiler.process(part, **kw) for part in element.clauses)
    return f"({listed} @> to_jsonb({value}))"


class json_list(FunctionElement[Any]):  # noqa: N801
    """The values of a group as a JSON list, in no order; NULLs are left out."""

    type = Document
    inherit_cache = True
    name = "json_list"


@compiles(json_list, "sqlite")
def _json_list_sqlite(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    (value,) = (compiler.process(part, **kw) for part in element.clauses)
    return f"json_group_array({value}) FILTER (WHERE {value} IS NOT NULL)"


@compiles(json_list, "postgresql")
def _json_list_postgresql(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    (value,) = (compiler.process(part, **kw) for part in element.clauses)
    return f"coalesce(jsonb_agg({value} ORDER BY {value}) FILTER (WHERE {value} IS NOT NULL), '[]')"
