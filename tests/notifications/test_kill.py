"""Real processes and real signals: kill -9 between a provider's answer and the mark, SIGTERM with a message in hand."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.domain.sheet import SheetState
from notifications.worker import Worker
from tests.cast import Cast
from tests.notifications.evening import FakeChannel, at, outbox_of, put_endpoint, put_sheet

ROOT = Path(__file__).resolve().parents[2]
#: A worker whose provider takes each message and is a while in answering: it says so on standard output.
PROGRAM = """
import datetime as dt, sys, threading, time
from backend.clock import FrozenClock
from backend.settings import Settings
from notifications import delivery
from notifications.worker import build_worker
from tests.notifications.evening import FakeChannel

url, replaces, now, seconds = sys.argv[1], sys.argv[2] == "True", dt.datetime.fromisoformat(sys.argv[3]), sys.argv[4]
delivery.CHUNK = 1

def taken():
    print("taken", flush=True)
    time.sleep(float(seconds))

channel = FakeChannel(before=taken, replaces_first_copy=replaces)
worker = build_worker(Settings.from_env({"DATABASE_URL": url}), clock=FrozenClock(now), channels=[channel])
worker.run()
"""


@pytest.fixture
def waiting(session: Session, cast: Cast, make_worker: Callable[..., Worker]) -> None:
    """Ada's sheet waits to be confirmed, and both her guardians have a phone."""
    submitted: dict[str, Any] = {"state": SheetState.submitted, "submitted_at": at("20:00"), "latest_lights_out": None}
    put_sheet(session, cast, cast.ada, **submitted)
    for person in (cast.mother, cast.father):
        put_endpoint(session, person, person.key)
    session.commit()
    ticker = make_worker(FakeChannel())
    ticker.tick()
    ticker.close()


@contextmanager
def sending(database_url: str, *, replaces: bool, seconds: float) -> Iterator[subprocess.Popen[str]]:
    """A worker in a process of its own whose provider has just taken the first message."""
    command = [sys.executable, "-c", PROGRAM, database_url, str(replaces), at("20:00").isoformat(), str(seconds)]
    child = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=-1, text=True)
    assert child.stdout is not None
    try:
        assert child.stdout.readline() == "taken\n"
        yield child
    finally:
        child.kill()
        child.wait(15)
        child.stdout.close()


@pytest.mark.parametrize(
    ("replaces", "again", "ends"),
    [(True, 2, {("sent", None)}), (False, 1, {("sent", None), ("unknown", "worker_lost")})],
    ids=["a channel that replaces", "a channel that cannot"],
)
def test_a_worker_killed_before_it_could_mark_has_its_message_replaced_or_never_sent_again(
    waiting: None,
    database_url: str,
    session: Session,
    make_worker: Callable[..., Worker],
    clock: FrozenClock,
    replaces: bool,
    again: int,
    ends: set[tuple[str, str | None]],
) -> None:
    with sending(database_url, replaces=replaces, seconds=60) as child:
        child.send_signal(signal.SIGKILL)
        assert child.wait(15) == -signal.SIGKILL
    survivor = FakeChannel(replaces_first_copy=replaces)
    clock.advance(minutes=5, seconds=31)
    worker = make_worker(survivor)
    worker.deliver()
    assert len(survivor.sent) == again
    assert {(row.state.value, row.outcome_reason) for row in outbox_of(session)} == ends


def test_sigterm_lets_the_message_in_hand_be_marked_and_gives_back_the_rest(
    waiting: None, database_url: str, session: Session
) -> None:
    with sending(database_url, replaces=True, seconds=1) as child:
        child.send_signal(signal.SIGTERM)
        assert child.wait(20) == 0
    rows = outbox_of(session)
    assert sorted(row.state.value for row in rows) == ["pending", "sent"]
    assert all(row.due_at <= at("20:00") + dt.timedelta(minutes=1) for row in rows)
