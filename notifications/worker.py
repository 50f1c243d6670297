"""The worker's composition root: everything that goes out to people is put together here. Never imports Flask.

`build_worker` refuses an old schema. Several workers may run on one database: one ticks, all deliver.
"""

from __future__ import annotations

import logging
import os
import random
import secrets
import signal
import socket
import threading
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from types import FrameType

import sqlalchemy as sa

from backend.clock import Clock, SystemClock
from backend.services.reminders import outbox, ticking
from backend.services.reminders.outbox import Fate, OutboxState
from backend.settings import Settings
from backend.storage.engine import build_engine, session_factory
from backend.storage.schema import require_current
from notifications.adding_up import AddingUp
from notifications.channels import build_channels
from notifications.channels.base import Channel
from notifications.delivery import Delivery
from notifications.forgetting import Forgetting
from notifications.keeping import Keeping
from notifications.rules import REASONS
from notifications.schedule import Schedule

log = logging.getLogger(__name__)

#: What a row gets that was true before anybody was to be told.
BEFORE_OUR_TIME = Fate(OutboxState.DROPPED, "before_our_time")


class Worker:
    """Ticks, delivers, adds up, keeps and forgets: each may be called by hand, with a clock that is moved."""

    def __init__(
        self,
        engine: sa.Engine,
        *,
        clock: Clock,
        channels: Sequence[Channel],
        public_url: str,
        chance: random.Random | None = None,
        retention_months: int = 0,
    ) -> None:
        """Take what it works with; nothing runs yet. `chance` spreads retries, `retention_months` 0 keeps all."""
        self.holder = f"{socket.gethostname()[:32]}-{os.getpid()}-{secrets.token_hex(4)}"
        self._engine = engine
        self._sessions = session_factory(engine)
        self._clock = clock
        self._channels = channels
        self._stop = threading.Event()
        self._delivery = Delivery(
            self._sessions,
            clock=clock,
            channels=channels,
            reasons=REASONS,
            holder=self.holder,
            public_url=public_url,
            stop=self._stop,
            chance=chance,
        )
        self._adding_up = AddingUp(self._sessions, clock=clock, holder=self.holder, stop=self._stop)
        self._keeping = Keeping(self._sessions, clock=clock, stop=self._stop)
        self._forgetting = Forgetting(
            self._sessions, clock=clock, holder=self.holder, stop=self._stop, months=retention_months
        )

    def tick(self, now: datetime | None = None) -> dict[str, int]:
        """Put in what is due, if this worker is the one that ticks; returns new rows by code, empty if it is not."""
        now = now or self._clock.now()
        with self._sessions.begin() as session:
            if not ticking.may_tick(session, holder=self.holder, now=now):
                return {}
        with self._sessions.begin() as session:
            put = outbox.put_due(session, reasons=REASONS, now=now)
            ticking.note_tick(session, holder=self.holder, now=now)
        if any(put.values()):
            log.info("reminders are due", extra={"rows": put})
        return put

    def deliver(self) -> Counter[str]:
        """Send what is due; returns what became of it, by word."""
        tally = self._delivery.run()
        if tally:
            log.info("reminders went out", extra={"outcomes": dict(tally)})
        return tally

    def add_up(self) -> int:
        """Add up the figures that are due, if this worker is the one that does; returns how many pieces."""
        return self._adding_up.run()

    def keep(self) -> int:
        """Keep the figures of nights that are over, as their offices are shown them; returns how many nights."""
        return self._keeping.run()

    def forget(self) -> int:
        """Remove nights that are older than they are kept, where it is night; returns how many."""
        return self._forgetting.run()

    def settle(self, now: datetime | None = None) -> dict[str, int]:
        """Let everything that is due now count as told: after loading a past, so that nobody hears of it."""
        with self._sessions.begin() as session:
            return outbox.put_due(session, reasons=REASONS, now=now or self._clock.now(), fate=BEFORE_OUR_TIME)

    def run(self) -> None:
        """Work until SIGTERM or SIGINT (or `stop`), then finish what is in hand."""
        self._listen_to_signals()
        schedule = Schedule(
            tick=self.tick, deliver=self.deliver, add_up=self.add_up, keep=self.keep, forget=self.forget
        )
        log.info("worker started", extra={"holder": self.holder})
        schedule.start()
        self._stop.wait()
        schedule.stop()
        self.close()
        log.info("worker stopped", extra={"holder": self.holder})

    def stop(self) -> None:
        """Ask `run` to end; a delivery under way ends after the chunk in hand."""
        self._stop.set()

    def close(self) -> None:
        """Give up the lease, close channels and connections."""
        with self._sessions.begin() as session:
            ticking.stop_ticking(session, holder=self.holder, now=self._clock.now())
        self._adding_up.close()
        for channel in self._channels:
            channel.close()
        self._engine.dispose()

    def _listen_to_signals(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return

        def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
            self.stop()

        signal.signal(signal.SIGTERM, ask_to_stop)
        signal.signal(signal.SIGINT, ask_to_stop)


def build_worker(
    settings: Settings, *, clock: Clock | None = None, channels: Sequence[Channel] | None = None
) -> Worker:
    """Put a worker together; `channels` in place of those of the settings, for tests and the demonstration.

    Raises SchemaOutOfDate on another schema than this release's, SettingsError for a channel that cannot be set up.
    """
    chosen_clock = clock or SystemClock()
    engine = build_engine(settings.database_url)
    try:
        require_current(engine)
        chosen = build_channels(settings, chosen_clock) if channels is None else channels
    except BaseException:
        engine.dispose()
        raise
    return Worker(
        engine,
        clock=chosen_clock,
        channels=chosen,
        public_url=settings.public_url,
        retention_months=settings.retention_months,
    )
