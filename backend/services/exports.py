"""Class figures as a file for the academic office: XLSX or CSV, withheld where the screen withholds them.

Nothing in a file is a formula or a link, whatever a class or school is called. Column headings arrive worded.
"""

import csv
import datetime as dt
import enum
import io
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import xlsxwriter
from sqlalchemy.orm import Session

from backend.services import audit, schools, trends
from backend.services.actor import Actor
from backend.services.trend_parts import TrendBy

COLUMNS = (
    "from",
    "to",
    "subject",
    "class",
    "n",
    "enrolled",
    "mean_minutes",
    "median_minutes",
    "p90_minutes",
    "share_within_percent",
    "cap_minutes",
    "amended",
    "withheld",
)
_FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")


class ExportFormat(enum.Enum):
    """What kind of file."""

    xlsx = "xlsx"
    csv = "csv"


def export_figures(
    session: Session,
    *,
    actor: Actor,
    school_id: uuid.UUID,
    first: dt.date | None,
    last: dt.date | None,
    by: TrendBy,
    form: ExportFormat,
    headings: Mapping[str, str],
    now: dt.datetime,
) -> bytes:
    """The school's figures, a line a row and class and one for the school. Raises ``NotFound``, ``Invalid``."""
    schools.get_own_school(session, actor=actor, school_id=school_id, now=now)
    found = trends.school_trends(session, actor=actor, school_id=school_id, first=first, last=last, by=by, now=now)
    lines = [[headings[name] for name in COLUMNS], *_lines(found["items"], headings)]
    details = {"form": form.value, "by": by.value, "from": str(found["from"]), "to": str(found["to"])}
    audit.record(session, actor=actor, action="school.exported", now=now, details=details)
    return to_xlsx(lines) if form is ExportFormat.xlsx else to_csv(lines)


def _lines(items: Iterable[Mapping[str, Any]], headings: Mapping[str, str]) -> Iterable[list[Any]]:
    for row in items:
        yield _line(row, row, headings["school"], headings)
        for cell in row["classes"]:
            yield _line(row, cell, cell["name"], headings)


def _line(row: Mapping[str, Any], cell: Mapping[str, Any], name: str, headings: Mapping[str, str]) -> list[Any]:
    head = {"from": row.get("from"), "to": row.get("to"), "subject": row.get("subject"), "class": name}
    held = {"withheld": headings["is_withheld"] if cell["withheld"] else ""}
    return [{**cell, **head, **held}[column] for column in COLUMNS]


def to_csv(lines: Sequence[Sequence[Any]]) -> bytes:
    """UTF-8 with a mark, as spreadsheets expect; text that would begin a formula gets an apostrophe."""
    text = io.StringIO()
    csv.writer(text).writerows([[_plain(value) for value in line] for line in lines])
    return text.getvalue().encode("utf-8-sig")


def _plain(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_FORMULA_BEGINS):
        return f"'{value}"
    return "" if value is None else value


def to_xlsx(lines: Sequence[Sequence[Any]]) -> bytes:
    """A workbook with one sheet; every text stays text."""
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(content, options)
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    for index, line in enumerate(lines):
        sheet.write_row(index, 0, [value.isoformat() if isinstance(value, dt.date) else value for value in line])
    book.close()
    return content.getvalue()
