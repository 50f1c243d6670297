"""The command's words in Chinese and English, and the choice between them.

One catalogue a language, `backend/data/cli_messages.<locale>.json`, keys shared. What phones and pages say is worded
elsewhere.
"""

import json
import locale
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

LOCALES = ("zh-CN", "en")
_COUNTED = re.compile(r"\{(\w+)\|([^|}]*)\|([^}]*)\}")


@cache
def catalogue(name: str) -> dict[str, str]:
    """All words of one language, by key."""
    text = (files("backend") / "data" / f"cli_messages.{name}.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


class Words:
    """Says a key of the catalogue in one language."""

    def __init__(self, name: str) -> None:
        self.locale = name if name in LOCALES else "en"

    def __call__(self, key: str, **params: Any) -> str:
        """The wording of ``key``; an unknown key is a defect and raises ``KeyError``."""
        return filled(catalogue(self.locale)[key], params)

    def find(self, key: str, **params: Any) -> str | None:
        """The wording of ``key``, or None when there is none."""
        found = catalogue(self.locale).get(key)
        return None if found is None else filled(found, params)

    def table(self, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
        """Lines of a plain table; a Chinese character takes two columns, so that the columns stand straight."""
        lines = [heads, *rows]
        widths = [max(width_of(line[column]) for line in lines) for column in range(len(heads))]
        return [
            "  ".join(padded(cell, width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
        ]


def filled(text: str, params: Mapping[str, Any]) -> str:
    """``text`` with its ``{names}`` filled in; ``{n|class|classes}`` is the number with the word that fits it."""
    counted = _COUNTED.sub(lambda found: f"{{{found[1]}}} {found[2] if params[found[1]] == 1 else found[3]}", text)
    return counted.format(**params)


def padded(text: str, width: int) -> str:
    """``text`` filled with blanks to ``width`` columns of a terminal."""
    return text + " " * (width - width_of(text))


def width_of(text: str) -> int:
    """How many columns of a terminal ``text`` takes."""
    from unicodedata import east_asian_width

    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def locale_of(env: Mapping[str, str]) -> str:
    """``zh-CN`` or ``en``: what the environment's locale says, as other commands read it."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if env.get(name):
            return "zh-CN" if env[name].lower().startswith("zh") else "en"
    known = (locale.getlocale()[0] or "").lower()
    return "zh-CN" if known.startswith(("zh", "chinese")) else "en"


def locale_named(text: str) -> str:
    """``zh-CN`` for anything that begins with zh, else ``en``: what `--lang` takes."""
    return "zh-CN" if text.lower().startswith("zh") else "en"
