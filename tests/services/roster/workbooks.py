"""Small workbooks made in the test itself: what each cell holds can be read beside what is expected of it."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl

from backend.domain.policy import SchoolSystem
from backend.services.roster.problems import Problem
from backend.services.roster.reading import read_roster
from backend.services.roster.rows import RosterFile

DATA = Path(__file__).parents[2] / "data"
HEADER = ["学号", "姓名", "班级", "家长姓名", "与学生关系", "联系电话"]
ADA = ["202601", "周思", "三(1)班", "周景辰", "母亲", "15000001537"]


def shared(name: str) -> bytes:
    """One of the three workbooks in tests/data."""
    return (DATA / f"roster_{name}.xlsx").read_bytes()


def xlsx(*rows: list[Any], title: str = "名单", change: Callable[[Any], object] | None = None) -> bytes:
    """A workbook of one sheet; ``change`` may merge, hide or add sheets."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    if change:
        change(sheet)
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def read(*rows: list[Any], year: int = 2026, system: str = "six-three", **how: Any) -> RosterFile:
    """The rows and problems of such a workbook."""
    return read_roster(xlsx(*rows, **how), "roster.xlsx", school_year=year, system=SchoolSystem(system))


def found(roster: RosterFile) -> list[tuple[int | None, str | None, str, str]]:
    """Problems as (row, column, code, severity)."""
    return [(p.row, p.column, p.code, p.severity.value) for p in roster.problems]


def codes(roster: RosterFile) -> list[str]:
    """The codes of the problems, in order."""
    return [problem.code for problem in roster.problems]


def codes_of(problems: list[Problem]) -> list[str]:
    """The codes of problems, in order."""
    return [problem.code for problem in problems]
