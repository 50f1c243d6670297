"""The school's calendar by command: seeded where holidays are known, and the school's own word by CSV."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import Result
from sqlalchemy.orm import Session

from backend.storage.models import SchoolDay

Call = Callable[..., Result]


def _day(session: Session, day: str) -> tuple[bool, int | None, str, str]:
    row = session.scalars(sa.select(SchoolDay).where(SchoolDay.day == sa.func.date(day))).one_or_none()
    rows = {each.day.isoformat(): each for each in session.scalars(sa.select(SchoolDay))} if row is None else {day: row}
    found = rows[day]
    session.rollback()
    return found.is_school_day, found.timetable_weekday, found.status.value, found.note


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_is_the_schools_word(call: Call, school: str, session: Session, folder: Path, encoding: str) -> None:
    path = folder / "days.csv"
    text = "day,is_school_day,timetable_weekday,status,note\n2026-10-10,1,4,,补周四的课\n2026-11-20,0,,,运动会\n"
    path.write_text(text, encoding=encoding)
    assert call("calendar", "import", path, "--school", school).exit_code == 0
    assert _day(session, "2026-10-10") == (True, 4, "announced", "补周四的课")
    assert _day(session, "2026-11-20") == (False, None, "announced", "运动会")


def test_seeding_again_leaves_what_the_school_said(call: Call, school: str, session: Session, folder: Path) -> None:
    path = folder / "days.csv"
    path.write_text("day,is_school_day\n2026-11-20,0\n", encoding="utf-8")
    assert "Calendar: 1 day, 0" in call("calendar", "import", path, "--school", school).stdout
    seeded = call("calendar", "seed", "--school", school, "--from", "2026-11-16", "--to", "2026-11-22")
    assert seeded.exit_code == 0
    assert "7 days, 4 of them school days" in seeded.stdout
    assert _day(session, "2026-11-20")[0] is False


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ("2026-13-01,1,,,", "row 2, day"),
        ("2026-11-20,perhaps,,,", "row 2, is_school_day"),
        ("2026-11-20,1,8,,", "row 2, timetable_weekday"),
        ("2026-11-20,0,3,,", "row 2, timetable_weekday"),
        ("2026-11-20,1,,rumoured,", "row 2, status"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_taken(
    call: Call, school: str, session: Session, folder: Path, row: str, named: str
) -> None:
    path = folder / "days.csv"
    head = "day,is_school_day,timetable_weekday,status,note"
    path.write_text(f"{head}\n{row}\n2026-11-19,0,,,\n", encoding="utf-8")
    answer = call("calendar", "import", path, "--school", school)
    assert answer.exit_code == 1
    assert named in answer.stderr
    assert _day(session, "2026-11-19")[0] is True


def test_a_year_nobody_has_announced_is_estimated_and_never_crashes(call: Call, school: str, session: Session) -> None:
    answer = call("calendar", "seed", "--school", school, "--from", "2027-01-01", "--to", "2027-01-31")
    assert answer.exit_code == 0
    assert _day(session, "2027-01-04")[:3] == (True, 1, "estimated")
    assert _day(session, "2027-01-09")[0] is False
