"""Nobody but backend/clock.py asks what time it is."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backend.clock import FrozenClock, SystemClock

ROOT = Path(__file__).parents[2]
ASKS = re.compile(
    r"\b(?:datetime|dt|date)(?:\.datetime|\.date)?\.(?:now|utcnow|today)\(|\btime\.(?:time|time_ns|localtime|gmtime)\("
    r"|\bfunc\.(?:now|current_timestamp|current_date)\b|\bCURRENT_TIMESTAMP\b|\bfrom time import time\b"
)
AT = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


def sources() -> list[Path]:
    rooms = [
        path for room in ("backend", "mobile_api", "notifications") for path in sorted((ROOT / room).rglob("*.py"))
    ]
    files = [path for path in [*rooms, ROOT / "nightsheet.py"] if path.exists() and "node_modules" not in path.parts]
    return [path for path in files if path != ROOT / "backend" / "clock.py"]


@pytest.mark.parametrize(
    "line",
    ["datetime.now(UTC)", "dt.datetime.now()", "date.today()", "time.time()", "sa.func.now()", "dt.datetime.utcnow()"],
)
def test_the_pattern_knows_who_asks(line: str) -> None:
    assert ASKS.search(line)


@pytest.mark.parametrize("line", ["clock.now()", "self.clock.now()", "time.monotonic()", "time.perf_counter()"])
def test_the_pattern_lets_clocks_and_stopwatches_pass(line: str) -> None:
    assert not ASKS.search(line)


def test_only_the_clock_asks_what_time_it_is() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in sources()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if ASKS.search(line)
    ]
    assert not found


def test_the_system_clock_is_aware_and_in_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_a_frozen_clock_stands_until_it_is_moved() -> None:
    clock = FrozenClock(AT)
    assert clock.now() == clock.now() == AT
    assert clock.advance(hours=1, minutes=-5) == AT + timedelta(minutes=55) == clock.now()
    assert clock.move_to(AT) == AT == clock.now()


def test_a_frozen_clock_answers_in_utc() -> None:
    shanghai = datetime.fromisoformat("2026-11-23T19:00:00+08:00")
    assert FrozenClock(shanghai).now().isoformat() == "2026-11-23T11:00:00+00:00"


def test_a_frozen_clock_refuses_a_naive_instant() -> None:
    naive = datetime(2026, 11, 23, 19, 0)  # noqa: DTZ001
    with pytest.raises(ValueError, match="aware"):
        FrozenClock(naive)
    with pytest.raises(ValueError, match="aware"):
        FrozenClock(AT).move_to(naive)
