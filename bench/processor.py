"""Processor time of this process and of the database's own that serve it: what a busy machine does not blur."""

import time
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa


def processor_of(engine: sa.Engine) -> Callable[[], float]:
    """Seconds so far, of this process and of every connection that stands to the database (on Linux)."""
    if engine.dialect.name == "sqlite":
        return time.process_time
    with engine.connect() as connection:
        asked = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        files = [Path(f"/proc/{pid}/schedstat") for pid in connection.scalars(sa.text(asked))]
    there = [file for file in files if file.exists()]
    return lambda: time.process_time() + sum(int(file.read_text().split()[0]) for file in there) / 1e9
