"""`make bench-trends`: a class's term, a school's and a week of 20,000 students against raw SQL for the same figures.

Classes of 45 with four pieces of work a night (``--classes 445 --nights 20`` is 20,000 students for four weeks;
``--demonstration`` is that school's term). Ours is the whole use case, from what is kept added up: who may, calendar,
coverage, whether it still stands, figures of the class or of the school with its grades and classes. Raw is one
statement by hand (`trends_by_hand`), its rows fetched. Then over HTTP: raw SQL behind bare Flask, and our route when it
has to read, gives again, and finds nothing changed. Printed are medians in milliseconds, ours and raw in turn, and ours
/ raw: below 1 is faster than raw SQL. Beside the clock's stand those of the processor: what else the machine does is in
the first.
"""

import argparse
import datetime as dt
import json
import secrets
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.demo.loading import load
from backend.domain.people import Role
from backend.services.actor import Actor, ActorKind
from backend.services.figures import trends
from backend.services.figures.trend_parts import TrendBy
from backend.storage.engine import build_engine
from backend.storage.models import NightSheet, Post
from bench.processor import processor_of
from bench.trends_by_hand import BY_HAND, SETUP
from bench.trends_data import ORIGINALS, copy, fill, id_of
from bench.trends_http import over_http
from tests.cast import START, TONIGHT, the_cast
from tests.databases import NoPostgres, PostgresDatabases, SqliteDatabases

NIGHTS = 90
NOW = START + dt.timedelta(hours=13)
ROUNDS = 9
Call = Callable[[], Any]


def main() -> int:
    """Every database there is; 0 always: a benchmark informs, it does not judge."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--classes", type=int, default=6, help="how many classes of 45 the school has")
    asked.add_argument("--nights", type=int, default=NIGHTS)
    asked.add_argument("--rounds", type=int, default=ROUNDS)
    asked.add_argument("--demonstration", action="store_true", help="the demonstration school's term instead")
    asked.add_argument("--only", choices=("sqlite", "postgresql"))
    options = asked.parse_args()
    if options.only != "postgresql":
        with tempfile.TemporaryDirectory() as folder:
            run("SQLite", SqliteDatabases(Path(folder)), options)
    try:
        if options.only != "sqlite":
            run("PostgreSQL", PostgresDatabases(durable=True), options)
    except NoPostgres as error:
        sys.stdout.write(f"PostgreSQL is left out: {error}\n")
    return 0


@dataclass(frozen=True)
class Term:
    """A school's term to ask about, by whom, and its classes, the teacher's first."""

    school_id: uuid.UUID
    ids: list[uuid.UUID]
    teacher: Actor
    office: Actor
    first: dt.date
    last: dt.date
    now: dt.datetime


def run(name: str, databases: Any, options: argparse.Namespace) -> None:
    """One database: fill it, then a line for each question."""
    url = databases.fresh(with_cast=not options.demonstration)
    engine = build_engine(url, pool_size=2)
    term = demonstration(engine) if options.demonstration else prepare(engine, options)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in (*SETUP, "ANALYZE" if engine.dialect.name == "sqlite" else "VACUUM ANALYZE"):
            connection.exec_driver_sql(statement)
        students = connection.scalar(sa.text("SELECT COUNT(*) FROM students"))
    what = "the demonstration's" if options.demonstration else f"{len(term.ids)}"
    sys.stdout.write(
        f"\n{name}: {what} classes, {students:,} students, {term.first} to {term.last}: "
        f"milliseconds, median of {options.rounds}\n"
    )
    lines(engine, term, options.rounds)
    if not options.demonstration:
        over_http(url, engine, options.rounds, term.first)
    engine.dispose()
    databases.drop(url)
    databases.stop()


def lines(engine: sa.Engine, term: Term, rounds: int) -> None:
    """Every question, ours against raw."""
    of_class = {"actor": term.teacher, "class_id": term.ids[0]}
    of_school = {"actor": term.office, "school_id": term.school_id}
    monday = term.last - dt.timedelta(days=7 + term.last.weekday())
    sunday = monday + dt.timedelta(days=6)
    for label, function, who, ids, since, until in (
        ("class by day", trends.class_trends, of_class, term.ids[:1], term.first, term.last),
        ("class by subject", trends.class_trends, of_class, term.ids[:1], term.first, term.last),
        ("school by week", trends.school_trends, of_school, term.ids, monday, sunday),
        ("school by day", trends.school_trends, of_school, term.ids, term.first, term.last),
        ("school by subject", trends.school_trends, of_school, term.ids, term.first, term.last),
    ):
        asked = who | {"by": TrendBy(label.split()[-1]), "first": since, "last": until, "now": term.now}
        base = raw(engine, BY_HAND[engine.dialect.name][label], term.school_id, ids, since, until)
        line(label, ours(engine, function, asked), base, rounds, processor_of(engine))


def demonstration(engine: sa.Engine) -> Term:
    """The demonstration's term, loaded and added up as `nightsheet demo` does it."""
    as_of = dt.date(2026, 11, 20)
    now = dt.datetime.combine(as_of, dt.time(11), dt.UTC)
    with tempfile.TemporaryDirectory() as folder:
        load(
            engine,
            as_of=as_of,
            now=now,
            progress=lambda _done, _all: None,
            instance_folder=Path(folder),
            secret_key=secrets.token_hex(32),
        )
    with Session(engine) as session:
        posts = {
            role: session.scalars(sa.select(Post).where(Post.role == role).order_by(Post.id)).all()[0]
            for role in (Role.homeroom_teacher, Role.academic_office)
        }
        teacher, office = (
            Actor(ActorKind.STAFF, post.person_id, post.school_id, post.person_id, None, None, "zh-CN")
            for post in posts.values()
        )
        of_school = sa.select(NightSheet).where(NightSheet.school_id == office.school)
        mine = posts[Role.homeroom_teacher].class_id
        rest = session.scalars(of_school.with_only_columns(NightSheet.class_id).distinct()).all()
        first = session.scalar(of_school.with_only_columns(sa.func.min(NightSheet.night)))
    if mine is None or first is None:
        raise RuntimeError("the demonstration has changed")
    return Term(office.school, [mine, *(each for each in rest if each != mine)], teacher, office, first, as_of, now)


def prepare(engine: sa.Engine, options: argparse.Namespace) -> Term:
    """The classes, the first ten's figures fixed, and copies of them."""
    first, school_id = TONIGHT - dt.timedelta(days=options.nights), the_cast().shiyan.id
    teacher, office = staff(the_cast().homeroom.id), staff(the_cast().office.id)
    for number in range(min(options.classes, ORIGINALS)):
        fill(engine, number, options.nights)
    asked = {"actor": office, "school_id": school_id, "by": TrendBy.day}
    ours(engine, trends.school_trends, asked | {"first": first, "last": TONIGHT, "now": NOW})()
    for number in range(ORIGINALS, options.classes):
        copy(engine, number)
    ids = [id_of(number) for number in range(options.classes)]
    return Term(school_id, ids, teacher, office, first, TONIGHT, NOW)


def staff(person_id: uuid.UUID) -> Actor:
    """A member of staff as the use cases know one."""
    school_id = the_cast().shiyan.id
    return Actor(ActorKind.STAFF, person_id, school_id, person_id, None, None, "zh-CN", must_change_password=False)


def ours(engine: sa.Engine, function: Callable[..., Any], asked: dict[str, Any]) -> Call:
    """The whole use case in a transaction of its own."""

    def call() -> None:
        with Session(engine) as session:
            function(session, **asked)
            session.commit()

    return call


def raw(
    engine: sa.Engine, statement: str, school: uuid.UUID, ids: list[uuid.UUID], first: dt.date, last: dt.date
) -> Call:
    """One statement, its rows fetched."""
    is_sqlite = engine.dialect.name == "sqlite"
    listed: Any = json.dumps([each.hex for each in ids]) if is_sqlite else ids
    asked = {"school": school.hex if is_sqlite else school, "classes": listed, "first": first, "last": last}
    made = sa.text(statement)

    def call() -> list[Any]:
        with engine.connect() as connection:
            return list(connection.execute(made, asked).all())

    return call


def line(label: str, mine: Call, theirs: Call, rounds: int, processor: Call) -> None:
    """One line: the first reading, then both in turn."""
    first = timed(mine, processor)[0]
    timed(theirs, processor)
    pairs = [(timed(mine, processor), timed(theirs, processor)) for _ in range(rounds)]
    own, base = ([statistics.median(pair[at][of] for pair in pairs) for of in (0, 1)] for at in (0, 1))
    sys.stdout.write(
        f"  {label:<18} first {first:9.1f}   ours {own[0]:8.1f}   raw {base[0]:8.1f}   ours/raw {own[0] / base[0]:6.3f}"
        f"   processor: ours {own[1]:8.1f}   raw {base[1]:8.1f}   ours/raw {own[1] / base[1]:6.3f}\n"
    )


def timed(call: Call, processor: Call) -> tuple[float, float]:
    """Milliseconds of one call: of the clock, and of processors, the database's included."""
    start, spent = time.perf_counter(), processor()
    call()
    return (time.perf_counter() - start) * 1e3, (processor() - spent) * 1e3


if __name__ == "__main__":
    sys.exit(main())
