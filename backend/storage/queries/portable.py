"""SQL that SQLite and PostgreSQL spell differently, under one name: new ids, shifted instants, JSON objects.

Only expressions which set-based statements need. What can be said in plain SQLAlchemy does not belong here.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from backend.storage.base import Document, UtcDateTime


class new_uuid7(FunctionElement[uuid.UUID]):  # noqa: N801 - reads as the SQL function that it is
    """A UUIDv7 for each row of an INSERT … SELECT, stored as ``sa.Uuid`` stores it.

    Takes the twelve hexadecimal digits of the milliseconds (`uuid7_prefix`); the rest is random.
    """

    type = sa.Uuid(as_uuid=True)
    inherit_cache = True
    name = "new_uuid7"


def uuid7_prefix(at: dt.datetime) -> str:
    """The first twelve hexadecimal digits of a UUIDv7 made at `at`."""
    return f"{int(at.timestamp() * 1000):012x}"


@compiles(new_uuid7, "sqlite")
def _new_uuid7_sqlite(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    prefix = compiler.process(element.clauses, **kw)
    variant = "substr('89ab', 1 + (random() & 3), 1)"
    three, fifteen = (f"lower(substr(hex(randomblob({size})), 2))" for size in (2, 8))
    return f"({prefix} || '7' || {three} || {variant} || {fifteen})"


@compiles(new_uuid7, "postgresql")
def _new_uuid7_postgresql(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    prefix = compiler.process(element.clauses, **kw)
    # gen_random_uuid() makes version 4: version and time are replaced, the variant stays.
    return f"CAST({prefix} || '7' || substr(replace(CAST(gen_random_uuid() AS text), '-', ''), 14) AS uuid)"


class shifted(FunctionElement[dt.datetime]):  # noqa: N801
    """An instant moved by whole seconds: ``shifted(column, sa.literal(-1800))``. NULL stays NULL."""

    type = UtcDateTime()
    inherit_cache = True
    name = "shifted"


@compiles(shifted, "sqlite")
def _shifted_sqlite(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    at, seconds = (compiler.process(part, **kw) for part in element.clauses)
    # Written as SQLAlchemy writes instants, so that comparing as text is comparing in time.
    return f"strftime('%Y-%m-%d %H:%M:%S.000000', {at}, ({seconds}) || ' seconds')"


@compiles(shifted, "postgresql")
def _shifted_postgresql(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    at, seconds = (compiler.process(part, **kw) for part in element.clauses)
    return f"({at} + make_interval(secs => {seconds}))"


def moved(at: Any, by: dt.timedelta) -> sa.ColumnElement[Any]:
    """`at` moved by a duration, to the second."""
    return shifted(at, sa.literal(int(by.total_seconds()), sa.Integer))


def earlier(first: Any, second: Any) -> sa.ColumnElement[Any]:
    """The earlier of two instants; the second where the first is NULL."""
    return sa.case((first < second, first), else_=second)


class json_of(FunctionElement[Any]):  # noqa: N801
    """A JSON object of names and values in turn: ``json_of("cap_minutes", column)``."""

    type = Document
    inherit_cache = True
    name = "json_of"

    def __init__(self, **parts: Any) -> None:
        """Take the object's members as keyword arguments."""
        pairs: list[Any] = []
        for name, value in parts.items():
            pairs += [sa.literal_column(f"'{name}'"), value]
        super().__init__(*pairs)


@compiles(json_of, "sqlite")
def _json_of_sqlite(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_object({compiler.process(element.clauses, **kw)})"


@compiles(json_of, "postgresql")
def _json_of_postgresql(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    return f"jsonb_build_object({compiler.process(element.clauses, **kw)})"
