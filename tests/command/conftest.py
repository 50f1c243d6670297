"""What tests of the command share: a caller with an environment, an instance folder and a clock of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from backend.clock import FrozenClock
from backend.commands.invocation import Invocation
from nightsheet import cli
from tests.cast import START

KEY = "k" * 32
Call = Callable[..., Result]


@pytest.fixture
def clock() -> FrozenClock:
    """A clock standing at the cast's beginning: Tuesday 17 November 2026, 18:30 in Shanghai."""
    return FrozenClock(START)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the command is typed."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def env(database_url: str, folder: Path) -> dict[str, str]:
    """An installation on this test's own, empty database, in English."""
    return {
        "DATABASE_URL": database_url.replace("postgresql+psycopg", "postgresql"),
        "NIGHTSHEET_INSTANCE": str(folder / "instance"),
        "NIGHTSHEET_SECRET_KEY": KEY,
        "NIGHTSHEET_CHANNELS": "inbox",
        "LANG": "en_US.UTF-8",
    }


@pytest.fixture
def call(env: dict[str, str], clock: FrozenClock) -> Call:
    """Type a command: `call("school", "list")`; `env` may be changed by keyword."""

    def typed(*arguments: Any, **changed: str) -> Result:
        invocation = Invocation(env | changed, clock=clock)
        result = CliRunner().invoke(cli, [str(each) for each in arguments], obj=invocation)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return typed


@pytest.fixture
def school(call: Call) -> str:
    """The slug of a school without anybody in it."""
    made = call("school", "create", "--slug", "yucai", "--name", "育才学校", "--system", "six-three")
    assert made.exit_code == 0, made.output
    return "yucai"
