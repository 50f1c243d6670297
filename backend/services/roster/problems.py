"""What can be wrong with a roster: one problem names a cell, says what is wrong and what to do.

The wording is in ``wording``; what to check is in ``rows`` and ``importing``. A problem never carries a name, a
telephone or a number of a person: it is shown on screens, printed by the command and may be logged.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from backend.services.roster.wording import word


class Severity(enum.Enum):
    """What a problem does to its row."""

    REFUSED = "refused"
    """The row (or, without a row, the whole file) is not imported."""
    WARNING = "warning"
    """It is imported; somebody should look."""


@dataclass(frozen=True)
class Problem:
    """One thing to put right. ``row`` is the number at the left edge of the spreadsheet, ``column`` its letter.

    Both are None when the problem is of a sheet or of the file as a whole; then ``sheet`` may be empty.
    """

    sheet: str
    row: int | None
    column: str | None
    code: str
    severity: Severity
    params: Mapping[str, str | int] = field(default_factory=dict, hash=False)
    about_stored: bool = False
    """Whether it speaks of what the database holds rather than of another row; only the sentence differs."""

    def message(self, locale: str = "zh-CN") -> str:
        """One sentence in Chinese or English: which cell, what is wrong, what to do."""
        sentence = f"{self.code}_stored" if self.about_stored else self.code
        return word(sentence, locale, place=self._place(locale), **self.params)

    def as_dict(self, locale: str = "zh-CN") -> dict[str, str | int | None]:
        """The form the command and the API answer with."""
        return {
            "sheet": self.sheet,
            "row": self.row,
            "column": self.column,
            "code": self.code,
            "severity": self.severity.value,
            "message": self.message(locale),
        }

    def _place(self, locale: str) -> str:
        chinese = locale.startswith("zh")
        parts = []
        if self.sheet:
            parts.append(f"工作表「{self.sheet}」" if chinese else f"Sheet “{self.sheet}”")
        if self.row is not None:
            cell = f"{self.column or ''}{self.row}"
            row = f"第{self.row}行" if chinese else f"row {self.row}"
            mark = f"（{cell}）" if chinese else f" ({cell})"
            parts.append(row + (mark if self.column else ""))
        return ("" if chinese else ", ").join(parts) + ("：" if chinese else ": ") if parts else ""


def refused(sheet: str, row: int | None, column: str | None, code: str, **params: str | int) -> Problem:
    """A problem that keeps its row, or without a row the whole file, from being imported."""
    return Problem(sheet, row, column, code, Severity.REFUSED, params)


def warning(sheet: str, row: int | None, column: str | None, code: str, **params: str | int) -> Problem:
    """A problem that is told, while its row is imported all the same."""
    return Problem(sheet, row, column, code, Severity.WARNING, params)


def column_letter(index: int) -> str:
    """The spreadsheet's letter of a column counted from 0: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
