"""Whoever runs the installation is told that reminders have stopped, by web hook and mail, and of nobody's child."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from sqlalchemy.orm import Session

from backend import alarms
from backend.clock import FrozenClock
from backend.settings import Settings, SettingsError
from mobile_api import worker_watch
from mobile_api.app import create_app
from notifications.channels.base import Outcome, Result
from notifications.worker import Worker
from tests.cast import Cast
from tests.notifications.evening import FakeChannel, put_endpoint, put_sheet
from tests.notifications.test_delivery import SUBMITTED

KEY = "k" * 32
MAIL = {"NIGHTSHEET_SMTP_HOST": "127.0.0.1", "NIGHTSHEET_MAIL_FROM": "sheet@school.example"}
MAIL |= {"NIGHTSHEET_SMTP_SECURITY": "none", "NIGHTSHEET_ALARM_MAIL": "it@school.example"}
#: Kept before anybody puts another in its place.
RealThread = threading.Thread
pytestmark = pytest.mark.sqlite


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Alarms are told in the test's own thread."""

    class AtOnce:
        def __init__(self, *, target: Callable[..., None], args: tuple[Any, ...], daemon: bool) -> None:
            assert daemon, "an alarm keeps no process from ending"
            self.start = lambda: target(*args)

    monkeypatch.setattr(alarms.threading, "Thread", AtOnce)


@pytest.fixture
def told() -> Iterator[list[dict[str, Any]]]:
    """What alarms say, heard at the root of the log."""
    heard: list[dict[str, Any]] = []
    handler = alarms.AlarmHandler([lambda said: heard.append(dict(said))], installation="https://school.example")
    logging.getLogger().addHandler(handler)
    yield heard
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def hook() -> Iterator[tuple[str, list[Any]]]:
    """A web hook on this machine; ``/moved`` sends elsewhere, ``/garbled`` speaks no HTTP."""
    got: list[Any] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            if self.path == "/garbled":
                self.wfile.write(b"what\r\n\r\n")
                return
            got.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            self.send_response(307 if self.path == "/moved" else 204)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Hook)
    thread = RealThread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", got
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_dead_worker_is_told_once_with_the_minutes(
    database_url: str, clock: FrozenClock, told: list[dict[str, Any]]
) -> None:
    settings = Settings.from_env({"DATABASE_URL": database_url, "NIGHTSHEET_SECRET_KEY": KEY})
    watch = create_app(settings, clock=clock).extensions[worker_watch.NAME]
    clock.advance(minutes=11)
    watch.look()
    watch.look()
    (said,) = told
    assert said.items() >= {"alarm": "worker_dead", "of": "https://school.example", "minutes": None}.items()


def test_a_refused_channel_is_told_by_its_name_and_of_no_child(
    session: Session, cast: Cast, make_worker: Callable[..., Worker], told: list[dict[str, Any]]
) -> None:
    put_sheet(session, cast, cast.ada, **SUBMITTED)
    put_endpoint(session, cast.mother, "phone")
    session.commit()
    channel = FakeChannel(answer=lambda _: Outcome(Result.BROKEN, error_code="credentials"))
    worker = make_worker(channel)
    worker.tick()
    worker.deliver()
    (said,) = told
    assert said.keys() == {"alarm", "says", "at", "of", "channel"}
    assert (said["alarm"], said["channel"]) == ("channel_broken", "fake")


def test_the_same_is_told_once_an_hour_and_each_channel_by_itself() -> None:
    heard, at = [], [0.0]
    handler = alarms.AlarmHandler([lambda said: heard.append(said["channel"])], installation="", now=lambda: at[0])
    for seconds, channel in ((0.0, "sms"), (3599.0, "sms"), (3599.0, "email"), (3600.0, "sms")):
        at[0] = seconds
        record = logging.makeLogRecord(
            {"msg": "refused", "levelno": logging.CRITICAL, "alarm": "x", "channel": channel}
        )
        handler.handle(record)
    assert heard == ["sms", "email", "sms"]


def test_other_lines_of_the_log_are_no_alarms(told: list[dict[str, Any]]) -> None:
    logging.getLogger("anybody").critical("the disk is full")
    logging.getLogger("anybody").error("almost", extra={"alarm": "worker_dead"})
    assert told == []


def test_a_web_hook_gets_the_alarm_as_json_and_is_not_followed_elsewhere(
    hook: tuple[str, list[Any]], caplog: pytest.LogCaptureFixture
) -> None:
    url, got = hook
    record = logging.makeLogRecord({"msg": "it is dead", "levelno": logging.CRITICAL, "alarm": "worker_dead"})
    for path in ("/hook", "/moved"):
        alarms.AlarmHandler([alarms.to_url(url + path)], installation="https://school.example").handle(record)
    assert [path for path, _ in got] == ["/hook", "/moved"]
    assert got[0][1].items() >= {"alarm": "worker_dead", "says": "it is dead"}.items()
    assert [each.problem for each in caplog.records if each.name == "backend.alarms"] == ["HTTPError"]


@pytest.mark.parametrize("path", ["/garbled", "/a secret with spaces", "/密"])
def test_a_hook_that_cannot_be_asked_or_understood_keeps_the_letter_from_nobody_and_is_not_written_down(
    hook: tuple[str, list[Any]], caplog: pytest.LogCaptureFixture, path: str
) -> None:
    heard: list[Any] = []
    ways = [alarms.to_url(hook[0] + path), heard.append]
    record = logging.makeLogRecord({"msg": "it is dead", "levelno": logging.CRITICAL, "alarm": "worker_dead"})
    alarms.AlarmHandler(ways, installation="https://school.example").handle(record)
    assert len(heard) == 1
    (line,) = [each for each in caplog.records if each.name == "backend.alarms"]
    assert path not in line.getMessage() + str(vars(line).get("problem")) + str(line.exc_text)


def test_a_letter_goes_over_the_schools_mail_server(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []

    class Server:
        def __init__(self, host: str, port: int, timeout: float) -> None:
            assert (host, port, timeout) == ("127.0.0.1", 587, alarms.TIMEOUT_SECONDS)

        def __enter__(self) -> Server:
            return self

        def __exit__(self, *_: object) -> None:
            """Nothing is held."""

        send_message = sent.append

    monkeypatch.setattr(alarms.smtplib, "SMTP", Server)
    handler = alarms.install(Settings.from_env(MAIL))
    assert handler is not None
    logging.getLogger().removeHandler(handler)
    handler.handle(logging.makeLogRecord({"msg": "it is dead", "levelno": logging.CRITICAL, "alarm": "worker_dead"}))
    (letter,) = sent
    assert (letter["To"], letter["From"]) == ("it@school.example", "sheet@school.example")
    assert "alarm: worker_dead" in letter.get_content()


def test_without_a_setting_nobody_is_told_and_half_a_setting_is_refused() -> None:
    assert alarms.install(Settings.from_env({})) is None
    with pytest.raises(SettingsError, match="NIGHTSHEET_ALARM_MAIL needs NIGHTSHEET_SMTP_HOST"):
        Settings.from_env({"NIGHTSHEET_ALARM_MAIL": "it@school.example"})
    with pytest.raises(SettingsError, match="NIGHTSHEET_SMTP_SECURITY"):
        Settings.from_env(MAIL | {"NIGHTSHEET_SMTP_HOST": "mail.school.example"})
    with pytest.raises(SettingsError, match="NIGHTSHEET_ALARM_URL"):
        Settings.from_env({"NIGHTSHEET_ALARM_URL": "http://somewhere.example"})
