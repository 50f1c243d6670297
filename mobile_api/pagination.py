"""Cursor pages over a two-column key ``(sort, id)``: no row is dropped on ties, none is counted with OFFSET."""

import base64
import binascii
import datetime as dt
import json
import uuid
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from backend.domain.errors import FieldProblem, Invalid

Row = TypeVar("Row")
LARGEST_PAGE = 100


def encode(sort: str, row_id: str) -> str:
    """An opaque cursor that names the last row of a page."""
    return base64.urlsafe_b64encode(json.dumps([sort, row_id]).encode()).decode().rstrip("=")


def decode(cursor: str | None) -> tuple[str, str] | None:
    """The ``(sort, id)`` of a cursor; raises ``Invalid`` for one that we did not make."""
    if cursor is None:
        return None
    try:
        sort, row_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, TypeError, UnicodeError):
        sort = row_id = None
    if not isinstance(sort, str) or not isinstance(row_id, str):
        raise Invalid("that cursor is not one of ours", fields=(FieldProblem("cursor", "unknown_cursor"),))
    return sort, row_id


def decode_instant(cursor: str | None) -> tuple[dt.datetime, uuid.UUID] | None:
    """The ``(instant, id)`` of a cursor over a list by time; raises ``Invalid`` for one that we did not make."""
    named = decode(cursor)
    if named is None:
        return None
    try:
        at, row_id = dt.datetime.fromisoformat(named[0]), uuid.UUID(named[1])
        if at.tzinfo is not None:
            return at, row_id
    except ValueError:
        pass
    raise Invalid("that cursor is not one of ours", fields=(FieldProblem("cursor", "unknown_cursor"),))


def page(rows: Sequence[Row], limit: int, key: Callable[[Row], tuple[str, str]]) -> dict[str, Any]:
    """``{items, next_cursor}`` of rows fetched with ``limit + 1``."""
    items = list(rows[:limit])
    more = len(rows) > limit
    return {"items": items, "next_cursor": encode(*key(items[-1])) if more and items else None}
