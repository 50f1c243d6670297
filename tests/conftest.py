"""What every test may ask for: a fresh database, a session, a clock that stands still. Nobody reaches the network."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.storage.engine import build_engine, session_factory
from tests import databases as sources
from tests import pace
from tests.cast import Cast, the_cast

hypothesis.settings.register_profile("developer", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("NIGHTSHEET_CI") else "developer")

#: A Monday of term at 19:00 in Shanghai: homework is being done and nobody is in bed.
MONDAY_EVENING = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
KINDS = ("sqlite", "postgresql")
#: What takes longest goes first: the last minutes are for what two workers can share. In seconds, roughly.
LONG = {
    "tests/demo": 90,
    "tests/simulation": 60,
    "tests/command/test_running.py": 30,
    "tests/command/test_reminders.py": 20,
    "tests/notifications/test_kill.py": 20,
    "tests/api/test_access_table.py": 15,
    "tests/api/test_fuzz.py": 14,
    "tests/client": 10,
}
#: Fixtures of a test that asks the chosen database.
ASKS = frozenset({"databases", "database_kind"})


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer the choice of database, and of another build of the client."""
    parser.addoption("--database", choices=KINDS, default="sqlite", help="database to run the tests on")
    parser.addoption("--client-build", type=Path, help="a build of the client to test instead of the committed one")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only another database can answer, and on PostgreSQL what asks none: SQLite's run has it."""
    kind = config.getoption("--database")
    left_out = [item for item in items if not concerns(item, kind)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        gone = set(left_out)
        items[:] = [item for item in items if item not in gone]
    items.sort(key=weight, reverse=True)


def weight(item: pytest.Item) -> int:
    """How long the test's file or folder is known to take; 0 for most. Sorting keeps the tests of a file together."""
    address = item.nodeid
    return max((seconds for place, seconds in LONG.items() if address.startswith(place)), default=0)


def concerns(item: pytest.Item, kind: str) -> bool:
    """Whether a run on this kind of database has to run the test."""
    if any(item.get_closest_marker(other) for other in KINDS if other != kind):
        return False
    if kind == "sqlite" or item.get_closest_marker(kind):
        return True
    return not ASKS.isdisjoint(getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Refuse every connection that would leave this machine."""
    connect = socket.socket.connect

    def local_only(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and str(address[0]) not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {address!r}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", local_only)
        yield


@pytest.fixture(scope="session", autouse=True)
def _pace() -> Iterator[None]:
    """Do once what comes out the same for every test."""
    with pytest.MonkeyPatch.context() as patch:
        pace.keep_statements(patch)
        pace.write_addresses_when_asked(patch)
        yield


@pytest.fixture(scope="session")
def database_kind(request: pytest.FixtureRequest) -> str:
    """`sqlite` or `postgresql`, as chosen by --database."""
    return str(request.config.getoption("--database"))


@pytest.fixture(scope="session")
def databases(database_kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[sources.Databases]:
    """Where fresh databases come from; for fixtures that share one among several tests."""
    made: sources.Databases
    if database_kind == "sqlite":
        made = sources.SqliteDatabases(tmp_path_factory.mktemp("databases"))
    else:
        made = sources.PostgresDatabases()
    yield made
    made.stop()


@pytest.fixture
def cast() -> Cast:
    """Everybody of `tests.cast`. A test that asks for it finds them in its database."""
    return the_cast()


@pytest.fixture
def database_url(databases: sources.Databases, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of this test's own, with the newest schema; empty, or with the cast where the test asks for `cast`."""
    url = databases.fresh(with_cast="cast" in request.fixturenames)
    yield url
    databases.drop(url)


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    """An engine on `database_url`."""
    made = build_engine(database_url, pool_size=5)
    yield made
    made.dispose()


@pytest.fixture
def session(engine: sa.Engine) -> Iterator[Session]:
    """A session on `engine`; the test commits, or not."""
    with session_factory(engine)() as made:
        yield made


@pytest.fixture
def clock() -> FrozenClock:
    """A clock standing at Monday 23 November 2026, 19:00 in Shanghai."""
    return FrozenClock(MONDAY_EVENING)


@pytest.fixture
def count_statements() -> Callable[[sa.Engine], AbstractContextManager[sources.Statements]]:
    """`with count_statements(engine) as statements:` then `len(statements)` and `statements.texts`."""
    return sources.count_statements
