"""What tests of the writing path share: evenings of the cast's school, and phones."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from backend.clock import FrozenClock
from tests.cast import Cast
from tests.services.recording.nights import Evenings, Phone, at


@pytest.fixture
def clock() -> FrozenClock:
    """A clock standing at 22:00 of the cast's evening: the work is done and can be recorded."""
    return FrozenClock(at("22:00"))


@pytest.fixture
def evenings(engine: sa.Engine, cast: Cast, clock: FrozenClock) -> Evenings:
    """Record as anybody of the cast, and look at what is stored."""
    return Evenings(engine, cast, clock)


@pytest.fixture
def phone() -> Phone:
    """Ada's."""
    return Phone("ada")


@pytest.fixture
def mothers() -> Phone:
    """Her mother's."""
    return Phone("mother")


@pytest.fixture
def fathers() -> Phone:
    """Her father's."""
    return Phone("father")
