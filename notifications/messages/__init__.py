"""The words of each reminder, zh-CN and en: neutral ones for providers and lock screens, detailed ones for guardians
who want them shown.

Never homework content: a detailed text may name the child and minutes, and nothing else (`PLACEHOLDERS`). The inbox in
the app words itself from the client's own catalogue.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any

LOCALES = ("zh-CN", "en")
#: All that a detailed text may speak of.
PLACEHOLDERS = frozenset(
    {"student", "cap_minutes", "latest_lights_out", "short_by_minutes", "missed_nights", "of_nights"}
)
_CLOCK = re.compile(r"\d\d:\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Words:
    """What stands on a lock screen."""

    title: str
    body: str


def words(code: str, locale: str, *, student: str | None = None, params: Mapping[str, Any] | None = None) -> Words:
    """The words of a code: detailed where `student` is given and every value the text needs is there, else neutral.

    Chinese where the locale is not one of ours. Raises KeyError for a code without words.
    """
    catalogue = load_catalogue(locale if locale in LOCALES else LOCALES[0])
    values = {**(params or {}), "student": student}
    detailed = catalogue["detailed"].get(code) if student else None
    if detailed and all(name == "student" or _is_figure(values.get(name)) for name in placeholders(detailed)):
        return Words(catalogue["title"], detailed.format_map(values))
    return Words(catalogue["title"], catalogue["neutral"][code])


def _is_figure(value: Any) -> bool:
    """Minutes, nights or a clock time: beside the child's own name nothing else is ever put into words."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return is_number or (isinstance(value, str) and _CLOCK.fullmatch(value) is not None)


def placeholders(text: str) -> set[str]:
    """The names in curly brackets."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@cache
def load_catalogue(locale: str) -> dict[str, Any]:
    """One language's words: ``title``, ``neutral`` and ``detailed`` by code."""
    loaded: dict[str, Any] = json.loads(files(__package__).joinpath(f"{locale}.json").read_text(encoding="utf-8"))
    return loaded
