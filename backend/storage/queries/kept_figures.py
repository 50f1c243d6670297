"""Figures of classes kept added up, read by the ten thousand and written: as they stand, and as they were fixed.

Documents come as text and are parsed together, and only those parts that were asked for: most of what is kept of a
class's night is not in most charts. What figures are added up from, and what has changed since, is `trends`.
"""

import datetime as dt
import json
import uuid
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.storage.models import FigurePass, FrozenFigure, RolledUpFigure
from backend.storage.queries.prepared import Prepared
from backend.storage.queries.upsert import insert_of, upsert_of

Key = tuple[uuid.UUID, dt.date]
#: Where in the document of figures something stands; the empty path is all of it.
Path = tuple[str, ...]
WHOLE: tuple[Path, ...] = ((),)


class Kept(NamedTuple):
    """One class over one stretch as it is kept; ``mark`` is the stamp, or of frozen figures how many were enrolled.

    ``parts`` are the parts of the document of figures that were asked for, in that order.
    """

    class_id: uuid.UUID
    until: dt.date
    since: dt.date
    cap_minutes: int | None
    amended: int
    mark: Any
    minutes: list[int]
    parts: list[Any]


def rolled_up(
    session: Session,
    school_id: uuid.UUID,
    class_ids: Sequence[uuid.UUID],
    first: dt.date,
    last: dt.date,
    *,
    paths: tuple[Path, ...] = (),
) -> list[Kept]:
    """Figures as they stand, of stretches that end between two dates, by class and date."""
    return _kept(session, RolledUpFigure, "stamp", school_id, class_ids, first, last, paths)


def frozen(
    session: Session,
    school_id: uuid.UUID,
    class_ids: Sequence[uuid.UUID],
    first: dt.date,
    last: dt.date,
    *,
    paths: tuple[Path, ...] = (),
) -> list[Kept]:
    """Frozen figures likewise."""
    return _kept(session, FrozenFigure, "enrolled", school_id, class_ids, first, last, paths)


def _kept(
    session: Session,
    model: Any,
    mark: str,
    school_id: uuid.UUID,
    class_ids: Sequence[uuid.UUID],
    first: dt.date,
    last: dt.date,
    paths: tuple[Path, ...],
) -> list[Kept]:
    asked = {"school": school_id, "classes": class_ids_asked(class_ids), "first": first, "last": last}
    if len(class_ids) == 1:
        rows: Sequence[Any] = _reading_one(model, mark, paths).rows(session.connection(), asked)
    else:
        rows = session.connection().execute(_statement(model, mark, paths, False), asked).all()
    classes = {name: each for each in class_ids for name in (each, each.hex)}
    days: dict[Any, dt.date] = {}
    texts = [_parsed(column) for column in list(zip(*rows, strict=True))[6:]]
    return [
        Kept(classes[row[0]], _day(row[1], days), _day(row[2], days), row[3], row[4], row[5], found[0], list(found[1:]))
        for row, found in zip(rows, zip(*texts, strict=True), strict=True)
    ]


def _day(value: Any, days: dict[Any, dt.date]) -> dt.date:
    """A date as it is, or from SQLite's text; the few there are are made once."""
    if value not in days:
        days[value] = dt.date.fromisoformat(value) if isinstance(value, str) else value
    return days[value]


def _parsed(texts: Sequence[str | None]) -> list[Any]:
    """Many documents in one go; what is not there is None."""
    found: list[Any] = json.loads(f"[{','.join(text or 'null' for text in texts)}]")
    return found


@lru_cache(maxsize=32)
def _reading_one(model: Any, mark: str, paths: tuple[Path, ...]) -> Prepared:
    return Prepared(lambda _dialect: _statement(model, mark, paths, True))


@lru_cache(maxsize=32)
def _statement(model: Any, mark: str, paths: tuple[Path, ...], one: bool) -> Any:
    texts = [sa.cast(model.minutes, sa.Text).label("minutes")]
    texts += [
        sa.cast(model.figures[path] if path else model.figures, sa.Text).label(f"part_{at}")
        for at, path in enumerate(paths)
    ]
    plain = [_plain(model.class_id), _plain(model.until), _plain(model.since)]
    return (
        sa.select(*plain, model.cap_minutes, model.amended, getattr(model, mark), *texts)
        .where(
            model.school_id == sa.bindparam("school"),
            in_classes(model.class_id, one=one),
            model.until >= sa.bindparam("first"),
            model.until <= sa.bindparam("last"),
        )
        .order_by(model.class_id, model.until)
    )


def in_classes(column: Any, *, one: bool) -> Any:
    """A condition on the parameter ``classes`` (`class_ids_asked`): a list is written out anew at every call."""
    if one:
        return column == sa.bindparam("classes", type_=sa.Uuid())
    return column.in_(sa.bindparam("classes", expanding=True))


def class_ids_asked(class_ids: Sequence[uuid.UUID]) -> Any:
    """The parameter of `in_classes`."""
    return class_ids[0] if len(class_ids) == 1 else list(class_ids)


def _plain(column: Any) -> sa.ColumnElement[Any]:
    """A column as the driver gives it (see `trends`)."""
    return sa.type_coerce(column, sa.types.NullType()).label(column.key)


def frozen_with_kept(session: Session, school_id: uuid.UUID, keys: Sequence[Key]) -> list[FrozenFigure]:
    """The frozen figures of some stretches with what a replacement needs."""
    if not keys:
        return []
    statement = sa.select(FrozenFigure).where(
        FrozenFigure.school_id == school_id,
        FrozenFigure.class_id.in_({key[0] for key in keys}),
        FrozenFigure.until.in_({key[1] for key in keys}),
    )
    wanted = set(keys)
    found = session.scalars(statement, execution_options={"populate_existing": True})
    return [row for row in found if (row.class_id, row.until) in wanted]


def frozen_numbers(session: Session, school_id: uuid.UUID) -> dict[dt.date, int]:
    """Of how many classes figures are fixed, by a stretch's last night; from the index alone."""
    statement = (
        sa.select(FrozenFigure.until, sa.func.count())
        .where(FrozenFigure.school_id == school_id)
        .group_by(FrozenFigure.until)
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def frozen_keys(session: Session, school_id: uuid.UUID, ends: Sequence[dt.date]) -> set[Key]:
    """Which classes' figures are fixed of stretches that end on these nights."""
    statement = sa.select(FrozenFigure.class_id, FrozenFigure.until).where(
        FrozenFigure.school_id == school_id, FrozenFigure.until.in_(ends)
    )
    return {(row[0], row[1]) for row in session.execute(statement)}


def freeze(session: Session, rows: list[dict[str, Any]]) -> None:
    """Fix figures for the first time; where another reader was quicker, those stand."""
    if rows:
        session.connection().execute(_freezing(session.get_bind().dialect.name), rows)
        _note_change(session, rows[0]["school_id"])


@lru_cache(maxsize=2)
def _freezing(dialect: str) -> Any:
    return insert_of(dialect, FrozenFigure.__table__).on_conflict_do_nothing()


def keep(session: Session, model: type[FrozenFigure] | type[RolledUpFigure], rows: list[dict[str, Any]]) -> None:
    """Store figures, replacing older ones of the same stretch."""
    if not rows:
        return
    statement = upsert_of(session.get_bind().dialect.name, model.__table__, tuple(rows[0]))
    session.connection().execute(statement, rows)
    if model is FrozenFigure:
        _note_change(session, rows[0]["school_id"])


def _note_change(session: Session, school_id: uuid.UUID) -> None:
    """Give the school's frozen figures a new version: never one that was there before, not even in what was undone."""
    session.connection().execute(_noting(), {"school": school_id, "new": uuid.uuid4().hex})


@lru_cache(maxsize=1)
def _noting() -> Any:
    table: Any = FigurePass.__table__
    return (
        sa.update(table).where(table.c.school_id == sa.bindparam("school")).values(frozen_version=sa.bindparam("new"))
    )
