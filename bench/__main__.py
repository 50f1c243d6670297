"""`make bench`: PUT entry, POST sync of 20 and GET night against their floors, on SQLite and PostgreSQL.

Whole WSGI calls in one process and one thread, ours and the floor's in turn, so that what else the machine does touches
both alike. Printed are medians in microseconds and the ratio floor / ours: 1 would be free of cost, higher is better.
"""

import datetime as dt
import io
import json
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from backend.clock import FrozenClock
from backend.settings import Settings
from backend.storage.engine import build_engine
from bench.floors import floor_app, new_entry_id
from bench.night import NIGHT, NOW, publish
from mobile_api.app import create_app
from mobile_api.transaction import db
from tests.cast import the_cast
from tests.databases import Databases, NoPostgres, PostgresDatabases, SqliteDatabases

ROUNDS, PER_ROUND = 9, 60
Call = Callable[[], None]


def main() -> int:
    """Run on every database there is; 0 always: a benchmark informs, it does not judge."""
    for name, databases in sources():
        url = databases.fresh(with_cast=True)
        try:
            report(name, url)
        finally:
            databases.drop(url)
            databases.stop()
    return 0


def sources() -> Iterator[tuple[str, Databases]]:
    """SQLite, and PostgreSQL where its programs are."""
    with tempfile.TemporaryDirectory() as folder:
        yield "SQLite", SqliteDatabases(Path(folder))
    try:
        yield "PostgreSQL", PostgresDatabases(durable=True)
    except NoPostgres as error:
        sys.stdout.write(f"PostgreSQL is left out: {error}\n")


def report(name: str, url: str) -> None:
    """One database's three lines."""
    engine = build_engine(url, pool_size=2)
    assignments = publish(engine)
    settings = Settings.from_env({"DATABASE_URL": url, "NIGHTSHEET_SECRET_KEY": "x" * 32})
    app = create_app(settings, clock=FrozenClock(NOW))
    with statements_of(app) as captured:
        get_night(app)()
    floor = floor_app(engine, captured)
    sys.stdout.write(f"\n{name}: median microseconds a request, {ROUNDS} rounds of {PER_ROUND}\n")
    pairs = (
        ("PUT entry", put_entry(app, assignments), put_floor(floor, assignments)),
        ("POST sync of 20", sync(app, assignments), sync_floor(floor, assignments)),
        ("GET night of 20", get_night(app), get_floor(floor)),
    )
    for label, ours, base in pairs:
        line(label, *compare(ours, base))
    engine.dispose()
    with app.app_context():
        db.engine.dispose()


def compare(ours: Call, base: Call) -> tuple[float, float, float, float]:
    """Medians of wall and of processor time a call, in microseconds: (ours, floor, ours cpu, floor cpu)."""
    for call in (ours, base):
        call()
    figures: dict[str, list[float]] = {"ours": [], "base": [], "ours cpu": [], "base cpu": []}
    for _ in range(ROUNDS):
        for label, call in (("ours", ours), ("base", base)):
            wall, cpu = timed(call)
            figures[label].append(wall)
            figures[f"{label} cpu"].append(cpu)
    medians = {label: statistics.median(values) for label, values in figures.items()}
    return medians["ours"], medians["base"], medians["ours cpu"], medians["base cpu"]


def timed(call: Call) -> tuple[float, float]:
    """Microseconds of wall and processor time a call."""
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(PER_ROUND):
        call()
    return (time.perf_counter() - wall) / PER_ROUND * 1e6, (time.process_time() - cpu) / PER_ROUND * 1e6


def line(label: str, ours: float, base: float, ours_cpu: float, base_cpu: float) -> None:
    """One line of the table."""
    sys.stdout.write(
        f"  {label:<16} ours {ours:8.0f}   floor {base:8.0f}   floor/ours {base / ours:5.2f}   "
        f"processor: ours {ours_cpu:8.0f}   floor {base_cpu:8.0f}   ours/floor {ours_cpu / base_cpu:5.2f}\n"
    )


# --- calls ----------------------------------------------------------------------------------------------------------


def wsgi(app: Flask, method: str, path: str, body: Any = None) -> None:
    """One whole WSGI call; raises unless it succeeds."""
    data = b"" if body is None else json.dumps(body).encode()
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(data)),
        "HTTP_AUTHORIZATION": f"Bearer {the_cast().ada.token}",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(data),
        "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    statuses: list[str] = []
    answer = app.wsgi_app(environ, lambda status, _headers, _error=None: statuses.append(status) or _write)
    text = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    if not statuses[0].startswith("2"):
        raise RuntimeError(f"{method} {path}: {statuses[0]} {text.decode()[:500]}")


def _write(_data: bytes) -> None:
    """WSGI's old way of writing, which nobody uses."""


def entry(assignment_id: uuid.UUID, minute: int, revision: int) -> dict[str, Any]:
    """The body of an entry of ten minutes."""
    start = NOW - dt.timedelta(minutes=60 - minute % 50)
    segment = {
        "started_at": start.isoformat(),
        "finished_at": (start + dt.timedelta(minutes=10)).isoformat(),
        "source": "typed",
        "clock": "ok",
    }
    return {
        "base_version": None,
        "installation_id": str(uuid.UUID(int=7)),
        "revision": revision,
        "assignment_id": str(assignment_id),
        "outcome": "finished",
        "segments": [segment],
    }


def put_entry(app: Flask, assignments: list[uuid.UUID]) -> Call:
    """Writes six entries of one night again and again, as phones do."""
    student, turn = the_cast().ada.id, [0]
    ids = [new_entry_id() for _ in range(6)]

    def call() -> None:
        turn[0] += 1
        path = f"/api/v1/students/{student}/nights/{NIGHT}/entries/{ids[turn[0] % 6]}"
        wsgi(app, "PUT", path, entry(assignments[turn[0] % len(assignments)], turn[0], turn[0]))

    return call


def put_floor(app: Flask, assignments: list[uuid.UUID]) -> Call:
    """One raw insert a call."""

    def call() -> None:
        path = f"/students/{the_cast().ada.id}/nights/{NIGHT}/entries/{new_entry_id()}"
        wsgi(app, "PUT", path, entry(assignments[0], 1, 1))

    return call


def batch(assignments: list[uuid.UUID], ids: list[str], revision: int) -> dict[str, Any]:
    """Twenty entries of one night."""
    shared = {"kind": "entry", "student_id": str(the_cast().ada.id), "night": NIGHT.isoformat()}
    changes = [
        shared | {"id": entry_id} | entry(assignments[n % len(assignments)], n, revision)
        for n, entry_id in enumerate(ids)
    ]
    return {"installation_id": str(uuid.UUID(int=7)), "sent_at": NOW.isoformat(), "changes": changes}


def sync(app: Flask, assignments: list[uuid.UUID]) -> Call:
    """The same twenty entries, each time with a new revision."""
    ids, turn = [new_entry_id() for _ in range(20)], [0]

    def call() -> None:
        turn[0] += 1
        wsgi(app, "POST", "/api/v1/sync", batch(assignments, ids, turn[0]))

    return call


def sync_floor(app: Flask, assignments: list[uuid.UUID]) -> Call:
    """Twenty rows in one raw statement."""
    return lambda: wsgi(app, "POST", "/sync", batch(assignments, [new_entry_id() for _ in range(20)], 1))


def get_night(app: Flask) -> Call:
    """The night as a document."""
    return lambda: wsgi(app, "GET", f"/api/v1/students/{the_cast().ada.id}/nights/{NIGHT}")


def get_floor(app: Flask) -> Call:
    """The same statements, their rows dumped as they are."""
    return lambda: wsgi(app, "GET", "/night")


@contextmanager
def statements_of(app: Flask) -> Iterator[list[tuple[str, Any]]]:
    """The statements an application executes meanwhile, with parameters."""
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _k: Any, statement: str, parameters: Any, _x: Any, _m: Any) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            seen.append((statement, parameters))

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(engine, "before_cursor_execute", note)


if __name__ == "__main__":
    sys.exit(main())
