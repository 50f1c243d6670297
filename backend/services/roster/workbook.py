"""A file becomes sheets of plain text cells: .xlsx, .xls and .ods by calamine, .csv by the standard library.

Limits are kept before anything is converted. Hidden columns, hidden sheets and identity numbers are dropped here, so
that nothing behind this module ever holds them. What a column means belongs to ``headers``.
"""

from __future__ import annotations

import csv
import datetime as dt
import enum
import io
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from backend.services.roster.container import (
    MAX_BYTES,
    MAX_COLUMNS,
    MAX_ROWS,
    Extent,
    Unreadable,
    ods_extents,
    pack,
    unpack,
    xlsx_extents,
)
from backend.services.roster.problems import Problem, refused, warning

MAX_CELL_LENGTH = 500
_BIGGEST_EXACT = 10**15  # a float tells whole numbers apart up to here, and Excel keeps 15 digits
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_WRAPPED = re.compile(r'^="?(.*?)"?$')

# Eighteen digits (the last may be X), together or as 6-8-4; a letter before them makes it a national student number,
# which alone may stay, for its keyed hash.
_IDENTITY = re.compile(r"(?<![0-9A-Za-z])(?:\d{17}[\dXx]|\d{6}[ -]\d{8}[ -]\d{3}[\dXx])(?![0-9])")
_IDENTITY_IN_TEXT = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
NATIONAL_IDENTITY = re.compile(r"[A-Za-z]\d{17}[\dXx]")


class CellKind(enum.Enum):
    """What a cell was before it became text; cells that were text have no mark."""

    NUMBER = "number"
    DATE = "date"
    ROUNDED = "rounded"
    """A number too long to be exact: nothing of it is kept."""
    IDENTITY = "identity"
    """It held an identity number, which was removed."""


@dataclass
class Sheet:
    """One visible sheet: ``rows[0][0]`` is A1. ``kinds`` marks cells that were no text, ``above`` maps a cell that a
    vertical merge covers to the row of its value (both by row and column, from 0)."""

    title: str
    rows: list[list[str]]
    kinds: dict[tuple[int, int], CellKind] = field(default_factory=dict)
    above: dict[tuple[int, int], int] = field(default_factory=dict)

    def text(self, row: int, column: int) -> str:
        """The text of a cell; empty beyond the edge."""
        cells = self.rows[row]
        return cells[column] if column < len(cells) else ""

    def kind(self, row: int, column: int) -> CellKind | None:
        """What the cell was, or None for text."""
        return self.kinds.get((row, column))


@dataclass
class Workbook:
    """The sheets of a file, or the one problem that kept it from being read."""

    sheets: list[Sheet] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_workbook(content: bytes, filename: str) -> Workbook:
    """Read a file of any supported kind, told by its content. Never raises for what is in the file."""
    try:
        return _read(content, filename)
    except Unreadable as error:
        return Workbook(problems=[refused(error.sheet, None, None, error.code, **error.params)])
    except PasswordError:
        return Workbook(problems=[refused("", None, None, "file_protected")])
    except (CalamineError, csv.Error, ValueError, OverflowError):
        return Workbook(problems=[refused("", None, None, "file_unreadable")])


def _read(content: bytes, filename: str) -> Workbook:
    if not content:
        raise Unreadable("file_empty")
    if len(content) > MAX_BYTES:
        raise Unreadable("file_too_large", limit=MAX_BYTES // 1024 // 1024)
    if content.startswith(b"PK"):
        return _read_zip(content)
    if content.startswith(_OLE):
        workbook = _read_sheets(io.BytesIO(content), None)
        workbook.problems.append(warning("", None, None, "hidden_columns_unknown"))
        return workbook
    return Workbook(sheets=[_read_csv(content, filename)])


def _read_zip(content: bytes) -> Workbook:
    members = unpack(content)
    if "xl/workbook.xml" in members:
        return _read_sheets(pack(members), xlsx_extents(members))
    if b"opendocument.spreadsheet" in members.get("mimetype", b"") and "content.xml" in members:
        return _read_sheets(pack(members), ods_extents(members))
    raise Unreadable("file_wrong_type")


def _read_sheets(stream: io.BytesIO, extents: dict[str, Extent] | None) -> Workbook:
    workbook = Workbook()
    with CalamineWorkbook.from_object(stream) as source:
        for index, metadata in enumerate(source.sheets_metadata):
            if metadata.typ != SheetTypeEnum.WorkSheet:  # a chart
                continue
            if metadata.visible != SheetVisibleEnum.Visible:
                workbook.problems.append(warning(metadata.name, None, None, "sheet_hidden"))
            else:
                hidden = set() if extents is None else _hidden_columns(extents, metadata.name)
                workbook.sheets.append(_convert(source.get_sheet_by_index(index), hidden))
    return workbook


def _hidden_columns(extents: dict[str, Extent], title: str) -> set[int]:
    """The hidden columns of a sheet. One that was not walked is not read: its extent is unknown. Raises Unreadable."""
    if title not in extents:
        raise Unreadable("file_unreadable", title)
    return extents[title].hidden


def _convert(source: Any, hidden: set[int]) -> Sheet:
    if source.total_height > MAX_ROWS:
        raise Unreadable("too_many_rows", source.name, limit=MAX_ROWS)
    if source.total_width > MAX_COLUMNS:
        raise Unreadable("too_many_columns", source.name, limit=MAX_COLUMNS)
    sheet = Sheet(title=clean(source.name), rows=[])
    _fill(sheet, source.to_python(skip_empty_area=False), hidden)
    for (top, left), (bottom, _) in source.merged_cell_ranges or []:
        sheet.above.update({(row, left): top for row in range(top + 1, min(bottom, len(sheet.rows) - 1) + 1)})
    return sheet


def _fill(sheet: Sheet, grid: Iterable[list[Any]], hidden: set[int]) -> None:
    for row, values in enumerate(grid):
        cells = []
        for column, value in enumerate(values):
            text, kind = ("", None) if value == "" or column in hidden else _cell(value)
            if kind is not None:
                sheet.kinds[row, column] = kind
            cells.append(text)
        sheet.rows.append(cells)


def _cell(value: Any) -> tuple[str, CellKind | None]:
    if isinstance(value, str):
        return _without_identity(clean(value))
    if isinstance(value, bool):
        return ("是" if value else "否"), None
    if isinstance(value, (int, float)):
        return _number(float(value))
    if isinstance(value, dt.date):
        return value.isoformat()[:10], CellKind.DATE
    return str(value), CellKind.DATE


def _number(value: float) -> tuple[str, CellKind]:
    if abs(value) >= _BIGGEST_EXACT or value != value:  # noqa: PLR0124 - not a number
        return "", CellKind.ROUNDED
    return (str(int(value)) if value.is_integer() else repr(value)), CellKind.NUMBER


def _without_identity(text: str) -> tuple[str, CellKind | None]:
    if len(text) < 18:
        return text, None
    plain = unicodedata.normalize("NFKC", text)
    if NATIONAL_IDENTITY.fullmatch(plain.strip()):
        return text, None
    cleaned = _IDENTITY_IN_TEXT.sub("", _IDENTITY.sub("", plain)).strip()
    return (text, None) if cleaned == plain.strip() else (cleaned, CellKind.IDENTITY)


def clean(text: str) -> str:
    """A cell's text without control, format and surrogate characters; any white space becomes one kind of space."""
    if text.isalnum() and len(text) <= MAX_CELL_LENGTH:
        return text
    kept = "".join(" " if char.isspace() else char for char in text if char.isspace() or _is_visible(char))
    return kept.strip()[:MAX_CELL_LENGTH]


def _is_visible(char: str) -> bool:
    return char.isprintable() or unicodedata.category(char) == "Co"  # rare names are typed in the private use area


def _read_csv(content: bytes, filename: str) -> Sheet:
    text = _decode(content)
    if text.lstrip()[:1] == "<":  # a web page or XML that calls itself a spreadsheet
        raise Unreadable("file_wrong_type")
    rows: list[list[str]] = []
    sheet = Sheet(title=clean(PurePath(filename).stem), rows=rows)
    for values in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)):
        Extent().reach(len(rows) + 1, len(values), sheet.title)
        _fill_csv_row(sheet, values)
    return sheet


def _fill_csv_row(sheet: Sheet, values: list[str]) -> None:
    cells = []
    for column, value in enumerate(values):
        unwrapped = _WRAPPED.sub(r"\1", value.strip()).lstrip("'")  # ="0123" and '0123 keep zeros in exports
        text, kind = _without_identity(clean(unwrapped))
        if kind is not None:
            sheet.kinds[len(sheet.rows), column] = kind
        cells.append(text)
    sheet.rows.append(cells)


def _decode(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    if _CONTROL.search(content):
        raise Unreadable("file_wrong_type")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("file_wrong_type")


def _delimiter(text: str) -> str:
    head = text[:4096]
    return max(",\t;", key=head.count)
