"""Lines of cells as a file that spreadsheets open: XLSX or CSV. What stands in them is not decided here.

Nothing in a file is a formula or a link, whatever a class, a school or a subject is called.
"""

import csv
import datetime as dt
import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter

Lines = Sequence[Sequence[Any]]
#: Full-width signs too: a spreadsheet set up for Chinese takes them for the plain ones.
_FORMULA_BEGINS = tuple("=+-@\t\r\n＝＋－＠")
#: Safe in a workbook: no text of ours is made into anything else.
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_NARROWEST, _WIDEST = 8, 48


@dataclass(frozen=True)
class Sheet:
    """One table: its title, and its lines, the first of which are the headings."""

    title: str
    lines: Lines


def sheets_to_csv(sheets: Sequence[Sheet]) -> bytes:
    """One table as it is; several below each other, each under its title, with an empty line between."""
    if len(sheets) == 1:
        return to_csv(sheets[0].lines)
    lines: list[Sequence[Any]] = []
    for sheet in sheets:
        lines += [*([[]] if lines else []), [sheet.title], *sheet.lines]
    return to_csv(lines)


def to_csv(lines: Lines) -> bytes:
    """UTF-8 with a mark, as spreadsheets expect; text that would begin a formula gets an apostrophe."""
    text = io.StringIO()
    csv.writer(text).writerows([[_plain(value) for value in line] for line in lines])
    return text.getvalue().encode("utf-8-sig")


def _plain(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_FORMULA_BEGINS):
        return f"'{value}"
    return "" if value is None else value


def sheets_to_xlsx(sheets: Sequence[Sheet]) -> bytes:
    """A workbook with a sheet a table: headings that stay in sight, columns as wide as what they hold."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, _OPTIONS)
    heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
    for sheet in sheets:
        page = book.add_worksheet(sheet.title[:31])
        page.freeze_panes(1, 0)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)
        for row, line in enumerate(sheet.lines):
            for column, value in enumerate(line):
                _write(page, row, column, value, heading if row == 0 else day)
        for column, width in enumerate(_widths(sheet.lines)):
            page.set_column(column, column, width)
    book.close()
    return content.getvalue()


def to_xlsx(lines: Lines) -> bytes:
    """A workbook with one sheet; every text stays text."""
    return sheets_to_xlsx([Sheet("Sheet1", lines)])


def _write(page: Any, row: int, column: int, value: Any, style: Any) -> None:
    if isinstance(value, dt.date):
        page.write_datetime(row, column, dt.datetime.combine(value, dt.time()), style)
    elif value is not None:
        page.write(row, column, value, *([style] if row == 0 else []))


def _widths(lines: Lines) -> list[int]:
    """How wide each column has to be: a Chinese character is as wide as two digits, a heading may break in two."""
    widths: list[int] = []
    for row, line in enumerate(lines):
        for column, value in enumerate(line):
            widths += [_NARROWEST] * (column + 1 - len(widths))
            wide = _width(value) if row else -(-_width(value) // 2)
            widths[column] = min(_WIDEST, max(widths[column], wide + 2))
    return widths


def _width(value: Any) -> int:
    return 0 if value is None else sum(1 + (unicodedata.east_asian_width(sign) in "WF") for sign in str(value))
