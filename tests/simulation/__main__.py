"""`make simulate`: play a month of a school of 1,500 and print what became of every reminder; 1 if anything was wrong.

The same seed has the same people, the same deeds and the same accidents. With `--every 1` no minute is skipped.
"""

from __future__ import annotations

import argparse
import datetime as dt
import logging
import secrets
import sys
import tempfile
import time
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.databases import Databases, PostgresDatabases, SqliteDatabases
from tests.simulation.played import Plan, Play
from tests.simulation.report import report

SHOWN = 20


def main() -> int:
    """Play once."""
    asked = _arguments()
    plan = Plan(
        seed=asked.seed if asked.seed is not None else secrets.randbelow(1_000_000),
        students=asked.students,
        first=asked.first,
        days=asked.days,
        zone=ZoneInfo(asked.zone),
        every_minutes=asked.every,
    )
    logging.disable(logging.CRITICAL)  # alarms of broken channels are part of the play
    _say(f"seed {plan.seed}: {plan.students:,} students, {plan.days} days from {plan.first}, {plan.zone.key}")
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        sqlite = asked.database == "sqlite"
        databases: Databases = SqliteDatabases(Path(folder)) if sqlite else PostgresDatabases()
        try:
            play = Play(databases.fresh(), plan, say=_say)
            play.run()
        finally:
            databases.stop()
    _say("")
    for line in report(play):
        _say(line)
    for sentence in play.account.wrong[:SHOWN]:
        _say(f"WRONG: {sentence}")
    _say(f"seed {plan.seed}, {asked.database}, {time.monotonic() - began:,.0f} s")
    return int(bool(play.account.wrong))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="printed by every run; drawn if not given")
    parser.add_argument("--students", type=int, default=1500)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--first", type=dt.date.fromisoformat, default=dt.date(2026, 11, 2))
    parser.add_argument("--zone", default="Asia/Shanghai")
    parser.add_argument("--every", type=int, default=1, help="minutes between ticks")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    return parser.parse_args()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
