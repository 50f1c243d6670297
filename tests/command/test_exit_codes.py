"""0 is done, 1 is refused with reasons, 2 is wrong usage; the words stand on standard error, in two languages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import Result

from backend.storage.engine import build_engine

Call = Callable[..., Result]


def test_help_is_done(call: Call) -> None:
    answer = call("--help")
    assert answer.exit_code == 0
    assert "roster" in answer.output


def test_help_speaks_chinese_when_the_locale_does(call: Call) -> None:
    assert "导入花名册" in call("roster", "--help", LANG="zh_CN.UTF-8").output


def test_lang_wins_over_the_locale(call: Call) -> None:
    assert "导入花名册" in call("--lang", "zh", "roster", "--help").output


@pytest.mark.parametrize(
    "arguments",
    [
        ("school", "create", "--slug", "x"),
        ("school", "creat"),
        ("roster", "import", "no-such-file.xlsx", "--school", "yucai"),
        ("school", "create", "--slug", "x", "--name", "X", "--system", "seven-two"),
        ("run", "--fast"),
        ("roster", "import", __file__, "--school", "yucai", "--year", "next"),
    ],
)
def test_wrong_usage_is_two_and_shows_the_way_to_the_help(call: Call, arguments: tuple[str, ...]) -> None:
    answer = call(*arguments)
    assert answer.exit_code == 2
    assert "--help" in answer.stderr
    assert not answer.stdout


def test_an_unknown_school_is_refused(call: Call) -> None:
    answer = call("policy", "show", "--school", "nowhere")
    assert answer.exit_code == 1
    assert "slug" in answer.stderr


def test_a_setting_that_cannot_be_used_is_refused_by_name(call: Call) -> None:
    answer = call("school", "list", NIGHTSHEET_PORT="eighty")
    assert answer.exit_code == 1
    assert "NIGHTSHEET_PORT" in answer.stderr


def test_a_database_that_cannot_be_reached_is_refused_without_its_password(call: Call) -> None:
    answer = call("school", "list", DATABASE_URL="postgresql://me:hunter2@127.0.0.1:9/nights")
    assert answer.exit_code == 1
    assert "DATABASE_URL" in answer.stderr
    assert "hunter2" not in answer.output


@pytest.mark.parametrize("command", ["serve", "worker"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_serve_and_worker_refuse_an_old_schema_and_name_the_command(
    call: Call, database_url: str, command: str, lang: str
) -> None:
    engine = build_engine(database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'older'"))
    engine.dispose()
    answer = call("--lang", lang, command)
    assert answer.exit_code == 1
    assert "nightsheet db upgrade" in answer.stderr


@pytest.mark.sqlite
def test_db_upgrade_makes_the_database_and_says_so_twice(call: Call, folder: Path) -> None:
    url = f"sqlite:///{folder / 'new' / 'nights.db'}"
    assert call("school", "list", DATABASE_URL=url).exit_code == 1
    for _ in range(2):
        assert call("db", "upgrade", DATABASE_URL=url).exit_code == 0
    assert call("school", "list", DATABASE_URL=url).exit_code == 0


def test_serve_refuses_to_start_without_a_secret_key(call: Call) -> None:
    answer = call("serve", NIGHTSHEET_SECRET_KEY="")
    assert answer.exit_code == 1
    assert "NIGHTSHEET_SECRET_KEY" in answer.stderr


def test_demo_without_an_evening_to_play_says_how(call: Call) -> None:
    assert call("demo").exit_code == 0
