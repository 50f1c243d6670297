"""Classes of 45 with nights of four pieces of work each, for `bench.trends`; of a large school most are copies of ten.

Copies are made by the database, with what was fixed of the ten: 20,000 students would take an hour otherwise.
"""

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa

from backend.domain.load import CapScope, Kind, Outcome, Place, Tier
from backend.domain.people import PersonKind
from backend.domain.policy import Stage
from backend.domain.sheet import SheetState
from backend.storage.models import (
    Assignment,
    AssignmentState,
    Class,
    Enrolment,
    Entry,
    NightSheet,
    Person,
    Post,
    Student,
)
from tests.cast import START, TONIGHT, the_cast

STUDENTS, GRADES = 45, 6
SUBJECTS = ("chinese", "maths", "english", "science")
#: So many classes differ; from there on they are copies.
ORIGINALS = 10
COPIED = (
    ("people", ("id",)),
    ("students", ("id",)),
    ("enrolments", ("id", "student_id", "class_id")),
    ("assignments", ("id", "class_id")),
    ("night_sheets", ("student_id", "class_id")),
    ("entries", ("student_id", "class_id", "assignment_id")),
    ("frozen_figures", ("class_id",)),
)


def id_of(number: int, n: int = 0) -> uuid.UUID:
    """An id of a class: itself, its students from 1, its homework from 1000. The first half says which class."""
    return uuid.UUID(int=((11 + number) << 64) + n)


def fill(engine: sa.Engine, number: int, nights: int) -> None:
    """One class with its nights; the first is the homeroom teacher's own."""
    cast = the_cast()
    key = {"school_id": cast.shiyan.id}
    students = [id_of(number, 1 + n) for n in range(STUDENTS)]
    since = TONIGHT - dt.timedelta(days=nights + 30)
    with engine.begin() as connection:
        connection.execute(sa.insert(Class), key | _class(number))
        people = {"kind": PersonKind.student, "name": "学生", "name_key": "学生", "created_at": START}
        connection.execute(sa.insert(Person), [key | people | {"id": each} for each in students])
        connection.execute(sa.insert(Student), [key | {"id": each, "may_write": True} for each in students])
        enrolled = [{"id": each, "student_id": each, "class_id": id_of(number), "from_on": since} for each in students]
        connection.execute(sa.insert(Enrolment), [key | each for each in enrolled])
        if number == 0:
            post = {"id": id_of(0), "person_id": cast.homeroom.id, "role": "homeroom_teacher", "class_id": id_of(0)}
            connection.execute(sa.insert(Post), key | post | {"weekdays": [], "from_on": since})
        for back in range(1, nights + 1):
            _add_night(connection, number, students, TONIGHT - dt.timedelta(days=back), back)


def _class(number: int) -> dict[str, Any]:
    named = {"school_year": 2020, "stage": Stage.primary, "grade": 1 + number % GRADES, "number": 100 + number}
    return named | {"id": id_of(number), "name": f"({number})班"}


def _add_night(connection: sa.Connection, number: int, students: list[uuid.UUID], night: dt.date, back: int) -> None:
    """Four pieces of homework, and a sheet with an entry of each a student."""
    key = {"school_id": the_cast().shiyan.id, "class_id": id_of(number)}
    work = [id_of(number, 1000 + back * len(SUBJECTS) + at) for at in range(len(SUBJECTS))]
    given = {"title": "练习", "kind": Kind.written, "place": Place.home, "given_on": night, "created_at": START}
    given |= {"due_on": night + dt.timedelta(days=1), "state": AssignmentState.PUBLISHED}
    given |= {"created_by": the_cast().homeroom.id}
    named = [{"id": each, "subject": subject} for each, subject in zip(work, SUBJECTS, strict=True)]
    connection.execute(sa.insert(Assignment), [key | given | each for each in named])
    capped = {"cap_scope": CapScope.all, "cap_minutes": 60, "state": SheetState.submitted, "opened_at": START}
    sheets, entries = [], []
    for n, student in enumerate(students):
        spent = [5 + (n * 7 + back * 3 + at * 5 + number * 11) % 23 for at in range(len(SUBJECTS))]
        total = {"capped_minutes": sum(spent), "written_minutes": sum(spent), "changed_at": START, "night": night}
        sheets.append(key | capped | total | {"student_id": student, "change_counter": 1000 - back})
        entries += [key | _entry(student, night, at, spent[at], assignment_id) for at, assignment_id in enumerate(work)]
    connection.execute(sa.insert(NightSheet), sheets)
    connection.execute(sa.insert(Entry), entries)


def _entry(student: uuid.UUID, night: dt.date, at: int, minutes: int, assignment_id: uuid.UUID) -> dict[str, Any]:
    start = dt.datetime.combine(night, dt.time(11), dt.UTC) + dt.timedelta(minutes=30 * at)
    segment = {"started_at": start.isoformat(), "source": "typed", "clock": "ok"}
    segment["finished_at"] = (start + dt.timedelta(minutes=minutes)).isoformat()
    made = {"outcome": Outcome.finished, "segments": [segment], "actual_minutes": minutes, "is_self_study": False}
    more = {"kind": Kind.written, "place": Place.home, "tier": Tier.standard, "estimated_minutes": 15}
    last = {"changed_by": student, "changed_at": START, "change_counter": 1, "assignment_id": assignment_id}
    head = {"id": uuid.uuid4(), "student_id": student, "night": night, "subject": SUBJECTS[at]}
    return head | made | more | last


def copy(engine: sa.Engine, number: int) -> None:
    """A class that is like one of the first ten in all but its ids."""
    of = number % ORIGINALS
    with engine.begin() as connection:
        connection.execute(sa.insert(Class), {"school_id": the_cast().shiyan.id} | _class(number))
        for table, ids in COPIED:
            columns = [column["name"] for column in sa.inspect(connection).get_columns(table)]
            selected = ", ".join(_moved(connection, name) if name in ids else name for name in columns)
            mine = "class_id" if "class_id" in columns else "id"
            _, parameter = _half(connection)
            connection.execute(
                sa.text(
                    f"INSERT INTO {table} ({', '.join(columns)}) SELECT {selected} FROM {table} "  # noqa: S608 - ours
                    f"WHERE {mine} >= {parameter.format('first')} AND {mine} < {parameter.format('beyond')}"
                ),
                {"new": f"{11 + number:016x}", "first": id_of(of).hex, "beyond": id_of(of + 1).hex},
            )


def _half(connection: sa.Connection) -> tuple[str, str]:
    is_sqlite = connection.dialect.name == "sqlite"
    return ("{}", ":{}") if is_sqlite else ("replace({}::text, '-', '')", "CAST(:{} AS uuid)")


def _moved(connection: sa.Connection, name: str) -> str:
    """The same id in another class."""
    text, _ = _half(connection)
    moved = f":new || substr({text.format(name)}, 17)"
    return moved if connection.dialect.name == "sqlite" else f"CAST({moved} AS uuid)"
