"""The command speaks Chinese and English, with the same words behind every key."""

from __future__ import annotations

import re
import string
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from backend.commands.words import Words, catalogue, locale_of, width_of
from nightsheet import cli

ROOT = Path(__file__).parents[2]
SOURCES = [*sorted((ROOT / "backend" / "commands").glob("*.py")), ROOT / "nightsheet.py"]


def _fields(text: str) -> set[str]:
    return {name.split("|")[0] for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_keys() -> None:
    assert catalogue("zh-CN").keys() == catalogue("en").keys()


@pytest.mark.parametrize("key", sorted(catalogue("zh-CN")))
def test_both_wordings_of_a_key_fill_in_the_same_things(key: str) -> None:
    assert _fields(catalogue("zh-CN")[key]) == _fields(catalogue("en")[key])


@pytest.mark.parametrize(
    ("classes", "said"), [(1, "1 class, 1 student, 0 guardians"), (12, "12 classes, 1 student, 0 guardians")]
)
def test_a_number_has_the_word_that_fits_it(classes: int, said: str) -> None:
    assert said in Words("en")("roster.holds", classes=classes, students=1, guardians=0)


def test_every_key_named_in_the_sources_exists() -> None:
    named = {
        key
        for path in SOURCES
        for key in re.findall(r'(?:say|print|warn|Refused)\(\s*"([a-z_]+\.[a-z_.]+)"', path.read_text(encoding="utf-8"))
    }
    assert len(named) > 40
    assert named <= catalogue("en").keys()


def test_every_field_that_a_command_may_be_refused_for_is_worded() -> None:
    services = [*(ROOT / "backend" / "services" / "school").glob("*.py"), ROOT / "backend/services/rights/consents.py"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in services)
    codes = set(re.findall(r'FieldProblem\([^,()]*(?:\([^()]*\))?[^,()]*, *"([a-z_]+)"', text))
    assert {"looser_needs_reason", "unknown_channel"} <= codes
    assert {f"field.{code}" for code in codes} <= catalogue("en").keys()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_help_speaks_ones_language(language: str) -> None:
    for key in _commands(cli):
        path = key.split(".")[1:]
        shown = CliRunner().invoke(cli, ["--lang", language, *path, "--help"]).stdout
        assert catalogue(language)[key][:10] in shown, path
        assert catalogue(language)["option.help"] in shown, path


def _commands(group: click.Group, path: str = "help") -> list[str]:
    keys = []
    for name, command in group.commands.items():
        keys.append(f"{path}.{name}")
        if isinstance(command, click.Group):
            keys += _commands(command, f"{path}.{name}")
    return keys


def test_a_help_is_written_as_the_library_writes_its_own() -> None:
    words = {key: text for key, text in catalogue("en").items() if key.startswith(("help.", "option."))}
    assert [key for key, text in words.items() if not text[0].isupper() or text.endswith(".")] == []
    assert [key for key in words if catalogue("zh-CN")[key].endswith("。")] == []


def test_every_command_has_its_help_in_both_languages() -> None:
    assert set(_commands(cli)) <= catalogue("zh-CN").keys()


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh-CN"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LC_ALL": "zh_TW.UTF-8", "LANG": "en_US.UTF-8"}, "zh-CN"),
        ({"LC_MESSAGES": "de_DE", "LANG": "zh_CN"}, "en"),
    ],
)
def test_the_language_is_that_of_the_environments_locale(env: dict[str, str], expected: str) -> None:
    assert locale_of(env) == expected


def test_columns_stand_straight_under_chinese_names() -> None:
    lines = Words("zh-CN").table(["姓名", "login"], [["王芳", "a"], ["Ada Lovelace", "b"]])
    assert {width_of(line[: line.rindex(cell)]) for line, cell in zip(lines, ("login", "a", "b"), strict=True)} == {14}
