"""`nightsheet doctor`: a line a check, a remedy where something is wrong, exit code 1 when anything is."""

from __future__ import annotations

import datetime as dt
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import Result
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.storage.models import School, WorkerLease

Call = Callable[..., Result]


class Healthz(BaseHTTPRequestHandler):
    """Whoever stands at the address that phones are given."""

    answer = b'{"status":"ok"}'

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" else 404)
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(autouse=True)
def address(env: dict[str, str]) -> Iterator[type[Healthz]]:
    """The address that phones are given, with somebody there who answers as `address.answer` says."""
    there = type("There", (Healthz,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), there) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        env["NIGHTSHEET_PUBLIC_URL"] = f"http://127.0.0.1:{server.server_port}"
        yield there
        server.shutdown()
        thread.join()


@pytest.fixture
def ticking(session: Session, clock: FrozenClock) -> None:
    """A worker that ticked a minute ago."""
    at = clock.now() - dt.timedelta(minutes=1)
    session.add(WorkerLease(name="ticker", holder="here", until=at, ticked_at=at))
    session.commit()


def test_a_sound_installation_is_well(call: Call, school: str, ticking: None) -> None:
    answer = call("doctor")
    assert "✗" not in answer.stdout
    assert answer.exit_code == 0


def _wrong(answer: Result) -> list[str]:
    assert answer.exit_code == 1
    return [line for line in answer.stdout.splitlines() if line.startswith("✗")]


def test_a_silent_worker_is_found(call: Call, school: str, ticking: None, clock: FrozenClock) -> None:
    clock.advance(minutes=4)
    (line,) = _wrong(call("doctor"))
    assert "nightsheet worker" in line


def test_an_address_without_https_is_found(call: Call, school: str, ticking: None) -> None:
    (line,) = _wrong(call("doctor", NIGHTSHEET_PUBLIC_URL="http://school.example"))
    assert "HTTPS" in line


def test_an_address_where_nobody_answers_is_found(call: Call, school: str, ticking: None) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else answers there meanwhile
        (line,) = _wrong(call("doctor", NIGHTSHEET_PUBLIC_URL=f"http://127.0.0.1:{taken.getsockname()[1]}"))
    assert "nightsheet serve" in line
    assert "refused" in line


@pytest.mark.parametrize("answer", [b"<h1>It works!</h1>", b'{"status":"up"}', b""])
def test_an_address_where_somebody_else_answers_is_found(
    call: Call, school: str, ticking: None, address: type[Healthz], answer: bytes
) -> None:
    address.answer = answer
    (line,) = _wrong(call("doctor"))
    assert "does not answer this machine as Nightsheet" in line


def test_a_missing_secret_key_is_found(call: Call, school: str, ticking: None) -> None:
    (line,) = _wrong(call("doctor", NIGHTSHEET_SECRET_KEY=""))
    assert "openssl rand -hex 32" in line


def test_an_instance_folder_open_to_others_is_found(call: Call, school: str, ticking: None, folder: Path) -> None:
    (folder / "instance").mkdir(mode=0o755)
    (line,) = _wrong(call("doctor"))
    assert "chmod" in line


def test_a_real_school_whose_reminders_only_reach_the_log_is_found(call: Call, school: str, ticking: None) -> None:
    call("school", "set", "--slug", school, "--channels", "")
    (line,) = _wrong(call("doctor", NIGHTSHEET_CHANNELS="console,inbox"))
    assert "school set --slug yucai" in line
    call("school", "set", "--slug", school, "--channels", "inbox")
    assert call("doctor", NIGHTSHEET_CHANNELS="console,inbox").exit_code == 0


def test_what_the_preset_names_and_nobody_has_turned_on_is_no_fault_and_what_a_school_chose_is(
    call: Call, school: str, ticking: None
) -> None:
    assert call("doctor", NIGHTSHEET_CHANNELS="inbox").exit_code == 0
    call("school", "set", "--slug", school, "--channels", "sms,inbox")
    (line,) = _wrong(call("doctor", NIGHTSHEET_CHANNELS="inbox"))
    assert "sms" in line


def test_the_demonstration_may_print_its_reminders(call: Call, school: str, ticking: None, session: Session) -> None:
    session.execute(sa.update(School).values(is_demonstration=True, channels=[]))
    session.commit()
    assert call("doctor", NIGHTSHEET_CHANNELS="console,inbox").exit_code == 0


def test_a_calendar_that_ends_soon_is_found(call: Call, school: str, ticking: None, clock: FrozenClock) -> None:
    clock.advance(days=260)
    lines = _wrong(call("doctor"))
    assert any("calendar" in line and "yucai" in line for line in lines)


def test_a_key_that_granian_cannot_read_is_found(call: Call, school: str, ticking: None, folder: Path) -> None:
    key = folder / "key.pem"
    key.write_text("-----BEGIN RSA PRIVATE KEY-----\n")
    (line,) = _wrong(call("doctor", NIGHTSHEET_TLS_CERT=str(key), NIGHTSHEET_TLS_KEY=str(key)))
    assert "pkcs8" in line


def test_an_unreachable_database_is_found_and_nothing_is_made(call: Call, folder: Path) -> None:
    lines = _wrong(call("doctor", DATABASE_URL=f"sqlite:///{folder / 'nowhere.db'}"))
    assert any("db upgrade" in line for line in lines)
    assert not (folder / "nowhere.db").exists()


def test_an_installation_without_a_school_is_told_how_to_make_one(call: Call, ticking: None) -> None:
    (line,) = _wrong(call("doctor"))
    assert "school create" in line
