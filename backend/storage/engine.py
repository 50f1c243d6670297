"""How a process talks to the database: engine, SQLite's pragmas, sessions, and whether a transaction may write.

Both processes use it. Queries and models do not belong here, nor does committing: that happens once, at the edge.

A transaction writes unless it says otherwise. On SQLite a writing transaction begins with BEGIN IMMEDIATE and waits its
turn up to `BUSY_MILLISECONDS`: one that began by reading and wanted to write later would be refused at once. An edge
that only reads says so before its first statement, `reading(session)`, and then neither waits for writers nor holds
them up; a write inside it is an error on both databases. What is saved by comparing and swapping needs no lock while it
thinks: a session on `locking_late(engine)` takes SQLite's at its first write, and each statement before that sees what
is committed then, as on PostgreSQL.
"""

from __future__ import annotations

import json
import re
import sqlite3
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

BUSY_MILLISECONDS = 5000
#: Requests on the way at once, on top of `pool_size`, before one has to wait for a connection.
POOL_OVERFLOW = 5

#: Made once: `json.dumps` with options of its own makes an encoder at every call.
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_READS_ONLY = "nightsheet_reads_only"
_LOCKS_LATE = "nightsheet_locks_late"
_READS = re.compile(r"\s*(SELECT|BEGIN|PRAGMA|EXPLAIN|WITH(?!.*\b(INSERT|UPDATE|DELETE|REPLACE)\b))\b", re.I | re.S)
_PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}",
    # After a checkpoint the log is cut back to this: one long night of readers must not fill the disk for good.
    f"PRAGMA journal_size_limit = {32 * 1024 * 1024}",
)


def build_engine(url: str | sa.URL, *, pool_size: int = 5) -> sa.Engine:
    """Return an engine with our options and listeners. It connects only when first used."""
    engine = sa.create_engine(url, **engine_options(url, pool_size=pool_size))
    listen(engine)
    return engine


def engine_options(url: str | sa.URL, *, pool_size: int = 5) -> dict[str, Any]:
    """Return the keyword arguments for `create_engine`, for whoever has to call it himself."""
    chosen = sa.make_url(url)
    options: dict[str, Any] = {
        # Chinese stays readable in JSON columns, and half as long.
        "json_serializer": _JSON.encode,
        # What was to be written stays out of errors, and so out of logs and off screens: names are among it.
        "hide_parameters": True,
    }
    if chosen.get_backend_name() == "postgresql":
        # Compiling a reminder's statement to machine code takes seconds, and saves milliseconds: no jit.
        options |= {"connect_args": {"options": "-c timezone=UTC -c jit=off"}, "pool_pre_ping": True}
    if chosen.database not in (None, "", ":memory:"):
        options |= {"pool_size": pool_size, "max_overflow": POOL_OVERFLOW}
    return options


def listen(engine: sa.Engine) -> None:
    """Attach the SQLite listeners to `engine`; nothing is needed on PostgreSQL."""
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _set_pragmas)
        sa.event.listen(engine, "begin", _begin)
        sa.event.listen(engine, "before_cursor_execute", _before_writing)


def locking_late(engine: sa.Engine) -> sa.Engine:
    """The same engine for transactions that lock nothing before they write: for writers that compare and swap."""
    return engine.execution_options(**{_LOCKS_LATE: True})


def session_factory(engine: sa.Engine) -> sessionmaker[Session]:
    """Return a maker of sessions. Loaded rows stay readable after the commit: the edge dumps them then."""
    return sessionmaker(engine, expire_on_commit=False)


def reading(session: Session) -> Session:
    """Begin a transaction that only reads, and return the session.

    Must come before the session's first statement; raises RuntimeError when a transaction has already begun. It lasts
    until the next commit, rollback or close.
    """
    if session.in_transaction():
        raise RuntimeError("reading(session) must come before the first statement of a transaction")
    options: dict[str, Any] = {_READS_ONLY: True}
    if session.get_bind().dialect.name == "postgresql":
        options["postgresql_readonly"] = True
    session.connection(execution_options=options)
    return session


def writing(session: Session) -> Session:
    """Begin a transaction that may write, now rather than at the first statement, and return the session.

    On SQLite this takes the one write lock, so what is read afterwards stays true until the commit. Raises RuntimeError
    inside a transaction that only reads.
    """
    if session.connection().get_execution_options().get(_READS_ONLY):
        raise RuntimeError("this transaction only reads; end it before writing")
    return session


def cut_log(engine: sa.Engine) -> None:
    """After a large transaction: write SQLite's log into the database and cut it to nothing. Elsewhere nothing.

    Where others are reading the log stays, for the next checkpoint.
    """
    if engine.dialect.name == "sqlite":
        raw = engine.raw_connection()
        try:
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            raw.close()


def _set_pragmas(dbapi_connection: Any, _record: object) -> None:
    # Python's driver would begin transactions by itself, late and deferred; `_begin` does it instead.
    dbapi_connection.isolation_level = None
    for pragma in _PRAGMAS:
        dbapi_connection.execute(pragma)


def _begin(connection: sa.Connection) -> None:
    options = connection.get_execution_options()
    if _LOCKS_LATE not in options:
        connection.exec_driver_sql("BEGIN" if options.get(_READS_ONLY) else "BEGIN IMMEDIATE")


def _before_writing(
    connection: sa.Connection, _cursor: object, statement: str, _parameters: object, _context: object, _many: bool
) -> None:
    """A transaction that only reads refuses, one that locks late locks now.

    PostgreSQL does both by itself. SQLite's own switch, ``PRAGMA query_only``, throws every prepared statement away:

    to be read and planned again, the writing path's first costs as much as all the rest of a request's statements.
    """
    options = connection.get_execution_options()
    if not (options.get(_READS_ONLY) or _LOCKS_LATE in options) or _READS.match(statement):
        return
    if options.get(_READS_ONLY):
        refused = sqlite3.OperationalError("attempt to write in a transaction that is readonly")
        raise sa.exc.OperationalError(statement, None, refused)
    if not _driver_of(connection).in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _driver_of(connection: sa.Connection) -> sqlite3.Connection:
    driver: Any = connection.connection.driver_connection
    return driver  # type: ignore[no-any-return]
