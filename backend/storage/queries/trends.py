"""Set-based statements behind trends: what figures are added up from, and what has changed since.

The figures kept are `kept_figures`.
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.sheet import SheetState
from backend.storage.models import (
    Assignment,
    AssignmentState,
    Enrolment,
    Entry,
    FigurePass,
    NightSheet,
    NoHomework,
    SchoolDay,
    Sleep,
    Student,
)
from backend.storage.queries.kept_figures import class_ids_asked, in_classes
from backend.storage.queries.prepared import Prepared
from backend.storage.queries.upsert import insert_or_replace

Key = tuple[uuid.UUID, dt.date]


def submitted_sheets(
    session: Session, school_id: uuid.UUID, class_ids: Sequence[uuid.UUID], first: dt.date, last: dt.date
) -> Sequence[Any]:
    """Every submitted sheet with its lights-out: what the figures of a class over some nights are added up from.

    Ids and words are plain (`_plain`).
    """
    statement = (
        sa.select(
            _plain(NightSheet.class_id),
            _plain(NightSheet.student_id),
            NightSheet.night,
            NightSheet.capped_minutes,
            NightSheet.is_amended,
            _plain(NightSheet.cap_scope),
            NightSheet.submitted_at,
            NightSheet.changed_at,
            NightSheet.latest_lights_out_at,
            NightSheet.sleep_minutes,
            NightSheet.sleep_is_projected,
            NightSheet.sleep_short_by_minutes,
            Sleep.lights_out_at,
        )
        .outerjoin(
            Sleep,
            sa.and_(
                Sleep.school_id == NightSheet.school_id,
                Sleep.student_id == NightSheet.student_id,
                Sleep.night == NightSheet.night,
            ),
        )
        .where(*_of_nights(NightSheet, school_id, class_ids, first, last), NightSheet.state != SheetState.open)
    )
    return session.execute(statement).all()


def homework_entries(
    session: Session,
    school_id: uuid.UUID,
    class_ids: Sequence[uuid.UUID],
    since: dt.date,
    first: dt.date,
    last: dt.date,
) -> Sequence[Any]:
    """Every standing entry of these nights that is homework, with the days its assignment was given and is due.

    Of nights before ``first``, back to ``since``, those alone whose assignment went on to ``first`` or later and whose
    sheet was handed in. Ids and words are plain (`_plain`).
    """
    handed_in = sa.exists().where(
        NightSheet.school_id == Entry.school_id,
        NightSheet.student_id == Entry.student_id,
        NightSheet.night == Entry.night,
        NightSheet.class_id == Entry.class_id,
        NightSheet.state != SheetState.open,
    )
    statement = (
        sa.select(
            _plain(Entry.class_id),
            _plain(Entry.student_id),
            Entry.night,
            _plain(Entry.assignment_id),
            Entry.subject,
            _plain(Entry.kind),
            _plain(Entry.place),
            _plain(Entry.tier),
            _plain(Entry.outcome),
            Entry.segments,
            Entry.actual_minutes,
            Entry.estimated_minutes,
            Assignment.given_on,
            Assignment.due_on,
        )
        .outerjoin(Assignment, sa.and_(Assignment.school_id == Entry.school_id, Assignment.id == Entry.assignment_id))
        .where(
            *_of_nights(Entry, school_id, class_ids, since, last),
            sa.or_(Entry.night >= first, sa.and_(Assignment.due_on > first, handed_in)),
            Entry.is_self_study.is_(sa.false()),
            Entry.deleted_at.is_(None),
        )
    )
    return session.execute(statement).all()


class Mark(NamedTuple):
    """How many there are of something of a class on a day, and the sum of their counters."""

    what: str
    class_id: uuid.UUID
    day: dt.date
    number: int
    total: int


class Pulse(NamedTuple):
    """What a class's figures over some days rest on, in one row: another as soon as a `Mark` of theirs is.

    How many sheets there are and the sum of their counters, the same of homework by the day it is due, everybody who
    ever came with the days and the own counter, and the school's calendar, each known day with + for a school day.
    Another child's sheet may make up for one that was erased: a student's own counter is raised by an erasure alone.
    """

    sheets: int
    sheets_total: int
    homework: int
    homework_total: int
    members: str
    calendar: str


def pulse(
    session: Session,
    school_id: uuid.UUID,
    class_id: uuid.UUID,
    first: dt.date,
    last: dt.date,
    *,
    calendar_from: dt.date,
) -> Pulse:
    """One class's, in one row: `marks` by the day are asked for only where it is not the one that was known."""
    asked = {"school": school_id, "classes": class_id, "first": first, "last": last, "from": calendar_from}
    (row,) = _PULSE.rows(session.connection(), asked)
    return Pulse(row[0], int(row[1]), row[2], int(row[3]), row[4] or "", row[5] or "")


def _pulse(dialect: str) -> Any:
    together = sa.func.group_concat if dialect == "sqlite" else sa.func.string_agg

    def counted(model: Any, day: Any, counter: Any) -> Any:
        total = sa.cast(sa.func.coalesce(sa.func.sum(counter), 0), sa.BigInteger)
        of = (model.school_id == sa.bindparam("school"), in_classes(model.class_id, one=True))
        between = (day >= sa.bindparam("first"), day <= sa.bindparam("last"))
        return sa.select(sa.func.count().label("number"), total.label("total")).where(*of, *between).subquery()

    def listed(parts: Any) -> Any:
        return sa.select(together(parts.c.text, sa.literal_column("' '"))).scalar_subquery()

    to_on = sa.func.coalesce(_text(Enrolment.to_on), "")
    member = _text(Enrolment.from_on) + "," + to_on + "," + _text(Student.change_counter)
    members = (
        sa.select(member.label("text"))
        .join(Student, sa.and_(Student.school_id == Enrolment.school_id, Student.id == Enrolment.student_id))
        .where(Enrolment.school_id == sa.bindparam("school"), in_classes(Enrolment.class_id, one=True))
        .order_by(Enrolment.from_on, Enrolment.id)
        .subquery()
    )
    day = _text(SchoolDay.day) + sa.case((SchoolDay.is_school_day, "+"), else_="-")
    known = (SchoolDay.day >= sa.bindparam("from"), SchoolDay.day <= sa.bindparam("last"))
    calendar = sa.select(day.label("text")).where(SchoolDay.school_id == sa.bindparam("school"), *known)
    sheets = counted(NightSheet, NightSheet.night, NightSheet.change_counter)
    homework = counted(Assignment, Assignment.due_on, Assignment.version)
    texts = (listed(members), listed(calendar.order_by(SchoolDay.day).subquery()))
    return sa.select(sheets.c.number, sheets.c.total, homework.c.number, homework.c.total, *texts).select_from(
        sheets.join(homework, sa.true())
    )


_PULSE = Prepared(_pulse)


def _text(column: Any) -> Any:
    return sa.cast(column, sa.Text)


def marks(
    session: Session, school_id: uuid.UUID, class_ids: Sequence[uuid.UUID], first: dt.date, last: dt.date
) -> list[Mark]:
    """What tells whether figures still stand, by the day, in one statement, read from indexes.

    ``sheets`` by night and ``homework`` by the day it is due, between two dates; students who ``came`` and ``left``
    whenever. A counter only rises, and what goes makes the number smaller.
    """
    asked = {"school": school_id, "classes": class_ids_asked(class_ids), "first": first, "last": last}
    rows = session.connection().execute(_marks(len(class_ids) == 1), asked).all()
    classes = {name: each for each in class_ids for name in (each, each.hex)}
    return [Mark(what, classes[of], _day(day), number, int(total)) for what, of, day, number, total in rows]


@lru_cache(maxsize=512)
def _day(value: Any) -> dt.date:
    return dt.date.fromisoformat(value) if isinstance(value, str) else value


@lru_cache(maxsize=2)
def _marks(one: bool) -> Any:
    def counted(what: str, model: Any, day: Any, total: Any, *where: Any) -> Any:
        named: list[Any] = [sa.literal_column(f"'{what}'").label("what"), _plain(model.class_id), _plain(day)]
        of = (model.school_id == sa.bindparam("school"), in_classes(model.class_id, one=one))
        return sa.select(*named, sa.func.count(), total).where(*of, *where).group_by(model.class_id, day)

    def between(day: Any) -> tuple[Any, Any]:
        return day >= sa.bindparam("first"), day <= sa.bindparam("last")

    def total(column: Any) -> Any:
        return sa.cast(sa.func.sum(column), sa.BigInteger)

    none: Any = sa.literal_column("0")
    night, due = NightSheet.night, Assignment.due_on
    return sa.union_all(
        counted("sheets", NightSheet, night, total(NightSheet.change_counter), *between(night)),
        counted("homework", Assignment, due, total(Assignment.version), *between(due)),
        counted("came", Enrolment, Enrolment.from_on, none),
        counted("left", Enrolment, Enrolment.to_on, none, Enrolment.to_on.is_not(None)),
    )


def enrolments(session: Session, school_id: uuid.UUID, class_ids: Sequence[uuid.UUID]) -> Sequence[Any]:
    """``(class_id, from_on, to_on)`` of every enrolment in these classes."""
    statement = sa.select(Enrolment.class_id, Enrolment.from_on, Enrolment.to_on).where(
        Enrolment.school_id == school_id, Enrolment.class_id.in_(class_ids)
    )
    return session.execute(statement).all()


class Pass(NamedTuple):
    """Up to when a school's changed sheets have been looked at, and which version its frozen figures have."""

    passed_at: dt.datetime
    frozen_version: str


def last_pass(session: Session, school_id: uuid.UUID) -> Pass | None:
    """The school's; None before the first time."""
    rows = _LAST_PASS.rows(session.connection(), {"school": school_id})
    return Pass(*rows[0]) if rows else None


def _last_pass() -> Any:
    table: Any = FigurePass.__table__
    return sa.select(table.c.passed_at, table.c.frozen_version).where(table.c.school_id == sa.bindparam("school"))


_LAST_PASS = Prepared(lambda _dialect: _last_pass())


def lock_pass(session: Session, school_id: uuid.UUID) -> None:
    """Hold the row, so that of two readers one renews frozen figures and the other sees what it did."""
    session.execute(sa.select(FigurePass.passed_at).where(FigurePass.school_id == school_id).with_for_update())


def note_pass(session: Session, school_id: uuid.UUID, at: dt.datetime) -> None:
    """Remember that changed sheets have been looked at."""
    insert_or_replace(session, FigurePass, [{"school_id": school_id, "passed_at": at}])


def nights_changed(session: Session, school_id: uuid.UUID, since: dt.datetime) -> Sequence[Any]:
    """``(class_id, night)`` of every sheet of the school changed since an instant; from the index alone."""
    return _NIGHTS_CHANGED.rows(session.connection(), {"school": school_id, "since": since})


def _nights_changed() -> Any:
    of = (NightSheet.school_id == sa.bindparam("school"), NightSheet.changed_at > sa.bindparam("since"))
    return sa.select(NightSheet.class_id, NightSheet.night).where(*of).distinct()


_NIGHTS_CHANGED = Prepared(lambda _dialect: _nights_changed())


def publication_days(
    session: Session, school_id: uuid.UUID, class_ids: Sequence[uuid.UUID], first: dt.date, last: dt.date
) -> Mapping[uuid.UUID, set[dt.date]]:
    """On which days each class's homework, or "none today", was made public."""
    given = sa.select(Assignment.class_id, Assignment.given_on.label("day")).where(
        Assignment.school_id == school_id,
        Assignment.class_id.in_(class_ids),
        Assignment.state == AssignmentState.PUBLISHED,
        Assignment.given_on >= first,
        Assignment.given_on <= last,
    )
    none = sa.select(NoHomework.class_id, NoHomework.night.label("day")).where(
        NoHomework.school_id == school_id,
        NoHomework.class_id.in_(class_ids),
        NoHomework.night >= first,
        NoHomework.night <= last,
    )
    found: dict[uuid.UUID, set[dt.date]] = {class_id: set() for class_id in class_ids}
    for class_id, day in session.execute(sa.union(given, none)):
        found[class_id].add(day)
    return found


def first_night(session: Session, school_id: uuid.UUID) -> dt.date | None:
    """The first night of which the school has a sheet."""
    return session.scalar(sa.select(sa.func.min(NightSheet.night)).where(NightSheet.school_id == school_id))


def _of_nights(
    model: Any, school_id: uuid.UUID, class_ids: Sequence[uuid.UUID], first: dt.date, last: dt.date
) -> list[sa.ColumnElement[bool]]:
    return [model.school_id == school_id, model.class_id.in_(class_ids), model.night >= first, model.night <= last]


def _plain(column: Any) -> sa.ColumnElement[Any]:
    """A column as the driver gives it: an id as 32 digits on SQLite and as UUID on PostgreSQL, a state as its word.

    For statements of a hundred thousand rows, where making objects would take longer than the reading.
    """
    return sa.type_coerce(column, sa.types.NullType()).label(column.key)
