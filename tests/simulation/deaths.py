"""Workers that die: at a statement, at a message, or between a provider's answer and the mark, as if by kill -9.

A `Killed` is caught by nothing in the product; what was not committed is rolled back, as the database does when a
process is gone. A death by a real SIGKILL has a test of its own (tests/notifications/test_kill.py).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from backend.clock import FrozenClock


class Killed(BaseException):
    """The process is gone."""


class Death:
    """Comes after so many steps, once armed. A step is a statement or a message."""

    def __init__(self) -> None:
        self._left: int | None = None

    def arm(self, steps: int) -> None:
        """Let it come at the `steps`-th step from now."""
        self._left = steps

    def disarm(self) -> None:
        """Let it pass."""
        self._left = None

    def step(self, *_: Any) -> None:
        """One step; raises Killed when it was the last."""
        if self._left is None:
            return
        self._left -= 1
        if self._left < 0:
            self._left = None
            raise Killed

    def watch(self, engine: sa.Engine) -> None:
        """Count this engine's statements as steps."""
        sa.event.listen(engine, "before_cursor_execute", self.step)


class SkewedClock:
    """A machine's clock: the world's, fast or slow by some seconds."""

    def __init__(self, world: FrozenClock, seconds: float) -> None:
        self._world = world
        self._skew = dt.timedelta(seconds=seconds)

    def now(self) -> dt.datetime:
        """What this machine believes."""
        return self._world.now() + self._skew
