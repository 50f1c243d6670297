"""Which web server runs, what it is told, and what a line of its log holds."""

from __future__ import annotations

import io
import json
import logging
from pathlib import Path

import pytest
from flask import Flask

from backend.logs import configure_logging
from backend.settings import Settings
from mobile_api import server
from mobile_api.server import CannotServe
from tests.api.conftest import SECRET_KEY, Client


@pytest.fixture
def log() -> io.StringIO:
    """What is logged; the root logger is given back afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    configure_logging(stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)


def _lines(log: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_a_request_is_one_line_without_path_query_or_token(app: Flask, settings: Settings, log: io.StringIO) -> None:
    client = Client(server.dressed(app, settings)).as_("a-token-nobody-has")
    child = "0192f0c1-2f4e-7c3a-9b1d-3f5a7c9e1b2d"
    answer = client.get(f"/students/{child}/nights/2026-11-17", secret="in the query")
    (line,) = [each for each in _lines(log) if each["event"] == "request"]
    assert line.keys() >= {"method", "route", "status", "ms", "request_id", "at", "level"}
    assert line["status"] == 401
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert not any(secret in log.getvalue() for secret in (child, "in the query", "a-token-nobody-has", "2026-11-17"))


def test_watching_a_well_server_leaves_no_lines(app: Flask, settings: Settings, log: io.StringIO) -> None:
    Client(server.dressed(app, settings)).get("/healthz")
    assert not [line for line in _lines(log) if line["event"] == "request"]


def test_a_field_that_must_never_be_logged_is_blotted_out(log: io.StringIO) -> None:
    logging.getLogger("nightsheet.test").warning("slip", extra={"password": "hunter2", "telephone": "13800000001"})
    assert "hunter2" not in log.getvalue()
    assert "13800000001" not in log.getvalue()


def test_forwarded_addresses_are_believed_only_from_the_proxies_we_have(database_url: str) -> None:
    env = {"DATABASE_URL": database_url, "NIGHTSHEET_SECRET_KEY": SECRET_KEY}
    for hops, believed in (("0", "127.0.0.1"), ("1", "203.0.113.9")):
        settings = Settings.from_env(env | {"NIGHTSHEET_TRUSTED_PROXIES": hops})
        app = server.dressed(Flask("probe"), settings)
        app.add_url_rule("/who", view_func=lambda: __import__("flask").request.remote_addr)
        answer = app.test_client().get("/who", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.9"})
        assert answer.text == believed


def _with_key(tmp_path: Path, text: str, **more: str) -> Settings:
    pem = tmp_path / "key.pem"
    pem.write_text(text)
    return Settings.from_env({"NIGHTSHEET_TLS_CERT": str(pem), "NIGHTSHEET_TLS_KEY": str(pem)} | more)


def test_waitress_refuses_tls_and_granian_a_key_it_cannot_read(tmp_path: Path) -> None:
    good, old = "-----BEGIN PRIVATE KEY-----\n", "-----BEGIN EC PRIVATE KEY-----\n"
    server.check(_with_key(tmp_path, good))
    with pytest.raises(CannotServe, match="tls_key_form"):
        server.check(_with_key(tmp_path, old))
    with pytest.raises(CannotServe, match="waitress_has_no_tls"):
        server.check(_with_key(tmp_path, good, NIGHTSHEET_SERVER="waitress"))


def test_waitress_takes_over_where_granian_cannot_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings.from_env({})
    assert server.chosen(settings) == "granian"
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert server.chosen(settings) == "waitress"


def test_several_web_processes_count_together_in_an_empty_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    env = {"NIGHTSHEET_INSTANCE": str(tmp_path)}
    server.share_metrics(Settings.from_env(env))
    assert not (tmp_path / "metrics").exists()
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "counter_1.db").touch()
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "elsewhere")
    server.share_metrics(Settings.from_env(env | {"NIGHTSHEET_WORKERS": "2"}))
    assert not list((tmp_path / "metrics").iterdir())
