"""Tables of figures as a file for the academic office: XLSX or CSV, withheld where the screen withholds them.

Nothing in a file is a formula or a link, whatever a class or school is called. Column headings arrive worded.
"""

import csv
import datetime as dt
import enum
import io
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter
from sqlalchemy.orm import Session

from backend.services import audit
from backend.services.actor import Actor
from backend.services.figures import early_warnings, reports, trend_overviews, trends
from backend.services.figures.trend_parts import TrendBy
from backend.services.school import schools


class ExportTable(enum.Enum):
    """Which table."""

    figures = "figures"
    heat_map = "heat_map"
    calibration = "calibration"
    sleep = "sleep"
    warnings = "warnings"
    upward = "upward"


#: The columns of each table, in order; each is a heading's name too.
COLUMNS: Mapping[ExportTable, Sequence[str]] = {
    ExportTable.figures: (
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
    ),
    ExportTable.heat_map: ("subject", "weekday", "n", "median_minutes", "ratio", "withheld"),
    ExportTable.calibration: (
        "subject",
        "n",
        "n_censored",
        "stopped_for_sleep",
        "estimated_minutes",
        "median_minutes",
        "p10_minutes",
        "p90_minutes",
        "ratio",
        "km_median_minutes",
        "withheld",
    ),
    ExportTable.sleep: (
        "from",
        "to",
        "enrolled",
        "n_bedtime",
        "on_time_percent",
        "median_lights_out",
        "n_sleep",
        "projected",
        "median_sleep_minutes",
        "target_met_percent",
        "short_percent",
        "n_weeks",
        "debt_percent",
        "withheld",
    ),
    ExportTable.warnings: ("class_name", "code", "subject", "from", "to", "count", "of", "value", "limit", "action"),
    ExportTable.upward: (
        "stage",
        "grade",
        "n",
        "enrolled",
        "response_percent",
        "mean_minutes",
        "share_within_percent",
        "in_bed_on_time_percent",
        "sleep_target_met_percent",
        "publication_days",
        "school_days",
        "withheld",
    ),
}
#: Every heading's name, and the words that stand in cells.
HEADINGS = tuple(
    dict.fromkeys(
        [*(name for names in COLUMNS.values() for name in names), "kind", "tier", "place", "school", "is_withheld"]
    )
)
#: Full-width signs too: a spreadsheet set up for Chinese takes them for the plain ones.
_FORMULA_BEGINS = tuple("=+-@\t\r\n＝＋－＠")


class ExportFormat(enum.Enum):
    """What kind of file."""

    xlsx = "xlsx"
    csv = "csv"


def export_table(
    session: Session,
    *,
    actor: Actor,
    school_id: uuid.UUID,
    first: dt.date | None,
    last: dt.date | None,
    by: TrendBy,
    form: ExportFormat,
    table: ExportTable,
    headings: Mapping[str, str],
    now: dt.datetime,
) -> bytes:
    """One of the school's tables, withheld where the screen withholds it. Raises ``NotFound``, ``Invalid``."""
    schools.get_own_school(session, actor=actor, school_id=school_id, now=now)
    asked = _Asked(session, actor, school_id, first, last, by, now)
    columns = _columns(table, by)
    lines = [[headings[name] for name in columns]]
    lines += [_line(row, columns, headings) for row in _ROWS[table](asked, headings)]
    span = {name: None if day is None else day.isoformat() for name, day in (("from", first), ("to", last))}
    details = {"form": form.value, "by": by.value, "table": table.value} | span
    audit.record(session, actor=actor, action="school.exported", now=now, details=details)
    return to_xlsx(lines) if form is ExportFormat.xlsx else to_csv(lines)


def _columns(table: ExportTable, by: TrendBy) -> Sequence[str]:
    """The table's columns; figures by kind, tier or place have it where the subject stands."""
    if table is not ExportTable.figures or by.table is None:
        return COLUMNS[table]
    return [by.value if name == "subject" else name for name in COLUMNS[table]]


@dataclass(frozen=True)
class _Asked:
    session: Session
    actor: Actor
    school_id: uuid.UUID
    first: dt.date | None
    last: dt.date | None
    by: TrendBy
    now: dt.datetime

    @property
    def of_period(self) -> dict[str, Any]:
        return self.of_school | {"first": self.first, "last": self.last}

    @property
    def of_school(self) -> dict[str, Any]:
        return {"session": self.session, "actor": self.actor, "school_id": self.school_id, "now": self.now}


_Row = Mapping[str, Any]


def _figures(asked: _Asked, headings: Mapping[str, str]) -> Iterable[_Row]:
    """A line a row and class, and one a row for the school."""
    for row in trends.school_trends(**asked.of_period, by=asked.by)["items"]:
        yield {**row, "class": headings["school"]}
        head = {name: value for name, value in row.items() if name in {"from", "to", asked.by.value}}
        for cell in row["classes"]:
            yield {**cell, **head, "class": cell["name"]}


def _heat_map(asked: _Asked, _headings: Mapping[str, str]) -> Iterable[_Row]:
    found: list[_Row] = trend_overviews.school_overview(**asked.of_period)["heat_map"]
    return found


def _calibration(asked: _Asked, _headings: Mapping[str, str]) -> Iterable[_Row]:
    found: list[_Row] = trend_overviews.school_overview(**asked.of_period)["calibration"]
    return found


def _sleep(asked: _Asked, _headings: Mapping[str, str]) -> Iterable[_Row]:
    found = trend_overviews.school_overview(**asked.of_period)
    return [*found["sleep_weeks"], {"from": found["from"], "to": found["to"]} | found["sleep"]]


def _warnings(asked: _Asked, _headings: Mapping[str, str]) -> Iterable[_Row]:
    for row in early_warnings.school_warnings(**asked.of_school)["items"]:
        yield {**row, "action": row["closed"] and row["closed"]["action"], "withheld": False}


def _upward(asked: _Asked, headings: Mapping[str, str]) -> Iterable[_Row]:
    found = reports.school_upward(**asked.of_period)
    return [*found["grades"], {"stage": headings["school"]} | found["total"]]


_ROWS: Mapping[ExportTable, Callable[[_Asked, Mapping[str, str]], Iterable[_Row]]] = {
    ExportTable.figures: _figures,
    ExportTable.heat_map: _heat_map,
    ExportTable.calibration: _calibration,
    ExportTable.sleep: _sleep,
    ExportTable.warnings: _warnings,
    ExportTable.upward: _upward,
}


def _line(row: _Row, columns: Sequence[str], headings: Mapping[str, str]) -> list[Any]:
    remark = headings["is_withheld"] if row["withheld"] else ""
    return [remark if name == "withheld" else row.get(name) for name in columns]


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
