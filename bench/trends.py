"""`python -m bench.trends`: a class's term and a large school's against raw SQL that reckons the same figures.

A class of 45 over 90 nights with four pieces of work a night, asked for as its homeroom teacher; a school of so many
classes (445 by ``--classes 445``, 20,000 students), by its academic office. Ours is the whole use case: who may,
calendar, coverage, stamps, figures. Raw is one statement a table with exact percentiles, no question of who asks.
Printed are medians in milliseconds and ours / raw: below 1 is faster than raw SQL.
"""

import argparse
import datetime as dt
import json
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.load import CapScope, Kind, Outcome, Place, Tier
from backend.domain.people import PersonKind
from backend.domain.policy import Stage
from backend.domain.sheet import SheetState
from backend.services.actor import Actor, ActorKind
from backend.services.figures import trends
from backend.services.figures.trend_parts import TrendBy
from backend.storage.engine import build_engine
from backend.storage.models import Class, Enrolment, Entry, NightSheet, Person, Post, Student
from tests.cast import START, TONIGHT, the_cast
from tests.databases import NoPostgres, PostgresDatabases, SqliteDatabases

STUDENTS, NIGHTS = 45, 90
SUBJECTS = ("chinese", "maths", "english", "science")
FIRST = TONIGHT - dt.timedelta(days=NIGHTS)
NOW = START + dt.timedelta(hours=13)
ROUNDS = 7
RAW_DAYS = {
    "sqlite": """
        WITH v AS (SELECT night, capped_minutes AS m,
                   ROW_NUMBER() OVER (PARTITION BY night ORDER BY capped_minutes) AS r,
                   COUNT(*) OVER (PARTITION BY night) AS n FROM night_sheets
                   WHERE school_id = :school AND class_id IN (SELECT value FROM json_each(:classes))
                   AND night >= :first AND state <> 'open')
        SELECT night, n, AVG(m), SUM(m <= 60),
               AVG(CASE WHEN r IN ((n + 1) / 2, (n + 2) / 2) THEN m END),
               MAX(CASE WHEN r <= 0.9 * (n - 1) + 1 THEN m END) FROM v GROUP BY night""",
    "postgresql": """
        SELECT night, COUNT(*), AVG(capped_minutes), COUNT(*) FILTER (WHERE capped_minutes <= 60),
               percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY capped_minutes)
        FROM night_sheets WHERE school_id = :school AND class_id = ANY(:classes) AND night >= :first AND state <> 'open'
        GROUP BY night""",
}
RAW_SUBJECTS = {
    "sqlite": """
        WITH v AS (SELECT subject, actual_minutes AS m, estimated_minutes AS e,
                   ROW_NUMBER() OVER (PARTITION BY subject ORDER BY actual_minutes) AS r,
                   COUNT(*) OVER (PARTITION BY subject) AS n FROM entries
                   WHERE school_id = :school AND class_id IN (SELECT value FROM json_each(:classes))
                   AND night >= :first AND deleted_at IS NULL)
        SELECT subject, n, AVG(m), AVG(e), AVG(CASE WHEN r IN ((n + 1) / 2, (n + 2) / 2) THEN m END),
               MAX(CASE WHEN r <= 0.9 * (n - 1) + 1 THEN m END) FROM v GROUP BY subject""",
    "postgresql": """
        SELECT subject, COUNT(*), AVG(actual_minutes), AVG(estimated_minutes),
               percentile_cont(ARRAY[0.1, 0.5, 0.9]) WITHIN GROUP (ORDER BY actual_minutes)
        FROM entries WHERE school_id = :school AND class_id = ANY(:classes) AND night >= :first AND deleted_at IS NULL
        GROUP BY subject""",
}


def main() -> int:
    """Every database there is; 0 always."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--classes", type=int, default=12, help="how many classes of 45 the school has")
    asked.add_argument("--nights", type=int, default=NIGHTS)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run("SQLite", SqliteDatabases(Path(folder)), options.classes, options.nights)
    try:
        run("PostgreSQL", PostgresDatabases(durable=True), options.classes, options.nights)
    except NoPostgres as error:
        sys.stdout.write(f"PostgreSQL is left out: {error}\n")
    return 0


def run(name: str, databases: Any, classes: int, nights: int) -> None:
    """One database: fill it, then the four lines."""
    url = databases.fresh(with_cast=True)
    engine = build_engine(url, pool_size=2)
    ids = [fill(engine, number, nights) for number in range(classes)]
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    sys.stdout.write(f"\n{name}: {classes} classes of {STUDENTS}, {nights} nights: milliseconds, median of {ROUNDS}\n")
    cast = the_cast()
    teacher, office = staff(cast.homeroom.id), staff(cast.office.id)
    of_class = {"actor": teacher, "class_id": ids[0]}
    of_school = {"actor": office, "school_id": cast.shiyan.id}
    for label, function, who, concerned in (
        ("class", trends.class_trends, of_class, ids[:1]),
        ("school", trends.school_trends, of_school, ids),
    ):
        for by, raw in ((TrendBy.day, RAW_DAYS), (TrendBy.subject, RAW_SUBJECTS)):
            line(engine, f"{label} by {by.value}", function, who | {"by": by}, raw, concerned)
    engine.dispose()
    databases.drop(url)
    databases.stop()


def staff(person_id: uuid.UUID) -> Actor:
    """A member of staff as the use cases know one."""
    school_id = the_cast().shiyan.id
    return Actor(ActorKind.STAFF, person_id, school_id, person_id, None, None, "zh-CN", must_change_password=False)


def line(
    engine: sa.Engine, label: str, function: Callable[..., Any], who: Any, raw: dict[str, str], ids: list[uuid.UUID]
) -> None:
    """One line: first reading, steady reading, raw SQL."""
    first = FIRST - dt.timedelta(days=7)

    def ours() -> None:
        with Session(engine) as session:
            function(session, **who, first=first, last=TONIGHT, now=NOW)
            session.commit()

    is_sqlite = engine.dialect.name == "sqlite"
    listed: Any = json.dumps([each.hex for each in ids]) if is_sqlite else ids
    school: Any = the_cast().shiyan.id.hex if is_sqlite else the_cast().shiyan.id
    parameters = {"school": school, "classes": listed, "first": first}

    def base() -> None:
        with engine.connect() as connection:
            connection.execute(sa.text(raw[engine.dialect.name]), parameters).all()

    once = timed(ours)
    pairs = [(timed(ours), timed(base)) for _ in range(ROUNDS)]
    mine, theirs = statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)
    sys.stdout.write(
        f"  {label:<18} first {once:9.1f}   ours {mine:8.1f}   raw {theirs:8.1f}   ours/raw {mine / theirs:5.2f}\n"
    )


def timed(call: Callable[[], None]) -> float:
    """Milliseconds of one call."""
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1e3


def fill(engine: sa.Engine, number: int, nights: int) -> uuid.UUID:
    """One class with its nights; the first is the homeroom teacher's own."""
    cast = the_cast()
    class_id = uuid.UUID(int=(10 << 64) + number)
    key = {"school_id": cast.shiyan.id}
    students = [uuid.UUID(int=((11 + number) << 64) + n) for n in range(STUDENTS)]
    with engine.begin() as connection:
        named = {
            "school_year": 2020,
            "stage": Stage.primary,
            "grade": 4,
            "number": 100 + number,
            "name": f"四({number})班",
        }
        connection.execute(sa.insert(Class), key | named | {"id": class_id})
        people = {"kind": PersonKind.student, "name": "学生", "name_key": "学生", "created_at": START}
        connection.execute(sa.insert(Person), [key | people | {"id": each} for each in students])
        connection.execute(sa.insert(Student), [key | {"id": each, "may_write": True} for each in students])
        since = FIRST - dt.timedelta(days=30)
        enrolled = [{"id": each, "student_id": each, "class_id": class_id, "from_on": since} for each in students]
        connection.execute(sa.insert(Enrolment), [key | each for each in enrolled])
        if number == 0:
            post = {"id": class_id, "person_id": cast.homeroom.id, "role": "homeroom_teacher", "class_id": class_id}
            connection.execute(sa.insert(Post), key | post | {"weekdays": [], "from_on": since})
        for back in range(1, nights + 1):
            add_night(connection, class_id, students, TONIGHT - dt.timedelta(days=back), back)
    return class_id


def add_night(
    connection: sa.Connection, class_id: uuid.UUID, students: list[uuid.UUID], night: dt.date, back: int
) -> None:
    """A sheet and four entries a student."""
    key = {"school_id": the_cast().shiyan.id, "class_id": class_id, "night": night}
    capped = {"cap_scope": CapScope.all, "cap_minutes": 60, "state": SheetState.submitted, "opened_at": START}
    sheets, entries = [], []
    for n, student in enumerate(students):
        spent = [5 + (n * 7 + back * 3 + at * 5) % 23 for at in range(len(SUBJECTS))]
        total = {"capped_minutes": sum(spent), "written_minutes": sum(spent), "changed_at": START}
        sheets.append(key | capped | total | {"student_id": student, "change_counter": NIGHTS - back + 1})
        for at, subject in enumerate(SUBJECTS):
            start = dt.datetime.combine(night, dt.time(11), dt.UTC) + dt.timedelta(minutes=30 * at)
            segment = {"started_at": start.isoformat(), "source": "typed", "clock": "ok"}
            segment["finished_at"] = (start + dt.timedelta(minutes=spent[at])).isoformat()
            entry = {"id": uuid.uuid4(), "student_id": student, "subject": subject, "is_self_study": False}
            made = {"outcome": Outcome.finished, "segments": [segment], "actual_minutes": spent[at]}
            more = {"kind": Kind.written, "place": Place.home, "tier": Tier.standard, "estimated_minutes": 15}
            last = {"changed_by": student, "changed_at": START, "change_counter": 1, "assignment_id": None}
            entries.append(key | entry | made | more | last)
    connection.execute(sa.insert(NightSheet), sheets)
    connection.execute(sa.insert(Entry), entries)


if __name__ == "__main__":
    sys.exit(main())
