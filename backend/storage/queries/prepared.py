"""Statements made ready once and then run straight on the driver: the few that every evening is made of.

They are SQLAlchemy's, written like all others. Spared is what its engine does anew at each execution, which costs a
small statement several times what the database needs for it. Listeners hear of them as of any other, and the driver's
errors come out as SQLAlchemy's. What a statement says is not known here.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from backend.storage.queries.json_rows import uuid_of

Convert = Callable[[Any], Any]
Fetched = tuple[Any, ...]


class Prepared:
    """One statement, compiled at its first execution on each kind of database.

    ``build`` is given the database's name; ``columns`` are those of an INSERT that is run with rows.
    """

    def __init__(self, build: Callable[[str], Any], columns: Sequence[str] | None = None) -> None:
        self._build, self._columns = build, columns
        self._ready: dict[str, _Ready] = {}

    def rows(self, connection: sa.Connection, parameters: Mapping[str, Any]) -> list[Fetched]:
        """Execute with these parameters; all rows, values as Python knows them."""
        ready = self._of(connection)
        cursor = _executed(connection, ready, ready.values_of(parameters))
        found: list[Fetched] = cursor.fetchall()
        return [ready.read(row) for row in found]

    def run(self, connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute once a row; nothing comes back."""
        ready = self._of(connection)
        listed = [ready.values_of(row) for row in rows]
        if len(listed) == 1:
            _executed(connection, ready, listed[0])
        elif listed:
            _executed(connection, ready, listed, many=True)

    def _of(self, connection: sa.Connection) -> "_Ready":
        name = connection.dialect.name
        if name not in self._ready:
            self._ready[name] = _made_ready(self._build(name), connection.dialect, self._columns)
        return self._ready[name]


@dataclass(frozen=True)
class _Ready:
    """A compiled statement: its text, where each parameter comes from, what its rows have to be read by."""

    text: str
    sent: str | bytes
    """The text as the driver takes it soonest: psycopg looks a statement up by its bytes."""
    sources: tuple[tuple[str, Convert | None], ...]
    fixed: dict[str, Any]
    readers: tuple[tuple[int, Convert], ...]

    def values_of(self, parameters: Mapping[str, Any]) -> list[Any]:
        """What the driver is given, in its order."""
        given = {**self.fixed, **parameters} if self.fixed else parameters
        return [given[name] if write is None else write(given[name]) for name, write in self.sources]

    def read(self, row: Fetched) -> Fetched:
        """A row with Python's values."""
        values = list(row)
        for index, reader in self.readers:
            if values[index] is not None:
                values[index] = reader(values[index])
        return tuple(values)


def _made_ready(statement: Any, dialect: sa.Dialect, columns: Sequence[str] | None) -> _Ready:
    compiled = statement.compile(dialect=_positional(dialect), column_keys=columns)
    if compiled.post_compile_params:
        raise ValueError("a prepared statement has one text: use any_of for lists")
    names: list[str] = compiled.positiontup
    kinds = {name: compiled.binds[name].type.dialect_impl(dialect) for name in names}
    fixed = {name: compiled.binds[name].value for name in names if compiled.binds[name].value is not None}
    text = str(compiled)
    return _Ready(
        text=text,
        sent=text if dialect.name == "sqlite" else text.encode(),
        sources=tuple((name, kinds[name].bind_processor(dialect)) for name in names),
        fixed=fixed,
        readers=tuple(_readers(statement, dialect)),
    )


def _positional(dialect: sa.Dialect) -> sa.Dialect:
    """The same database with parameters by position, as both drivers take them without looking through the text."""
    if dialect.name == "sqlite":
        return dialect
    kind: Any = type(dialect)
    of_positions: sa.Dialect = kind(paramstyle="numeric_dollar")
    return of_positions


def _readers(statement: Any, dialect: sa.Dialect) -> list[tuple[int, Convert]]:
    columns = getattr(statement, "exported_columns", ())
    found = ((n, _reader(column.type, dialect)) for n, column in enumerate(columns))
    return [(n, reader) for n, reader in found if reader is not None]


def _reader(kind: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> Convert | None:
    reader = kind.dialect_impl(dialect).result_processor(dialect, None)
    # SQLite brings ids as text, the same ones in many columns; from PostgreSQL they come as they are.
    return uuid_of if reader is not None and isinstance(kind, sa.Uuid) else reader


def _executed(connection: sa.Connection, ready: _Ready, values: Any, *, many: bool = False) -> Any:
    for listener in connection.engine.dispatch.before_cursor_execute:
        listener(connection, None, ready.text, values, None, many)
    cursor = _cursor(connection)
    try:
        (cursor.executemany if many else cursor.execute)(ready.sent, values)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _told(connection, cursor, ready.text, error) from error
    return cursor


def _cursor(connection: sa.Connection) -> Any:
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        return driver.cursor()
    from psycopg import RawCursor

    return RawCursor(driver)


def _told(connection: sa.Connection, cursor: Any, text: str, error: Any) -> BaseException:
    """The driver's error as SQLAlchemy would raise it, without the values; a connection that is lost is given up."""
    dialect = connection.dialect
    lost = dialect.is_disconnect(error, connection.connection, cursor)
    if lost:
        connection.invalidate(error)
    base: Any = dialect.loaded_dbapi.Error
    told: BaseException = sa.exc.DBAPIError.instance(
        text, None, error, base, connection_invalidated=lost, dialect=dialect
    )
    return told


# --- lists ----------------------------------------------------------------------------------------------------------

#: Lists are filled up to one of these lengths, so that few texts are made ready. The longest: a phone's two months.
LENGTHS = (1, 8, 32, 128, 500, 2000, 8000)


def any_of(column: Any, name: str, length: int) -> sa.ColumnElement[bool]:
    """``column`` is one of the ids of a list of this length, given by `listed`.

    A parameter each: in a list that is one parameter SQLite sees no more than "some", and reads the whole school.
    """
    found: sa.ColumnElement[bool] = column.in_([sa.bindparam(f"{name}_{n}", type_=sa.Uuid()) for n in range(length)])
    return found


def length_for(ids: Sequence[uuid.UUID]) -> int:
    """The length to which these ids are filled up; raises ``ValueError`` for more than anybody may ask."""
    if len(ids) > LENGTHS[-1]:
        raise ValueError("more ids than one statement takes")
    return next(length for length in LENGTHS if len(ids) <= length)


def listed(name: str, ids: Sequence[uuid.UUID], length: int) -> dict[str, uuid.UUID | None]:
    """The parameters of such a list; what it is filled up with is equal to nothing."""
    filled = [*ids, *[None] * (length - len(ids))]
    return {f"{name}_{n}": each for n, each in enumerate(filled)}
