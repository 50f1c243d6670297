"""What tests of services share: the cast in the database and the clock at its beginning."""

from __future__ import annotations

import pytest

from backend.clock import FrozenClock
from tests.cast import START


@pytest.fixture
def clock() -> FrozenClock:
    """A clock standing at the cast's beginning: Tuesday 17 November 2026, 18:30 in Shanghai."""
    return FrozenClock(START)
