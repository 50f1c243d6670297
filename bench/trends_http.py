"""A class's term by subject over HTTP: our route against bare Flask with the raw SQL behind it, whole WSGI calls."""

import datetime as dt
import io
import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask import Flask, Response

from backend.clock import FrozenClock
from backend.settings import Settings
from bench.processor import processor_of
from bench.trends_by_hand import BY_HAND
from bench.trends_data import id_of
from mobile_api import figure_answers
from mobile_api.app import create_app
from mobile_api.transaction import db
from tests.cast import START, TONIGHT, the_cast

LABEL = "class by subject"
NOW = START + dt.timedelta(hours=13)
Call = Callable[[], Any]


def over_http(url: str, engine: sa.Engine, rounds: int, first: dt.date) -> None:
    """Three lines: with nothing remembered, given again, and unchanged."""
    settings = Settings.from_env({"DATABASE_URL": url, "NIGHTSHEET_SECRET_KEY": "x" * 32})
    app = create_app(settings, clock=FrozenClock(NOW))
    path, query = f"/api/v1/classes/{id_of(0)}/trends", f"by=subject&from={first}&to={TONIGHT}"
    etag = dict(wsgi(app, path, query)[1])["ETag"]

    def forgetting() -> None:
        figure_answers.install(app)
        wsgi(app, path, query)

    calls: dict[str, Call] = {
        "raw": _raw(engine, first),
        "read": forgetting,
        "again": lambda: wsgi(app, path, query),
        "unchanged": lambda: wsgi(app, path, query, etag),
    }
    for call in calls.values():
        call()
    processor = processor_of(engine)
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            took[name].append(_timed(call, processor))
    medians = {name: [statistics.median(each[at] for each in of) for at in (0, 1)] for name, of in took.items()}
    for name in ("read", "again", "unchanged"):
        (wall, spent), (raw_wall, raw_spent) = medians[name], medians["raw"]
        sys.stdout.write(
            f"  {LABEL} over HTTP, {name:<10} ours {wall:8.2f}   raw {raw_wall:8.2f}   raw/ours {raw_wall / wall:6.1f}"
            f"   processor: ours {spent:8.2f}   raw {raw_spent:8.2f}   raw/ours {raw_spent / spent:6.1f}\n"
        )
    with app.app_context():
        db.engine.dispose()


def _timed(call: Call, processor: Call, times: int = 5) -> tuple[float, float]:
    """Milliseconds of one call: of the clock, and of processors, the database's included."""
    start, spent = time.perf_counter(), processor()
    for _ in range(times):
        call()
    return (time.perf_counter() - start) / times * 1e3, (processor() - spent) / times * 1e3


def _raw(engine: sa.Engine, first: dt.date) -> Call:
    """Bare Flask, no sign-in: the statement's rows as JSON."""
    app = Flask("floor")
    is_sqlite = engine.dialect.name == "sqlite"
    school, class_id = the_cast().shiyan.id, id_of(0)
    asked: dict[str, Any] = {"first": first, "last": TONIGHT, "school": school, "classes": [class_id]}
    if is_sqlite:
        asked |= {"school": school.hex, "classes": json.dumps([class_id.hex])}
    statement = sa.text(BY_HAND[engine.dialect.name][LABEL])

    @app.route("/trend")
    def trend() -> Response:
        with engine.connect() as connection:
            rows = [list(row) for row in connection.execute(statement, asked)]
        return Response(json.dumps(rows, default=float), mimetype="application/json")

    return lambda: wsgi(app, "/trend", "")


def wsgi(app: Flask, path: str, query: str, etag: str = "") -> tuple[str, list[tuple[str, str]]]:
    """One whole WSGI call; raises unless it succeeds."""
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_AUTHORIZATION": f"Bearer {the_cast().homeroom.token}",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(b""),
        "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if etag:
        environ["HTTP_IF_NONE_MATCH"] = etag
    started: list[Any] = []

    def begin(*given: Any) -> Callable[[bytes], None]:
        started.extend(given)
        return _write

    answer = app.wsgi_app(environ, begin)
    text = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    if started[0][:3] != ("304" if etag else "200"):
        raise RuntimeError(f"{path}: {started[0]} {text.decode()[:500]}")
    return started[0], started[1]


def _write(_data: bytes) -> None:
    """WSGI's old way of writing, which nobody uses."""
