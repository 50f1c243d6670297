"""Running `serve` and `worker` as children of `run`: started, watched, started again, ended by their process ids.

A child gets Ctrl-C from nobody but us, and ends by itself when we are gone: its standard input is a pipe that closes
with this process, however that ends.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO, Any

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
#: A child that lived this long has recovered: its next death is a first one again.
WELL_AFTER = 60.0
#: Dying this often in a row, each time at once, is not going to mend itself.
HOPELESS_AFTER = 5
#: How long a child may take to end by itself.
GRACE = 15.0
LIFELINE = "NIGHTSHEET_LIFELINE"


@dataclass
class Child:
    """One process that should be running."""

    name: str
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    deaths: int = 0
    again_at: float = field(default=0.0)


class Hopeless(Exception):
    """A child ended again and again; ``child`` says which."""

    def __init__(self, child: Child, code: int) -> None:
        super().__init__(child.name)
        self.child = child
        self.code = code


class Supervisor:
    """Keeps children running until it is told to stop."""

    def __init__(self, env: Mapping[str, str], folder: Path, *, died: Callable[[str, int, float], None]) -> None:
        """``died`` is told a child's name, its exit code and the seconds until it is started again."""
        self._env = {**env, LIFELINE: "1"}
        self._folder = folder
        self._died = died
        self._children: list[Child] = []
        self.stopping = threading.Event()

    def start(self, name: str) -> Child:
        """Start `nightsheet <name>`; its log goes to a file that only the owner reads."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        child = Child(name, self._folder / f"{name}.log")
        self._children.append(child)
        self._spawn(child)
        return child

    def _spawn(self, child: Child) -> None:
        with open_log(child.log) as log:
            child.process = subprocess.Popen(  # noqa: S603 - our own command, no shell
                [sys.executable, "-m", "nightsheet", child.name],
                env=self._env,
                stdin=subprocess.PIPE,
                stderr=log,
                **own_group(),
            )
        child.started_at = time.monotonic()

    def watch(self) -> None:
        """Start again what dies, with growing pauses, until ``stopping`` is set. Raises Hopeless."""
        while not self.stopping.wait(0.2):
            for child in self._children:
                self._look_after(child)

    def _look_after(self, child: Child) -> None:
        if child.process is None:
            if time.monotonic() >= child.again_at:
                self._spawn(child)
            return
        code = child.process.poll()
        if code is None:
            return
        child.deaths = 1 if time.monotonic() - child.started_at > WELL_AFTER else child.deaths + 1
        release(child)
        if child.deaths >= HOPELESS_AFTER:
            raise Hopeless(child, code)
        pause = min(FIRST_PAUSE * 2 ** (child.deaths - 1), LONGEST_PAUSE)
        child.again_at = time.monotonic() + pause
        self._died(child.name, code, pause)

    def stop(self) -> None:
        """End every child by its own process id: asked first, killed after a while."""
        self.stopping.set()
        running = [child.process for child in self._children if child.process is not None]
        for process in running:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        deadline = time.monotonic() + GRACE
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for child in self._children:
            release(child)


def release(child: Child) -> None:
    """Close what is left of an ended process."""
    if child.process is not None and child.process.stdin is not None:
        child.process.stdin.close()
    child.process = None


def own_group() -> dict[str, Any]:
    """A process group of the child's own, so that the terminal's Ctrl-C reaches only us."""
    if os.name == "nt":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}  # type: ignore[attr-defined,unused-ignore]
    return {"start_new_session": True}


@contextlib.contextmanager
def open_log(path: Path) -> Iterator[IO[bytes]]:
    """A log file to append to, readable by the owner only; one that has grown large is put aside once."""
    if path.exists() and path.stat().st_size > 5_000_000:
        path.replace(path.with_suffix(".log.old"))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "ab") as file:
        yield file


@contextlib.contextmanager
def stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call ``stop`` at Ctrl-C, SIGTERM or a closed terminal, instead of ending at once."""

    def handler(_number: int, _frame: FrameType | None) -> None:
        stop()

    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), handler) for name in names}
    try:
        yield
    finally:
        for name, old in before.items():
            signal.signal(getattr(signal, name), old)


def hold_lifeline(env: Mapping[str, str]) -> None:
    """In a child: end in good order when the parent is gone and the pipe to it closes."""
    if env.get(LIFELINE):
        threading.Thread(target=_wait_for_the_end, daemon=True).start()


def _wait_for_the_end() -> None:
    with contextlib.suppress(OSError):
        while os.read(0, 64):
            pass
    os.kill(os.getpid(), signal.SIGTERM)


def port_is_free(host: str, port: int) -> bool:
    """Whether we could listen there. Raises OSError for an address that is not this machine's."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            probe.listen(1)
        except OSError as problem:
            if problem.errno in TAKEN:
                return False
            raise
    return True


#: EADDRINUSE on Linux, macOS and Windows.
TAKEN = frozenset({98, 48, 10048})


def wait_until_open(host: str, port: int, *, seconds: float, gone: Callable[[], bool]) -> bool:
    """Wait until somebody listens there; False after ``seconds`` or when ``gone`` says that nobody will."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - a comparison, not a binding
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not gone():
        with contextlib.suppress(OSError), socket.create_connection((reachable, port), timeout=1):
            return True
        time.sleep(0.1)
    return False


def last_lines(log: Path, count: int = 5) -> list[str]:
    """The end of a log, for whoever is told that its process died."""
    try:
        return log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:]
    except OSError:
        return []
