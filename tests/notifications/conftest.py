"""What tests of reminders share: a clock on the cast's evening, a worker with a channel that keeps what it is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.storage.engine import build_engine, session_factory
from notifications.channels.base import Channel
from notifications.worker import Worker
from tests.notifications.evening import FakeChannel, at


@pytest.fixture
def clock() -> FrozenClock:
    """A clock standing at 20:00 of the cast's Tuesday."""
    return FrozenClock(at("20:00"))


@pytest.fixture
def channel() -> FakeChannel:
    """A push channel that takes everything."""
    return FakeChannel()


@pytest.fixture
def make_worker(database_url: str, clock: FrozenClock) -> Iterator[Callable[..., Worker]]:
    """`make_worker(channel, …)`: a worker of its own, with connections of its own, on the test's database."""
    engines: list[sa.Engine] = []

    def make(*channels: Channel) -> Worker:
        engines.append(build_engine(database_url, pool_size=2))
        return Worker(engines[-1], clock=clock, channels=channels, public_url="https://school.example")

    yield make
    for engine in engines:
        engine.dispose()


@pytest.fixture
def worker(make_worker: Callable[..., Worker], channel: FakeChannel) -> Worker:
    """A worker with `channel`."""
    return make_worker(channel)


@pytest.fixture
def session(engine: sa.Engine) -> Iterator[Session]:
    """A session on the test's database."""
    with session_factory(engine)() as made:
        yield made
