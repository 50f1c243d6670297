"""`nightsheet run`, `serve` and `worker` as processes: ports, secrets, restarts, signals. Real processes, sparingly."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import Result

from backend.commands import supervision
from backend.commands.supervision import Child, Hopeless, Supervisor
from backend.storage.engine import build_engine

Call = Callable[..., Result]
ROOT = Path(__file__).parents[2]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _processes() -> dict[int, int]:
    """Every process that has not ended, with its parent."""
    listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True).stdout
    rows = (line.split(None, 2) for line in listing.splitlines())
    return {int(pid): int(parent) for pid, parent, state in rows if not state.startswith("Z")}


def _alive(pid: int) -> bool:
    return pid in _processes()


def _eventually(truth: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if truth():
            return True
        time.sleep(0.1)
    return False


def test_a_taken_port_is_refused_in_one_sentence_before_anything_starts(call: Call, folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = call("run", NIGHTSHEET_PORT=str(port))
    assert answer.exit_code == 1
    assert str(port) in answer.stderr
    assert len(answer.stderr.splitlines()) == 1
    assert not (folder / "instance" / "logs").exists()


def test_an_address_of_another_machine_is_refused(call: Call) -> None:
    answer = call("run", NIGHTSHEET_HOST="192.0.2.1")
    assert answer.exit_code == 1
    assert "NIGHTSHEET_HOST" in answer.stderr


@contextlib.contextmanager
def _running(folder: Path, *arguments: str, **changed: str) -> Iterator[subprocess.Popen[bytes]]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("NIGHTSHEET", "DATABASE"))}
    env |= {"LANG": "en_US.UTF-8", "PYTHONPATH": str(ROOT)} | changed
    log = (folder / "out.txt").open("ab")
    process = subprocess.Popen(
        [sys.executable, "-m", "nightsheet", *arguments], cwd=folder, env=env, stdout=log, stderr=log
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        log.close()


def _children(pid: int) -> list[int]:
    processes = _processes()
    found = [child for child, parent in processes.items() if parent == pid]
    for child in found:
        found += [each for each, parent in processes.items() if parent == child]
    return found


def _real_school(call: Call) -> None:
    assert call("school", "create", "--slug", "yucai", "--name", "育才", "--system", "six-three").exit_code == 0


@pytest.mark.sqlite
def test_run_serves_makes_its_secret_once_and_ends_its_children_at_sigterm(
    call: Call, database_url: str, folder: Path
) -> None:
    _real_school(call)  # so that no demonstration has to be loaded
    port = _free_port()
    kept = None
    for _ in range(2):
        with _running(folder, "run", DATABASE_URL=database_url, NIGHTSHEET_PORT=str(port)) as process:
            said = folder / "out.txt"
            assert _eventually(lambda said=said: b"Ctrl-C" in said.read_bytes()), said.read_text()
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer:
                assert answer.status == 200
            secret = folder / "instance" / "secret_key"
            assert stat.S_IMODE(secret.stat().st_mode) == 0o600
            assert stat.S_IMODE(secret.parent.stat().st_mode) == 0o700
            assert kept in {None, secret.read_text()}
            kept = secret.read_text()
            children = _children(process.pid)
            assert len(children) >= 2
            process.send_signal(signal.SIGTERM)
            assert process.wait(25) == 0
            assert not [pid for pid in children if _alive(pid)]
        said.write_bytes(b"")


@pytest.mark.sqlite
def test_serve_ends_when_its_supervisor_is_killed(call: Call, database_url: str, folder: Path) -> None:
    _real_school(call)
    port = _free_port()
    with _running(folder, "run", DATABASE_URL=database_url, NIGHTSHEET_PORT=str(port)) as process:
        said = folder / "out.txt"
        assert _eventually(lambda: b"Ctrl-C" in said.read_bytes()), said.read_text()
        children = _children(process.pid)
        process.kill()
        process.wait()
        assert _eventually(lambda: not [pid for pid in children if _alive(pid)])


class _Waiting(Supervisor):
    """Starts a script in place of `nightsheet`."""

    def __init__(self, folder: Path, script: str, died: Callable[[str, int, float], None]) -> None:
        super().__init__({}, folder, died=died)
        self._script = script

    def _spawn(self, child: Child) -> None:
        child.process = subprocess.Popen([sys.executable, "-c", self._script], stdin=subprocess.PIPE)
        child.started_at = time.monotonic()


def test_a_child_that_dies_is_started_again_after_growing_pauses_until_it_is_hopeless(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "FIRST_PAUSE", 0.01)
    deaths: list[tuple[int, float]] = []
    supervisor = _Waiting(folder / "logs", "raise SystemExit(3)", lambda _, code, pause: deaths.append((code, pause)))
    supervisor.start("worker")
    with pytest.raises(Hopeless) as hopeless:
        supervisor.watch()
    supervisor.stop()
    assert hopeless.value.code == 3
    assert deaths == [(3, 0.01), (3, 0.02), (3, 0.04), (3, 0.08)]


def test_a_child_that_does_not_listen_is_killed_by_its_id(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "GRACE", 0.5)
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    supervisor = _Waiting(folder / "logs", deaf, lambda *_: None)
    child = supervisor.start("serve")
    assert child.process is not None
    pid = child.process.pid
    time.sleep(0.3)
    supervisor.stop()
    assert not _alive(pid)


def test_stopping_ends_the_watch(folder: Path) -> None:
    supervisor = _Waiting(folder / "logs", "import time; time.sleep(60)", lambda *_: None)
    supervisor.start("serve")
    threading.Timer(0.3, supervisor.stopping.set).start()
    supervisor.watch()
    supervisor.stop()


def test_a_log_is_readable_by_its_owner_only_and_put_aside_when_large(folder: Path) -> None:
    path = folder / "serve.log"
    with supervision.open_log(path) as log:
        log.write(b"x" * 5_000_001)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with supervision.open_log(path) as log:
        log.write(b"new\n")
    assert supervision.last_lines(path) == ["new"]
    assert path.with_suffix(".log.old").stat().st_size == 5_000_001


@pytest.mark.sqlite
def test_serve_as_a_process_refuses_an_old_schema(call: Call, database_url: str, folder: Path) -> None:
    engine = build_engine(database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'older'"))
    engine.dispose()
    with _running(folder, "serve", DATABASE_URL=database_url, NIGHTSHEET_SECRET_KEY="k" * 32) as process:
        assert process.wait(20) == 1
    assert "nightsheet db upgrade" in (folder / "out.txt").read_text()
