"""The school's calendar: seeded from what is known of public holidays, then the school's own to correct.

Which nights are school nights is a rule (``backend.domain.school_days``). 2027 and later are estimated, Monday to
Friday, until the holidays are announced: nothing is guessed, and each such day says that it is an estimate.
"""

import csv
import dataclasses
import datetime as dt
import io
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.domain.errors import FieldProblem, Invalid
from backend.domain.school_days import DayFact, DayStatus, SchoolDay, seed_school_days
from backend.services import audit
from backend.services.actor import Actor
from backend.storage.queries import school_calendar

COLUMNS = ("day", "is_school_day", "timetable_weekday", "status", "note")
_YES = frozenset({"1", "true", "yes", "y", "是", "上课"})
_NO = frozenset({"0", "false", "no", "n", "否", "放假"})


@dataclass(frozen=True)
class CalendarCounts:
    """What a stretch of the calendar holds now: days that are school days, make-up days, estimated days, in all."""

    days: int
    school_days: int
    make_up_days: int
    estimated: int


def seed_calendar(session: Session, *, school_id: uuid.UUID, from_on: dt.date, to_on: dt.date) -> CalendarCounts:
    """Fill the table from ``from_on`` to ``to_on``, both included, and return what it then holds.

    Days that the school has announced stay as they are. Days outside its terms are no school days, as an estimate. A
    make-up Saturday is a school day without a timetable weekday until somebody says whose timetable it follows.
    Raises Invalid for more than ten years.
    """
    held = school_calendar.school_days_between(session, school_id, from_on, to_on)
    terms = school_calendar.terms_of(session, school_id)
    seeded = seed_school_days(from_on, to_on, public_holiday, held)
    days = [day if held.get(day.day) == day else _within(day, terms) for day in seeded]
    school_calendar.write_school_days(session, school_id, [day for day in days if held.get(day.day) != day])
    return counts_of(days)


def public_holiday(day: dt.date) -> DayFact:
    """What is announced for a day in mainland China. Raises NotImplementedError for a year not announced yet."""
    import chinese_calendar

    is_workday = bool(chinese_calendar.is_workday(day))
    holiday = chinese_calendar.get_holiday_detail(day)[1]
    named = next((h.chinese for h in chinese_calendar.Holiday if h.value == holiday), "")
    if is_workday and day.isoweekday() >= 6:
        return DayFact(True, f"{named}调休上课" if named else "调休上课")
    return DayFact(is_workday, "" if is_workday else named)


def _within(day: SchoolDay, terms: Sequence[tuple[dt.date, dt.date]]) -> SchoolDay:
    if not day.is_school_day or not terms or any(first <= day.day <= last for first, last in terms):
        return day
    return dataclasses.replace(
        day, is_school_day=False, timetable_weekday=None, status=DayStatus.estimated, note=day.note or "假期"
    )


def counts_of(days: Iterable[SchoolDay]) -> CalendarCounts:
    """The counts of some days."""
    count: Counter[str] = Counter()
    for day in days:
        count["days"] += 1
        count["school_days"] += day.is_school_day
        count["make_up_days"] += day.is_school_day and day.day.isoweekday() >= 6
        count["estimated"] += day.status is DayStatus.estimated
    return CalendarCounts(count["days"], count["school_days"], count["make_up_days"], count["estimated"])


def import_calendar(
    session: Session, *, actor: Actor, school_id: uuid.UUID, content: bytes, now: dt.datetime
) -> CalendarCounts:
    """Take a CSV (``day,is_school_day,timetable_weekday,status,note``) as the school's word; all rows or none.

    Raises Invalid, naming row and column of each field that cannot be read.
    """
    days = read_calendar(content)
    school_calendar.write_school_days(session, school_id, days)
    audit.record(
        session, actor=actor, action="calendar.imported", now=now, school_id=school_id, details={"days": len(days)}
    )
    return counts_of(days)


def read_calendar(content: bytes) -> list[SchoolDay]:
    """The days of a CSV in UTF-8 or GB18030; raises Invalid with every problem found."""
    reader = csv.DictReader(io.StringIO(_decoded(content)))
    if not {"day", "is_school_day"} <= set(reader.fieldnames or ()):
        raise Invalid("the first line names the columns", fields=[FieldProblem("row 1", "calendar_columns")])
    problems: list[FieldProblem] = []
    days = [_day(number, row, problems) for number, row in enumerate(reader, start=2) if any(row.values())]
    if problems:
        raise Invalid("some rows cannot be read", fields=problems)
    return days


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid("neither UTF-8 nor GB18030", fields=[FieldProblem("file", "encoding_unknown")])


def _day(number: int, row: Mapping[str, str | None], problems: list[FieldProblem]) -> SchoolDay:
    cell = {name: str(row.get(name) or "").strip() for name in COLUMNS}
    day = _date(cell["day"])
    said = cell["is_school_day"].lower()
    weekday = cell["timetable_weekday"]
    if day is None:
        problems.append(FieldProblem(f"row {number}, day", "date_unreadable"))
    if said not in _YES | _NO:
        problems.append(FieldProblem(f"row {number}, is_school_day", "yes_or_no"))
    if weekday and (weekday not in "1234567" or said in _NO):
        problems.append(FieldProblem(f"row {number}, timetable_weekday", "weekday_unreadable"))
        weekday = ""
    if cell["status"] not in {"", "announced", "estimated"}:
        problems.append(FieldProblem(f"row {number}, status", "day_status"))
        cell["status"] = ""
    return _school_day(day or dt.date.min, said in _YES, weekday, cell)


def _school_day(day: dt.date, is_school_day: bool, weekday: str, cell: Mapping[str, str]) -> SchoolDay:
    own = day.isoweekday() if is_school_day and day.isoweekday() < 6 else None
    status = DayStatus(cell["status"] or "announced")
    return SchoolDay(day, is_school_day, int(weekday) if weekday else own, status, cell["note"])


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text.replace("/", "-"))
    except ValueError:
        return None
