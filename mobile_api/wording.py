"""The words of the API and of the pages it renders: one catalogue per language, keys shared."""

import json
from functools import cache
from importlib.resources import files

LOCALES = ("zh-CN", "en")


@cache
def catalogue(locale: str) -> dict[str, str]:
    """All words of one language: one file a noun under ``messages/<locale>/``."""
    words: dict[str, str] = {}
    for file in sorted((files("mobile_api") / "messages" / locale).iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".json"):
            words.update(json.loads(file.read_text(encoding="utf-8")))
    return words


def word(key: str, locale: str, default: str | None = None) -> str:
    """The wording of ``key``; an unknown key without a default is a defect and raises ``KeyError``."""
    words = catalogue(locale if locale in LOCALES else "zh-CN")
    return words[key] if default is None else words.get(key, default)
