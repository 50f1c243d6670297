"""Which web server runs the application, and how: the one file that knows.

granian is the server; waitress is the quiet fallback where granian cannot be imported, or when NIGHTSHEET_SERVER says
so. What the application does is `mobile_api.app`; `nightsheet serve` calls `serve`.
"""

import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from backend import alarms
from backend.logs import configure_logging
from backend.settings import Settings
from mobile_api import request_log
from mobile_api.app import create_app

TARGET = "mobile_api.server:app_from_environment"
BACKLOG = 1024
#: Requests under way are given this long to end before a web process is killed.
KILL_SECONDS = 10


class CannotServe(Exception):
    """The chosen server cannot do what the settings ask; ``code`` is worded by the command."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def app_from_environment() -> Flask:
    """The application of a web process, from its environment; the servers import and call this."""
    settings = Settings.from_env(os.environ)
    configure_logging()
    alarms.install(settings)
    return dressed(create_app(settings), settings)


def dressed(app: Flask, settings: Settings) -> Flask:
    """The application with what only a real server needs: a line in the log per request, and its proxies believed."""
    request_log.install(app)
    hops = settings.trusted_proxies
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def chosen(settings: Settings) -> str:
    """``granian`` or ``waitress``: the one named, or waitress where granian cannot be imported."""
    if settings.server == "granian" and importlib.util.find_spec("granian") is None:
        return "waitress"
    return settings.server


def check(settings: Settings) -> None:
    """Raise CannotServe for what would otherwise fail in a web process, without a word."""
    if settings.tls_key is not None and chosen(settings) == "waitress":
        raise CannotServe("waitress_has_no_tls")
    if settings.tls_key is not None and not is_pkcs8(settings.tls_key):
        raise CannotServe("tls_key_form")


def is_pkcs8(key: Path) -> bool:
    """Whether a PEM key begins as granian can read it: ``BEGIN PRIVATE KEY``, not RSA's or EC's own form."""
    return b"-----BEGIN PRIVATE KEY-----" in key.read_bytes()


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or Ctrl-C. The schema was checked before; nothing here migrates."""
    check(settings)
    # Web processes read the environment again: hand on what the command found elsewhere.
    os.environ["NIGHTSHEET_SECRET_KEY"] = settings.required_secret_key()
    configure_logging()
    share_metrics(settings)
    {"granian": with_granian, "waitress": with_waitress}[chosen(settings)](settings)


def share_metrics(settings: Settings) -> None:
    """With several web processes, let them count together in a folder that begins empty."""
    if settings.workers > 1 and chosen(settings) == "granian":
        folder = settings.instance / "metrics"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for file in folder.glob("*.db"):
            file.unlink(missing_ok=True)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder.absolute())


def with_granian(settings: Settings) -> None:
    """Web processes with threads; a process that dies is replaced, and each thread has a connection of its own."""
    from granian.constants import Interfaces
    from granian.server import Server

    Server(
        TARGET,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=settings.workers,
        blocking_threads=settings.threads,
        backlog=BACKLOG,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=KILL_SECONDS,
        log_dictconfig=granian_logging(),
        **tls(settings),
    ).serve()


def tls(settings: Settings) -> dict[str, Any]:
    """granian's arguments for TLS; phones some years old speak 1.2 only."""
    if settings.tls_cert is None:
        return {}
    from granian.constants import SSLProtocols

    return {"ssl_cert": settings.tls_cert, "ssl_key": settings.tls_key, "ssl_protocol_min": SSLProtocols.tls12}


def granian_logging() -> dict[str, Any]:
    """granian's own few lines as JSON on standard error, like ours."""
    return {
        "formatters": {
            "generic": {"()": "backend.logs.json_formatter"},
            "access": {"()": "backend.logs.json_formatter"},
        },
        "handlers": {
            name: {"formatter": "generic", "class": "logging.StreamHandler", "stream": "ext://sys.stderr"}
            for name in ("console", "access")
        },
    }


def with_waitress(settings: Settings) -> None:
    """One process with threads, in this one."""
    from waitress.server import create_server

    server = create_server(
        app_from_environment(), host=settings.host, port=settings.port, threads=settings.threads, ident="Nightsheet"
    )
    try:
        server.run()
    except (KeyboardInterrupt, SystemExit):
        server.close()
        sys.stderr.flush()
