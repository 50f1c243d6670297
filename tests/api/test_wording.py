"""Both languages have the same words, none is missing, and no placeholder is left standing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.domain.errors import all_problem_codes
from backend.services.rights.consents import TEXT_VERSIONS
from mobile_api.consent_text import SECTIONS
from mobile_api.problems import HTTP_CODES
from mobile_api.wording import LOCALES, catalogue, word

ROOT = Path(__file__).parents[2]


def test_both_languages_have_the_same_keys() -> None:
    first, *others = (set(catalogue(locale)) for locale in LOCALES)

    assert first
    assert all(keys == first for keys in others)


@pytest.mark.parametrize("locale", LOCALES)
def test_no_word_is_empty(locale: str) -> None:
    assert [key for key, text in catalogue(locale).items() if not text.strip()] == []


@pytest.mark.parametrize("code", sorted({*all_problem_codes(), *HTTP_CODES.values(), "http_error"}))
def test_every_problem_is_worded(code: str) -> None:
    assert all(word(f"problem.{code}", locale) for locale in LOCALES)


def test_no_problem_is_worded_that_cannot_happen() -> None:
    known = {*all_problem_codes(), *HTTP_CODES.values(), "http_error"}
    worded = {key.removeprefix("problem.") for key in catalogue("en") if key.startswith("problem.")}

    assert worded - known == set()


def field_codes(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "FieldProblem" and len(node.args) > 1:
            code = node.args[1]
            if isinstance(code, ast.Constant) and isinstance(code.value, str):
                yield code.value


def test_every_field_problem_in_the_code_is_worded() -> None:
    sources = [*(ROOT / "backend").rglob("*.py"), *(ROOT / "mobile_api").rglob("*.py")]
    codes = {code for source in sources for code in field_codes(source)}

    assert len(codes) > 40
    assert {code for code in codes if f"field.{code}" not in catalogue("zh-CN")} == set()


def test_every_version_of_the_consent_text_is_complete() -> None:
    for version in TEXT_VERSIONS:
        parts = ["title", *(f"{code}.{part}" for code in SECTIONS for part in ("heading", "body"))]
        assert all(word(f"consent.{version}.{part}", locale) for part in parts for locale in LOCALES)


def test_an_unknown_word_is_a_defect_and_not_a_gap() -> None:
    with pytest.raises(KeyError):
        word("problem.no_such_code", "en")
    assert word("field.no_such_code", "en", default="as the developer put it") == "as the developer put it"
