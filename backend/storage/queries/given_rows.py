"""Rows handed to a statement as one parameter: a chunk is one statement, however many rows it has.

JSON, because both databases read it (``json_each``, ``json_to_recordset``) and a statement is then built once for any
number. For small chunks of keys and outcomes; what is loaded in bulk belongs in an INSERT of many values.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

PARAMETER = "given"


def given_rows(dialect: str, **columns: Any) -> sa.FromClause:
    """The rows of the parameter `PARAMETER` (`given_text`) as a table of these columns, each with its type."""
    if dialect == "sqlite":
        each = sa.func.json_each(sa.bindparam(PARAMETER, type_=sa.Text)).table_valued("value", name="each_given")
        parts = (
            sa.type_coerce(sa.func.json_extract(each.c.value, f"$.{name}"), kind).label(name)
            for name, kind in columns.items()
        )
        return sa.select(*parts).subquery(PARAMETER)
    document = sa.cast(sa.bindparam(PARAMETER, type_=sa.Text), postgresql.JSON)
    listed = (sa.column(name, kind) for name, kind in columns.items())
    return sa.func.json_to_recordset(document).table_valued(*listed, name=PARAMETER).render_derived(with_types=True)


def given_text(dialect: str, rows: Iterable[Mapping[str, Any]]) -> str:
    """The value of `PARAMETER`: ids and instants as the database keeps them."""
    return json.dumps([dict(row) for row in rows], default=_on_sqlite if dialect == "sqlite" else _on_postgresql)


def _on_sqlite(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    return value.hex if isinstance(value, uuid.UUID) else str(value)


def _on_postgresql(value: Any) -> str:
    return value.isoformat() if isinstance(value, dt.datetime) else str(value)
