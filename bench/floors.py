"""The floors: bare Flask and raw SQL, committed, without sign-in, checks or figures: the least a write costs."""

import json
import threading
import uuid
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask import Flask, Response, request

Run = Callable[[str, Any], list[Any]]

CREATE = (
    "CREATE TABLE IF NOT EXISTS floor_entries (student TEXT, id TEXT, night TEXT, outcome TEXT, segments TEXT, "
    "revision INTEGER, PRIMARY KEY (student, id))"
)
INSERT = "INSERT INTO floor_entries (student, id, night, outcome, segments, revision) VALUES ({marks})"


class Raw:
    """One raw connection a thread: statements and commits with nothing between."""

    def __init__(self, engine: sa.Engine) -> None:
        """Create the floor's table."""
        self._engine = engine
        self._local = threading.local()
        self.is_sqlite = engine.dialect.name == "sqlite"
        self.run(CREATE)
        self.commit()

    @property
    def connection(self) -> Any:
        """This thread's DBAPI connection."""
        if not hasattr(self._local, "connection"):
            self._local.connection = self._engine.raw_connection()
        return self._local.connection

    def begin(self) -> None:
        """SQLite's driver is told to leave transactions to us; PostgreSQL's begins by itself."""
        if self.is_sqlite:
            self.connection.cursor().execute("BEGIN IMMEDIATE")

    def run(self, statement: str, parameters: Any = ()) -> list[Any]:
        """Execute one statement; rows, if it brings any."""
        cursor = self.connection.cursor()
        cursor.execute(statement, parameters)
        return list(cursor.fetchall()) if cursor.description else []

    def commit(self) -> None:
        """End the transaction."""
        if not self.is_sqlite:
            self.connection.commit()
        elif self.connection.dbapi_connection.in_transaction:
            self.connection.cursor().execute("COMMIT")


def _row(student: str, night: str, entry_id: str, body: dict[str, Any]) -> tuple[Any, ...]:
    return student, entry_id, night, body["outcome"], json.dumps(body["segments"]), body["revision"]


def floor_app(engine: sa.Engine, captured: list[tuple[str, Any]]) -> Flask:
    """The floor of each benchmarked route. ``captured`` are the statements of our own GET with their parameters."""
    app, raw = Flask("floor"), Raw(engine)
    mark = "?" if raw.is_sqlite else "%s"
    insert = INSERT.format(marks=", ".join([mark] * 6))

    @app.put("/students/<student>/nights/<night>/entries/<entry_id>")
    def put(student: str, night: str, entry_id: str) -> Response:
        raw.begin()
        raw.run(insert, _row(student, night, entry_id, request.get_json()))
        raw.commit()
        return Response('{"ok":true}', mimetype="application/json")

    @app.post("/sync")
    def sync() -> Response:
        rows = [_row(c["student_id"], c["night"], c["id"], c) for c in request.get_json()["changes"]]
        raw.begin()
        _insert_all(raw, insert, rows)
        raw.commit()
        return Response('{"ok":true}', mimetype="application/json")

    @app.get("/night")
    def night() -> Response:
        found = [[list(row) for row in raw.run(statement, parameters)] for statement, parameters in captured]
        raw.commit()
        return Response(json.dumps(found, default=str), mimetype="application/json")

    return app


def _insert_all(raw: Raw, insert: str, rows: list[tuple[Any, ...]]) -> None:
    if raw.is_sqlite:
        raw.connection.cursor().executemany(insert, rows)
        return
    kinds = ("text", "text", "text", "text", "text", "int")
    unnest = ", ".join(f"%s::{kind}[]" for kind in kinds)
    columns = [list(column) for column in zip(*rows, strict=True)]
    raw.run(INSERT.replace("VALUES ({marks})", f"SELECT * FROM unnest({unnest})"), columns)  # noqa: S608 - kinds of ours


def new_entry_id() -> str:
    """A phone's own id."""
    return str(uuid.uuid4())
