"""The product on a loopback port for a real browser: the cast, tonight's homework, and a clock that a test moves.

The browser's clock is Playwright's and the server's is `RunningClock`: both run, and `passes` moves both on.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server

from backend.settings import Settings
from mobile_api.app import create_app
from mobile_api.transaction import db
from tests.cast import START, TONIGHT, Cast, Holder, the_cast

SECRET_KEY = "a secret key that only the tests know, 48 bytes"
HOMEWORK = (
    ("homeroom", "chinese", "抄写第 12 课生字，读课文两遍", 15),
    ("maths_teacher", "maths", "口算第 12 页", 20),
    ("english_teacher", "english", "听读 Unit 4", 15),
)


class RunningClock:
    """Begins where the cast begins, runs as fast as the browser's, and can be moved on."""

    def __init__(self, begins: dt.datetime) -> None:
        self._at = begins
        self._since = time.monotonic()

    def now(self) -> dt.datetime:
        """The present instant, aware and in UTC."""
        return self._at + dt.timedelta(seconds=time.monotonic() - self._since)

    def advance(self, *, minutes: float) -> None:
        """Let time go by."""
        self._at += dt.timedelta(minutes=minutes)


@dataclass
class Served:
    """A running product: its address, its clock, its application."""

    app: Flask
    clock: RunningClock
    cast: Cast
    server: BaseWSGIServer
    refused: list[str] = field(default_factory=list)
    down: bool = False
    turning: threading.Lock = field(default_factory=threading.Lock)
    """Held while the clocks are moved on: a request that came between two of them would find one of them wrong."""

    @property
    def address(self) -> str:
        """Where the browser finds it."""
        return f"http://127.0.0.1:{self.server.server_port}"

    def ask(self, holder: Holder, method: str, path: str, body: Any = None) -> Any:
        """Ask the API as one of the cast, and return the document; raises AssertionError when it refuses."""
        answer = self.app.test_client().open(
            f"/api/v1{path}",
            method=method,
            headers={"Authorization": f"Bearer {holder.token}"},
            **({} if body is None else {"json": body}),
        )
        assert answer.status_code < 300, answer.text
        return answer.json if answer.data else None

    def night(self, night: dt.date = TONIGHT) -> Any:
        """Ada's night as the server has it."""
        return self.ask(self.cast.mother, "GET", f"/students/{self.cast.ada.id}/nights/{night}")


def publish_tonight(served: Served) -> None:
    """Three subjects for Ada's class, fifty minutes in all."""
    for teacher, subject, title, minutes in HOMEWORK:
        publish(served, getattr(served.cast, teacher), subject, title, minutes)


def publish(served: Served, teacher: Holder, subject: str, title: str, minutes: int, night: dt.date = TONIGHT) -> None:
    """One piece of written homework for Ada's class."""
    served.ask(
        teacher,
        "POST",
        f"/classes/{served.cast.class_31.id}/assignments",
        {
            "subject": subject,
            "title": title,
            "given_on": night.isoformat(),
            "due_on": (night + dt.timedelta(days=1)).isoformat(),
            "tiers": [{"tier": "standard", "estimated_minutes": minutes}],
        },
    )


def claim_code(served: Served, child: Holder, guardian: Holder) -> str:
    """A one-time code for a child's own phone, as the guardian's screen makes it."""
    return str(served.ask(guardian, "POST", f"/students/{child.id}/claims")["code"])


@contextmanager
def serving(database_url: str, **variables: str) -> Iterator[Served]:
    """Serve a database that holds the cast until the block ends; ``variables`` are environment variables besides."""
    clock = RunningClock(START)
    settings = Settings.from_env({"DATABASE_URL": database_url, "NIGHTSHEET_SECRET_KEY": SECRET_KEY, **variables})
    app = create_app(settings, clock=clock)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    served = Served(app, clock, the_cast(), server)
    server.app = switchable(served)
    thread = threading.Thread(target=server.serve_forever, name="served", daemon=True)
    thread.start()
    try:
        publish_tonight(served)
        yield served
    finally:
        server.shutdown()
        thread.join(timeout=5)
        server.server_close()
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def switchable(served: Served) -> Any:
    """The application: 503 to the API while `served.down` (a server away for a day), and never between two clocks."""

    def application(environ: Any, start_response: Any) -> Any:
        if served.down and environ["PATH_INFO"].startswith("/api/"):
            start_response("503 Service Unavailable", [("Content-Type", "text/plain")])
            return [b"away"]
        with served.turning:
            pass
        return served.app(environ, start_response)

    return application
