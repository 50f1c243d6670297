"""`make bench-evening`: 1,500 families in ten minutes on SQLite, at that rate for one minute, over the real server.

`nightsheet serve` answers on loopback with a database in a temporary folder; families arrive evenly and each does five
things with a pause between: opens the night, starts work (a sync), finishes it, looks again (ETag), hands in. Printed
are percentiles in milliseconds of what a phone waits, by kind of request, and the size of SQLite's log. It ends by
itself; signing in is left out, for phones stay signed in. What else the machine does is in the figures too.
"""

import contextlib
import datetime as dt
import hashlib
import http.client
import json
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from backend.clock import SystemClock
from backend.domain.night import night_of
from backend.storage.engine import build_engine
from backend.storage.queries.demonstration import insert_rows
from tests.cast import ZONE, the_cast
from tests.databases import SqliteDatabases

FAMILIES, MINUTES = 1500, 10
SECONDS = 60
PAUSE_SECONDS = 2.0
MOST_AT_ONCE = 64
STARTS_WITHIN_SECONDS = 30
Answer = tuple[int, dict[str, str], Any]


def main() -> int:
    """Run once; 1 if a request failed, otherwise 0: a benchmark informs, it does not judge."""
    count = FAMILIES * SECONDS // (MINUTES * 60)
    with tempfile.TemporaryDirectory() as folder:
        databases = SqliteDatabases(Path(folder))
        url = databases.fresh(with_cast=True)
        families = [Family(number) for number in range(count)]
        invite(url, families)
        log = Path(f"{url.removeprefix('sqlite:///')}-wal")
        with serving(url, Path(folder)) as port:
            waits, largest = live(families, port, log)
    report(waits, largest, count)
    return int(any(status not in (200, 304) for status in STATUSES))


class Family:
    """One child and the mother's phone."""

    def __init__(self, number: int) -> None:
        self.child, self.mother = (uuid.uuid5(uuid.NAMESPACE_OID, f"{who} {number}") for who in ("child", "mother"))
        self.token = f"evening-{number}-{secrets.token_hex(16)}"
        self.number = number


def invite(url: str, families: list[Family]) -> None:
    """Put the families into the cast's class, with consent and signed in."""
    now, school = SystemClock().now(), the_cast().shiyan.id
    tables: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in families:
        for person, kind in ((each.child, "student"), (each.mother, "guardian")):
            name = {"name": f"{kind} {each.number}", "name_key": f"{kind} {each.number}", "kind": kind}
            tables["people"].append({"school_id": school, "id": person, "created_at": now, **name})
        student = {"school_number": f"9{each.number:06}", "under_14_until": None, "may_write": True}
        tables["students"].append({"school_id": school, "id": each.child, **student})
        enrolment = {"id": uuid.uuid4(), "student_id": each.child, "class_id": the_cast().class_31.id}
        since = now.date() - dt.timedelta(days=30)
        tables["enrolments"].append({"school_id": school, "from_on": since, **enrolment})
        guards = {"guardian_id": each.mother, "student_id": each.child, "relation": "母亲", "since_at": now}
        tables["guardianships"].append({"school_id": school, **guards})
        session = {"token_hash": hashlib.sha256(each.token.encode()).digest(), "id": uuid.uuid4()}
        session |= {"created_at": now, "expires_at": now + dt.timedelta(days=1), "device_name": "phone"}
        tables["auth_sessions"].append({"school_id": school, "person_id": each.mother, **session})
    engine = build_engine(url)
    with engine.begin() as connection:
        insert_rows(connection, tables)
    engine.dispose()


@contextlib.contextmanager
def serving(url: str, folder: Path) -> Iterator[int]:
    """The server as a school runs it, until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    settings = {
        "DATABASE_URL": url,
        "NIGHTSHEET_SECRET_KEY": secrets.token_hex(32),
        "NIGHTSHEET_INSTANCE": str(folder),
        "NIGHTSHEET_PORT": str(port),
    }
    command = [str(Path(sys.executable).with_name("nightsheet")), "serve"]
    with (folder / "serve.log").open("wb") as log:
        server = subprocess.Popen(command, env=os.environ | settings, stdout=log, stderr=log)  # noqa: S603 - our own
        try:
            _until_ready(port)
            yield port
        finally:
            server.terminate()
            try:
                server.wait(15)
            except subprocess.TimeoutExpired:
                server.kill()


def _until_ready(port: int) -> None:
    until = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.2)
    raise RuntimeError("the server did not start")


Waits = dict[str, list[float]]
STATUSES: list[int] = []


def live(families: list[Family], port: int, log: Path) -> tuple[Waits, int]:
    """Let the families arrive evenly; what they waited in milliseconds, and the log's largest size in bytes."""
    waits: Waits = defaultdict(list)
    begins, largest, over = time.monotonic(), [0], threading.Event()

    def watch() -> None:
        while not over.wait(0.5):
            largest[0] = max(largest[0], log.stat().st_size if log.exists() else 0)

    def family(each: Family) -> None:
        time.sleep(max(0.0, begins + each.number * SECONDS / len(families) - time.monotonic()))
        evening(each, port, waits)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    with ThreadPoolExecutor(MOST_AT_ONCE) as pool:
        list(pool.map(family, families))
    over.set()
    watcher.join()
    return waits, largest[0]


def evening(family: Family, port: int, waits: Waits) -> None:
    """What one family does."""
    now = SystemClock().now()
    night = night_of(now - dt.timedelta(minutes=20), ZONE.key)
    path = f"/api/v1/students/{family.child}/nights/{night}"
    call = _caller(family, port, waits)
    phone, entry_id = str(uuid.uuid4()), str(uuid.uuid4())
    entry: dict[str, Any] = {
        "assignment_id": None,
        "base_version": None,
        "revision": 1,
        "subject": "maths",
        "title": "reading",
        "outcome": "in_progress",
    }
    started = {"started_at": (now - dt.timedelta(minutes=10)).isoformat(), "source": "timer", "clock": "ok"}
    change: dict[str, Any] = {"kind": "entry", "student_id": str(family.child), "night": str(night), "id": entry_id}
    change |= entry | {"segments": [started | {"finished_at": None}]}
    batch = {"installation_id": phone, "sent_at": now.isoformat(), "changes": [change]}
    call("GET night", "GET", path)
    _, _, synced = call("POST sync", "POST", "/api/v1/sync", batch | {"cursors": {str(family.child): None}})
    if synced["results"][0]["result"] != "applied":
        raise RuntimeError(f"POST sync: {synced['results']}")
    done = {"segments": [started | {"finished_at": now.isoformat()}], "outcome": "finished", "base_version": 1}
    body = entry | done | {"revision": 2, "installation_id": phone}
    call("PUT entry", "PUT", f"{path}/entries/{entry_id}", body)
    _, headers, _ = call("GET night", "GET", path)
    call("GET unchanged", "GET", path, None, {"If-None-Match": headers.get("ETag", "")})
    call("PUT submission", "PUT", f"{path}/submission", {})


def _caller(family: Family, port: int, waits: Waits) -> Callable[..., Answer]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    known = {"Authorization": f"Bearer {family.token}", "Content-Type": "application/json"}

    def call(label: str, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        time.sleep(PAUSE_SECONDS)
        sent = time.perf_counter()
        connection.request(method, path, None if body is None else json.dumps(body), known | (headers or {}))
        answer = connection.getresponse()
        text = answer.read()
        waits[label].append((time.perf_counter() - sent) * 1000)
        STATUSES.append(answer.status)
        if answer.status >= 400:
            sys.stderr.write(f"{label}: {answer.status} {text.decode()[:300]}\n")
        return answer.status, dict(answer.getheaders()), json.loads(text) if text else None

    return call


def report(waits: Waits, largest: int, families: int) -> None:
    """The table."""
    sys.stdout.write(f"\nSQLite, {families} families in {SECONDS} s, as {FAMILIES:,} in {MINUTES} minutes\n")
    everything = [wait for listed in waits.values() for wait in listed]
    for label, listed in [*waits.items(), ("all", everything)]:
        cuts = statistics.quantiles(listed, n=100)
        figures = f"p50 {cuts[49]:7.1f}   p95 {cuts[94]:7.1f}   p99 {cuts[98]:7.1f} ms"
        sys.stdout.write(f"  {label:<15} {len(listed):5} requests   {figures}\n")
    sys.stdout.write(f"  SQLite's log at its largest: {largest / 1e6:.1f} MB\n")


if __name__ == "__main__":
    sys.exit(main())
