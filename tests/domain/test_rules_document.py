"""docs/rules.md names only code and tests that exist, and leaves out no rule."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
MODULES = "|".join(path.stem for path in sorted((ROOT / "backend" / "domain").glob("*.py")))
NAMED = sorted(set(re.findall(rf"`((?:{MODULES})\.\w+)`", TEXT)))
TESTS = sorted(set(re.findall(r"`(test_\w+::test_\w+)`", TEXT)))


@pytest.mark.parametrize("named", NAMED)
def test_the_code_that_carries_a_rule_exists_and_is_documented(named):
    module, name = named.split(".")
    carrier = getattr(importlib.import_module(f"backend.domain.{module}"), name)
    assert carrier.__doc__


@pytest.mark.parametrize("named", TESTS)
def test_the_test_that_decides_a_case_exists(named):
    file, name = named.split("::")
    assert f"def {name}(" in (ROOT / "tests" / "domain" / f"{file}.py").read_text(encoding="utf-8")


def test_all_twelve_rules_are_there():
    assert [int(n) for n in re.findall(r"^## (\d+)\.", TEXT, re.MULTILINE)] == list(range(1, 13))
    assert len(NAMED) > 50
    assert len(TESTS) > 60


def test_each_row_of_a_table_names_what_carries_and_what_decides():
    rows = [line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith("| says")]
    assert rows
    for row in rows:
        assert re.search(rf"`(?:{MODULES})\.\w+` \| `test_\w+::test_\w+` \|$", row), row
