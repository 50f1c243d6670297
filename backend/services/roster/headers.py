"""Which row is the header, and what each column means, whatever the school calls it.

Headers may stand under merged titles, on two lines (父亲 and 母亲 over 姓名 and 手机), or again on every printed page.
Only columns recognised here are ever read; identity numbers, addresses and remarks are none of them.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from backend.services.roster.workbook import Sheet

_SEARCHED_HEADER_LENGTH = 40


class Meaning(enum.Enum):
    """What a column holds."""

    NAME = "name"
    NUMBER = "number"
    NATIONAL = "national number"
    CLASS = "class"
    GRADE = "grade"
    STAGE = "stage"
    BOARDS = "boards"
    BIRTH = "birth month"
    GUARDIAN = "guardian's name"
    TELEPHONE = "guardian's telephone"
    RELATION = "guardian's relation"
    IGNORED = "known and not needed"
    NOT_A_ROSTER = "a list of staff"


OF_GUARDIAN = frozenset({Meaning.GUARDIAN, Meaning.TELEPHONE, Meaning.RELATION})

_MEANINGS: tuple[tuple[Meaning, str], ...] = (
    (Meaning.NOT_A_ROSTER, r"任教|任课|职务|职称|工号|教师姓名|教职工|teacher"),
    (
        Meaning.IGNORED,
        r"身份证|证件|idcard|identity|性别|gender|sex|民族|备注|说明|序号|^no\.?$|住址|地址|户口|户籍|籍贯|健康|年龄|"
        r"单位|职业|文化|学历|邮|email|照片|签名|签字|座号|考号|考生号|班主任|老师|学校|校区|微信|qq|政治|拼音|英文名|曾用|辅号|宿舍|"
        r"寝室|紧急|学生(本人)?(电话|手机|联系)|班级(人数|编号|电话)|入学(时间|日期|方式)|国籍|港澳台|残疾|低保|留守|随迁",
    ),
    (Meaning.NATIONAL, r"学籍|nationalnumber|nationalstudent"),
    (Meaning.NUMBER, r"学号|学生(编)?号|校内编号|studentn(o|umber)|studentid"),
    (Meaning.BIRTH, r"出生|生日|birth"),
    (Meaning.BOARDS, r"住校|寄宿|住宿|走读|就读方式|board"),
    (Meaning.RELATION, r"关系|relation"),
    (Meaning.TELEPHONE, r"电话|手机|联系方式|联系号码|手机号|phone|mobile|tel\b"),
    (Meaning.GUARDIAN, r"父|母|爸|妈|监护人|家长|联系人|guardian|parent|mother|father"),
    (Meaning.GRADE, r"^(所在|现在|学生)?(年级|年段|级别|入学年份|级)(名称)?$|^grade$"),
    (Meaning.STAGE, r"^学段(名称)?$|^stage$"),
    (Meaning.CLASS, r"班级|年班|班别|班号|班次|^班$|行政班|^class"),
    (Meaning.NAME, r"姓名|名字|^学生$|学生名|^名称$|^(student)?name$"),
)
_NAME_HINT = re.compile(r"名|学\s*生|name", re.IGNORECASE)  # spares every other line the whole search
_COMPILED = tuple((meaning, re.compile(pattern)) for meaning, pattern in _MEANINGS)
_WHO = (
    ("father", re.compile(r"^(?!.*母).*(父|爸)|^(?!.*mother).*father")),
    ("mother", re.compile(r"^(?!.*父).*(母|妈)|mother")),
    ("1", re.compile(r"(监护人|家长|联系人|guardian|parent)(1|一)|第一(监护人|家长|联系人)|主要?(监护人|联系人)")),
    ("2", re.compile(r"(监护人|家长|联系人|guardian|parent)(2|二)|第二(监护人|家长|联系人)|次要?(监护人|联系人)")),
    ("3", re.compile(r"(监护人|家长|联系人|guardian|parent)(3|三)|第三(监护人|家长|联系人)")),
)


@dataclass
class GuardianColumns:
    """The columns (from 0) that speak of one guardian; ``relation`` is given when the header says father or mother."""

    who: str | None
    name: int | None = None
    telephone: int | None = None
    relation_column: int | None = None
    relation: str = ""

    def has(self, meaning: Meaning) -> bool:
        """Whether this guardian already has such a column."""
        return self._get(meaning) is not None

    def put(self, meaning: Meaning, column: int) -> None:
        """Take a column."""
        if meaning is Meaning.GUARDIAN:
            self.name = column
        elif meaning is Meaning.TELEPHONE:
            self.telephone = column
        else:
            self.relation_column = column

    @property
    def columns(self) -> tuple[int | None, int | None, int | None]:
        """Name, telephone and relation."""
        return self.name, self.telephone, self.relation_column

    def _get(self, meaning: Meaning) -> int | None:
        by_meaning = {Meaning.GUARDIAN: self.name, Meaning.TELEPHONE: self.telephone}
        return by_meaning.get(meaning, self.relation_column)


@dataclass
class Header:
    """A header's place and meaning: data begins at row ``below`` (from 0); ``texts`` are the headings by column."""

    at: int
    below: int
    columns: dict[Meaning, int] = field(default_factory=dict)
    guardians: list[GuardianColumns] = field(default_factory=list)
    texts: dict[int, str] = field(default_factory=dict)
    is_roster: bool = True

    @cached_property
    def readable(self) -> frozenset[int]:
        """Every column that is read."""
        slots = (slot for guardian in self.guardians for slot in guardian.columns)
        return frozenset(self.columns.values()) | {column for column in slots if column is not None}


def find_headers(sheet: Sheet) -> list[Header]:
    """Every header of a sheet from top to bottom: one, or one for each block. A repeated header is found again."""
    headers: list[Header] = []
    row = 0
    while row < len(sheet.rows):
        header = _header_at(sheet, row) if _NAME_HINT.search("\n".join(sheet.rows[row])) else None
        if header is None:
            row += 1
        else:
            headers.append(header)
            row = header.below
    return headers


@lru_cache(maxsize=4096)
def meaning_of(text: str) -> Meaning | None:
    """What a heading means, or None when it is not known."""
    key = heading_key(text)
    if not key or len(key) > _SEARCHED_HEADER_LENGTH:
        return None
    return next((meaning for meaning, pattern in _COMPILED if pattern.search(key)), None)


@lru_cache(maxsize=4096)
def heading_key(text: str) -> str:
    """A heading without what does not matter: spaces, stars, brackets, colons, 必填."""
    return re.sub(r"[\s*※＊:()（）\[\]【】/_\-、]|必填|选填", "", unicodedata.normalize("NFKC", text)).lower()


def _header_at(sheet: Sheet, row: int) -> Header | None:
    own = sheet.rows[row]
    below = sheet.rows[row + 1] if row + 1 < len(sheet.rows) else []
    lower = below if _continues(own, below) else []
    upper = [] if lower else _group_row(sheet, row)
    header = Header(at=row - bool(upper), below=row + (2 if lower else 1))
    if lower:
        _assign(header, _joined(own, lower))
    else:
        _assign(header, _joined(upper, own) if upper else own)
    known = len(header.texts)
    return header if Meaning.NAME in header.columns and known >= 2 and _is_heading(own) else None


def _is_heading(cells: list[str]) -> bool:
    """Most of a header's filled cells are known headings; a data row's are not."""
    filled = [cell for cell in cells if cell]
    known = sum(1 for cell in filled if meaning_of(cell) is not None)
    return known * 2 >= len(filled)


def _continues(own: list[str], below: list[str]) -> bool:
    """Whether the next row is the second line of this header: only headings, and none under the name."""
    filled = [(column, cell) for column, cell in enumerate(below) if cell]
    if not filled or not any(meaning_of(cell) is Meaning.NAME for cell in own):
        return False
    under_name = any(column < len(own) and meaning_of(own[column]) is Meaning.NAME for column, _ in filled)
    return not under_name and all(meaning_of(cell) is not None for _, cell in filled)


def _group_row(sheet: Sheet, row: int) -> list[str]:
    """The line above a header, when it names groups such as 父亲 and 母亲 over it."""
    if row == 0:
        return []
    above = sheet.rows[row - 1]
    filled = [cell for cell in above if cell]
    grouped = any(meaning_of(cell) in OF_GUARDIAN for cell in filled)
    return above if len(filled) >= 2 and grouped and _is_heading_of_groups(filled) else []


def _is_heading_of_groups(filled: list[str]) -> bool:
    return all(len(cell) <= 12 and not any(char.isdigit() and len(cell) > 6 for char in cell) for cell in filled)


def _joined(upper: list[str], lower: list[str]) -> list[str]:
    """Each lower heading under its group: an empty upper cell takes the group to its left."""
    width = max(len(upper), len(lower))
    joined, group = [], ""
    for column in range(width):
        top = upper[column] if column < len(upper) else ""
        bottom = lower[column] if column < len(lower) else ""
        group = top or (group if bottom else "")
        joined.append(group + bottom)
    return joined


def _assign(header: Header, texts: list[str]) -> None:
    for column, text in enumerate(texts):
        meaning = meaning_of(text)
        if meaning is None:
            continue
        header.texts[column] = text
        if meaning is Meaning.NOT_A_ROSTER:
            header.is_roster = False
        elif meaning in OF_GUARDIAN:
            _assign_guardian(header, meaning, column, text)
        elif meaning is not Meaning.IGNORED:
            header.columns.setdefault(meaning, column)


def _assign_guardian(header: Header, meaning: Meaning, column: int, text: str) -> None:
    key = heading_key(text)
    who = next((who for who, pattern in _WHO if pattern.search(key)), None)
    slot = _slot(header, meaning, who)
    slot.put(meaning, column)
    slot.relation = {"father": "父亲", "mother": "母亲"}.get(who or "", "")


def _slot(header: Header, meaning: Meaning, who: str | None) -> GuardianColumns:
    """The guardian a column belongs to: the one it names, else the last one that lacks such a column."""
    if who is not None:
        found = next((slot for slot in header.guardians if slot.who == who), None)
    else:
        last = header.guardians[-1] if header.guardians else None
        found = None if last is None or last.has(meaning) else last
    if found is None:
        found = GuardianColumns(who=who)
        header.guardians.append(found)
    return found
