"""Single cells: names, telephones, relations, birth months, boarding. Classes are in ``class_names``."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from backend.domain.errors import Invalid
from backend.domain.people import normalise_telephone, under_14_until
from backend.services.roster.workbook import CellKind

MAX_NAME_LENGTH = 120
_NOBODY = frozenset(
    {"无", "/", "\\", "-", "—", "——", "暂无", "没有", "n/a", "na", "0", "无名", "空", "none", "null", "?"}
)
_CJK = re.compile(r"[\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_MIDDLE_DOTS = re.compile(r"[•‧∙⋅・·．]")
_IN_NAMES = frozenset(" ·'’-.〇")
_BETWEEN_TELEPHONES = re.compile(r"[/、,;，；|或和]|\s{2,}|(?<=\d{11})\s")
_BIRTH = re.compile(r"((?:19|20)\d\d)[-./年](\d{1,2})(?:[-./月].*)?")
_BIRTH_TOGETHER = re.compile(r"((?:19|20)\d\d)(\d\d)(?:\d\d)?")
_YES = frozenset(
    {"是", "住校", "住宿", "寄宿", "住", "住校生", "寄宿生", "住宿生", "全住", "y", "yes", "1", "true", "√", "✓", "✔"}
)
_NO = frozenset(
    {
        "否",
        "走读",
        "不住校",
        "不住宿",
        "不住",
        "不寄宿",
        "走读生",
        "通学",
        "n",
        "no",
        "0",
        "false",
        "×",
        "x",
        "✗",
        "/",
        "无",
    }
)
_RELATIONS = {"父": "父亲", "爸": "父亲", "爸爸": "父亲", "母": "母亲", "妈": "母亲", "妈妈": "母亲"}
_MAX_RELATION_LENGTH = 40


def person_name(text: str) -> tuple[str | None, str | None]:
    """A name as it is kept, and a warning's code or None: (None, None) when the cell names nobody.

    Spaces inside a Chinese name are removed (``name_spaces``); middle dots become one kind; anything that is no letter
    is kept and told (``name_odd``).
    """
    name = _MIDDLE_DOTS.sub("·", unicodedata.normalize("NFC", " ".join(text.split())))
    if name.casefold() in _NOBODY or not name:
        return None, None
    spaced = bool(_CJK.search(name)) and " " in name
    name = name.replace(" ", "") if spaced else name
    if not all(char in _IN_NAMES or unicodedata.category(char)[0] in "LM" or _is_private(char) for char in name):
        return name, "name_odd"
    return name, "name_spaces" if spaced else None


def telephone(text: str) -> tuple[str | None, str | None]:
    """The first good telephone of a cell, and ``no_telephone`` or ``bad_telephone`` when there is none."""
    if not text or text.casefold() in _NOBODY:
        return None, "no_telephone"
    candidates = [text, *_BETWEEN_TELEPHONES.split(unicodedata.normalize("NFKC", text))]
    found = next((number for part in candidates if part and (number := normalise_telephone(part))), None)
    return found, None if found else "bad_telephone"


def relation(text: str) -> str:
    """The relation as the roster words it, short forms written out (母 is 母亲); empty when nothing is said."""
    word = "".join(unicodedata.normalize("NFKC", text).split())
    return _RELATIONS.get(word, word)[:_MAX_RELATION_LENGTH] if word.casefold() not in _NOBODY else ""


def boards(text: str) -> bool | None:
    """Whether the child boards; None when the cell is empty. Raises ValueError for anything else."""
    word = "".join(unicodedata.normalize("NFKC", text).split()).casefold()
    if not word:
        return None
    if word in _YES or word in _NO:
        return word in _YES
    raise ValueError(word)


def under_14(text: str, kind: CellKind | None, school_year: int) -> dt.date | None:
    """The day from which the child is surely 14; the birth month itself goes no further than here.

    None for an empty cell; raises ValueError when the month cannot be told or no pupil can be of that age.
    """
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    if not plain:
        return None
    match = _BIRTH.fullmatch(plain) or _BIRTH_TOGETHER.fullmatch(plain)
    if match is None or (kind is CellKind.NUMBER and plain.endswith(".1")):  # 2011.1 may have been 2011.10
        raise ValueError("no month")
    if not 4 <= school_year - int(match[1]) <= 25:
        raise ValueError("no pupil's age")
    try:
        return under_14_until(int(match[1]), int(match[2]))
    except Invalid as error:
        raise ValueError("no month") from error


def _is_private(char: str) -> bool:
    return unicodedata.category(char) == "Co"


def number(text: str) -> str:
    """A student number in one writing: half width, no spaces, capital letters; empty when there is none."""
    plain = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    return "" if plain.casefold() in _NOBODY - {"0"} else plain
