"""`make bench-reminders`: ticks over 20,000 and 200,000 students on PostgreSQL, and the sending.

Printed: seconds of a whole tick at the worst minutes and how they grow; eight reminders against the same conditions as
SQL written by hand for one zone and one code (both in a transaction that is rolled back, the better of some); rows a
second of one worker against a provider that answers after 50 ms; lease and mark in 500s against a bare loop; and the
channel for Firebase against the library's `send_each`. `--students 20000` alone is the quick round, `--only CODE` one
reminder against SQL written by hand and nothing else. Seconds are the server's own processor time where it says so;
only ratios within one run mean anything.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.services.reminders import outbox as service
from backend.storage.engine import build_engine, session_factory
from backend.storage.models import AddressKind, OutboxState
from backend.storage.queries import outbox
from bench.reminders_by_hand import BY_HAND
from bench.reminders_data import THURSDAY, fill, local
from bench.reminders_push import push
from notifications.channels.base import Message, Outcome, Result
from notifications.rules import REASONS
from notifications.worker import Worker
from tests.databases import PostgresDatabases

FRIDAY = THURSDAY + dt.timedelta(days=1)
#: Each after what was due before it has been put in: as the minutes come.
MINUTES = (
    ("Thu 19:30, cap", local("19:30")),
    ("Thu 20:36, wind-down", local("20:36")),
    ("Thu 21:31, bedtime", local("21:31")),
    ("Thu 21:32, nothing new", local("21:32")),
    ("Fri 07:30, class over cap", local("07:30", FRIDAY)),
    ("Fri 09:00, sleep and streak", local("09:00", FRIDAY)),
    ("Fri 17:00, weekly digest", local("17:00", FRIDAY)),
)
ANSWERS_AFTER_SECONDS = 0.05
ROWS = 5000


def main() -> int:
    """Run for each size; 0: a benchmark informs, it does not judge."""
    parser = argparse.ArgumentParser(prog="python -m bench.reminders")
    parser.add_argument("--students", type=int, nargs="*", default=[20_000, 200_000])
    parser.add_argument("--repeats", type=int, default=3, help="rounds against SQL written by hand")
    parser.add_argument("--only", choices=BY_HAND, help="this reminder against SQL written by hand, and nothing else")
    ticks: list[dict[str, float]] = []
    asked = parser.parse_args()
    sizes: Sequence[int] = asked.students
    databases = PostgresDatabases()
    try:
        for students in sizes:
            url = databases.fresh()
            engine = build_engine(url)
            _say(f"\n{students:,} students")
            fill(engine, students)
            _against_hand(engine, asked.repeats, [asked.only] if asked.only else list(BY_HAND))
            if asked.only:
                databases.drop(url)
                continue
            ticks.append(_ticks(engine))
            if students == sizes[0]:
                _drain(engine)
                _lease_and_mark(engine)
                for line in push():
                    _say(line)
            engine.dispose()
            databases.drop(url)
    finally:
        databases.stop()
    if len(ticks) > 1:
        times = sizes[-1] / sizes[0]
        _say(f"\ngrowth from {sizes[0]:,} to {sizes[-1]:,} students ({times:.0f} times as many)")
        for label, seconds in ticks[0].items():
            _say(f"  {label:<28} {ticks[-1][label] / seconds:6.1f} times")
    return 0


def _ticks(engine: sa.Engine) -> dict[str, float]:
    """Seconds of each whole tick, put in for good."""
    sessions, found = session_factory(engine), {}
    for label, at in MINUTES:
        with sessions.begin() as session:
            began = time.perf_counter()
            put = service.put_due(session, reasons=REASONS, now=at)
            found[label] = time.perf_counter() - began
        _say(f"  tick {label:<28} {found[label]:7.2f} s  {sum(put.values()):8,} rows")
    return found


def _against_hand(engine: sa.Engine, repeats: int, codes: Sequence[str]) -> None:
    sessions = session_factory(engine)
    for code in codes:
        at, statements = BY_HAND[code]
        with sessions() as session:
            moments = outbox.moments_at(session, at)
            if moments is None:
                raise RuntimeError("there is no school")

            def ours(session: object = session, moments: outbox.Moments = moments, code: str = code) -> int:
                return outbox.insert_due(session, moments, code=code, reasons=REASONS[code])  # type: ignore[arg-type]

            def by_hand(session: object = session, statements: Sequence[str] = statements) -> int:
                run = session.connection().execute  # type: ignore[attr-defined]
                texts = (sa.text(each).execution_options(preserve_rowcount=True) for each in statements)
                return sum(int(run(text).rowcount) for text in texts)

            (a, rows), (b, same) = _alternating(session, ours, by_hand, repeats)
        _say(f"  {code:<16} {a:6.2f} s, by hand {b:6.2f} s: {a / b:5.2f} of it  ({rows:,} and {same:,} rows)")
        if rows != same:
            raise RuntimeError(f"{code}: the two do not say the same")


def _alternating(
    session: Session, ours: Callable[[], int], by_hand: Callable[[], int], repeats: int
) -> tuple[tuple[float, int], tuple[float, int]]:
    """The least processor seconds of each and its rows, in turn: what else runs here disturbs both alike."""
    found: list[list[tuple[float, int]]] = [[], []]
    for _ in range(repeats):
        for work, times in zip((ours, by_hand), found, strict=True):
            process = session.scalars(sa.text("SELECT pg_backend_pid()")).one()
            began = _processor_seconds(process)
            rows = work()
            times.append((_processor_seconds(process) - began, rows))
            session.rollback()
    return min(found[0]), min(found[1])


def _processor_seconds(process: int) -> float:
    """What a process of PostgreSQL has used, in steps of 10 ms; Linux tells."""
    used = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")


class SlowProvider:
    """A provider that answers a whole batch after 50 ms: its requests are under way together."""

    name = "slow"
    kinds: frozenset[AddressKind] = frozenset()
    replaces_first_copy = True

    def send(self, batch: Sequence[Message]) -> list[Outcome]:
        """Answer for everything."""
        time.sleep(ANSWERS_AFTER_SECONDS)
        return [Outcome(Result.ACCEPTED) for _ in batch]

    def close(self) -> None:
        """Nothing is held."""


def _keep(engine: sa.Engine, code: str) -> dt.datetime:
    """Leave `ROWS` rows of one code pending and nothing else; returns an instant at which they hold."""
    at = local("21:31")
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM deliveries"))
        connection.execute(sa.text("DELETE FROM outbox"))
    with session_factory(engine).begin() as session:
        service.put_due(session, reasons={code: REASONS[code]}, now=at)
    with engine.begin() as connection:
        ids = "SELECT id FROM outbox ORDER BY id LIMIT :rows"
        connection.execute(sa.text(f"DELETE FROM outbox WHERE id NOT IN ({ids})"), {"rows": ROWS})  # noqa: S608
    return at


def _drain(engine: sa.Engine) -> None:
    at = _keep(engine, "bedtime_passed")
    worker = Worker(engine, clock=FrozenClock(at), channels=[SlowProvider()], public_url="https://school.example")
    began = time.perf_counter()
    tally = worker.deliver()
    seconds = time.perf_counter() - began
    _say(f"  one worker, provider answers after 50 ms: {tally['accepted'] / seconds:,.0f} reminders/s {dict(tally)}")


def _lease_and_mark(engine: sa.Engine) -> None:
    """Claim 500, mark them as being sent, end them: our statements, and the barest ones on the driver."""
    at = _keep(engine, "bedtime_passed")
    sessions, until = session_factory(engine), at + service.LEASE
    began = time.perf_counter()
    while True:
        with sessions.begin() as session:
            keys = outbox.claim(session, holder="bench", now=at, until=until, limit=500)
        if not keys:
            break
        with sessions.begin() as session:
            outbox.mark_sending(session, holder="bench", keys=keys, now=at, until=until)
        with sessions.begin() as session:
            held = outbox.Fate(OutboxState.SENT)
            outbox.finish(session, holder="bench", keys=keys, begun=OutboxState.SENDING, fate=held, now=at)
    ours = ROWS / (time.perf_counter() - began)
    _keep(engine, "bedtime_passed")
    raw = ROWS / _bare_loop(engine, at)
    _say(f"  lease, mark and end in 500s: {ours:,.0f} rows/s, bare loop {raw:,.0f}: {ours / raw:.2f} of it")


def _bare_loop(engine: sa.Engine, at: dt.datetime) -> float:
    due = "SELECT id FROM outbox WHERE state = 'pending' AND due_at <= %s ORDER BY due_at LIMIT 500"
    leased = "state = 'leased', lease_holder = 'bare', leased_until = %s"
    claim = f"UPDATE outbox SET {leased} WHERE id IN ({due} FOR UPDATE SKIP LOCKED) RETURNING id"  # noqa: S608
    mark = "UPDATE outbox SET state = %s, attempts = attempts + 1 WHERE id = ANY(%s)"
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        began = time.perf_counter()
        while True:
            cursor.execute(claim, (at, at))
            ids = [row[0] for row in cursor.fetchall()]
            connection.commit()
            if not ids:
                return time.perf_counter() - began
            for state in ("sending", "sent"):
                cursor.execute(mark, (state, ids))
                connection.commit()
    finally:
        connection.close()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
