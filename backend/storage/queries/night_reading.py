"""Statements that read nights of one student: who may, the sheets with all that stands on them, the assignments.

Each takes a list of nights, so one night and ten cost the same number of statements.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from backend.domain.people import Role
from backend.storage.models import (
    Assignment,
    AssignmentState,
    AssignmentTier,
    Class,
    Confirmation,
    Enrolment,
    Entry,
    Guardianship,
    NightSheet,
    Note,
    Person,
    Policy,
    Post,
    Review,
    School,
    SchoolDay,
    Sleep,
    Student,
)
from backend.storage.queries import access
from backend.storage.queries.json_rows import Row, json_array, prefixed, rows_of, unprefixed
from backend.storage.queries.prepared import Fetched, Prepared, any_of, length_for, listed

SHEET, SLEEP, NOTE, REVIEW = NightSheet.__table__, Sleep.__table__, Note.__table__, Review.__table__
_ENTRY, _CONFIRMATION, _TIER = aliased(Entry), aliased(Confirmation), aliased(AssignmentTier)
ASSIGNMENT = Assignment.__table__
_DAY = aliased(SchoolDay)
MOST_WAKINGS = 60
_POST, _ENROLMENT, _CLASS, _POLICY, _PERSON = (
    aliased(Post),
    aliased(Enrolment),
    aliased(Class),
    aliased(Policy),
    aliased(Person),
)


@cache
def _columns(alias: Any) -> tuple[Any, ...]:
    return tuple(sa.inspect(alias).selectable.c)


@dataclass(frozen=True)
class StudentRow:
    """A student with what decides about nights: classes over time, policies, and what the actor is to the student.

    ``fetched`` is all of it as it was read: another as soon as anything of the student's nights or plans is.
    """

    fetched: Fetched
    student: Row
    zone: str
    hide_titles: bool
    is_guardian: bool
    homeroom_posts: list[Row]
    office_posts: list[Row]
    enrolments: list[Row]
    classes: dict[uuid.UUID, Row]
    policies: list[Row]
    family: list[Row]
    counter: int


@dataclass(frozen=True)
class SheetRow:
    """A sheet with everything on it."""

    sheet: Row
    sleep: Row | None
    note: Row | None
    review: Row | None
    entries: list[Row]
    confirmations: list[Row]


_SCHOOL, _STUDENT, _ACTOR = (sa.bindparam(name, type_=sa.Uuid()) for name in ("school_id", "student_id", "actor_id"))


def find_student(
    session: Session, *, school_id: uuid.UUID, student_id: uuid.UUID, actor_id: uuid.UUID
) -> StudentRow | None:
    """The student as seen by somebody of the same school; None when the school has no such student."""
    parameters = {"school_id": school_id, "student_id": student_id, "actor_id": actor_id}
    rows = _FIND_STUDENT.rows(session.connection(), parameters)
    return _student_row(rows[0]) if rows else None


@cache
def _student_statement() -> sa.Select[Any]:
    own = aliased(Enrolment)
    class_ids = sa.select(own.class_id).where(own.school_id == _SCHOOL, own.student_id == _STUDENT)
    guardians = sa.select(Guardianship.guardian_id).where(
        Guardianship.school_id == _SCHOOL, Guardianship.student_id == _STUDENT
    )
    counter = sa.select(sa.func.max(NightSheet.change_counter)).where(
        NightSheet.school_id == _SCHOOL, NightSheet.student_id == _STUDENT
    )
    held = (_POST.school_id == _SCHOOL, _POST.person_id == _ACTOR)
    enrolled = (_ENROLMENT.school_id == _SCHOOL, _ENROLMENT.student_id == _STUDENT)
    family = (_PERSON.school_id == _SCHOOL, sa.or_(_PERSON.id == _STUDENT, _PERSON.id.in_(guardians)))
    return (
        sa.select(
            *prefixed(Student.__table__, "student"),
            School.zone,
            School.hide_titles,
            access.guardian_of(_SCHOOL, _ACTOR, _STUDENT).label("is_guardian"),
            json_array(_columns(_POST), *held, _POST.role == Role.homeroom_teacher).label("homeroom_posts"),
            json_array(_columns(_POST), *held, _POST.role == Role.academic_office).label("office_posts"),
            json_array(_columns(_ENROLMENT), *enrolled).label("enrolments"),
            json_array(_columns(_CLASS), _CLASS.school_id == _SCHOOL, _CLASS.id.in_(class_ids)).label("classes"),
            json_array(_columns(_POLICY), *_policy_rows(class_ids)).label("policies"),
            json_array(_columns(_PERSON), *family).label("family"),
            counter.scalar_subquery().label("counter"),
        )
        .select_from(Student)
        .join(School, School.id == Student.school_id)
        .where(Student.school_id == _SCHOOL, Student.id == _STUDENT)
    )


def _policy_rows(class_ids: Any) -> tuple[sa.ColumnElement[bool], ...]:
    of_school = sa.and_(
        _POLICY.school_id == _SCHOOL,
        sa.or_(_POLICY.class_id.is_(None), _POLICY.class_id.in_(class_ids)),
        sa.or_(_POLICY.student_id.is_(None), _POLICY.student_id == _STUDENT),
    )
    return (sa.or_(of_school, _POLICY.district_id == School.district_id),)


_FIND_STUDENT = Prepared(lambda _dialect: _student_statement())


def _student_row(fetched: Fetched) -> StudentRow:
    row = _named(_student_statement(), fetched)
    student = unprefixed(row, Student.__table__, "student", "id")
    assert student is not None  # noqa: S101 - the row was found by it
    return StudentRow(
        fetched=fetched,
        student=student,
        zone=row["zone"],
        hide_titles=row["hide_titles"],
        is_guardian=bool(row["is_guardian"]),
        homeroom_posts=rows_of(row["homeroom_posts"], _columns(_POST)),
        office_posts=rows_of(row["office_posts"], _columns(_POST)),
        enrolments=rows_of(row["enrolments"], _columns(_ENROLMENT)),
        classes={each["id"]: each for each in rows_of(row["classes"], _columns(_CLASS))},
        policies=rows_of(row["policies"], _columns(_POLICY)),
        family=rows_of(row["family"], _columns(_PERSON)),
        counter=max(row["counter"] or 0, student["change_counter"]),
    )


def with_classes(session: Session, who: StudentRow, class_ids: Collection[uuid.UUID]) -> StudentRow:
    """The student with further classes and their policies, which enrolment does not lead to.

    A wrong class may have been corrected after the night was begun: its sheet keeps it. Asked for only then, because
    a student's sheets are many and such a sheet is rare.
    """
    school_id = who.student["school_id"]
    classes = session.execute(
        sa.select(*Class.__table__.c).where(Class.school_id == school_id, Class.id.in_(class_ids))
    ).mappings()
    policies = session.execute(
        sa.select(*Policy.__table__.c).where(
            Policy.school_id == school_id, Policy.class_id.in_(class_ids), Policy.student_id.is_(None)
        )
    ).mappings()
    return replace(
        who,
        classes=who.classes | {row["id"]: dict(row) for row in classes},
        policies=[*who.policies, *(dict(row) for row in policies)],
    )


def read_sheets(
    session: Session, *, school_id: uuid.UUID, student_id: uuid.UUID, nights: Sequence[dt.date]
) -> dict[dt.date, SheetRow]:
    """The sheets of these nights, with entries (deleted ones too), sleep, note, review and confirmations."""
    parameters: Row = {"school_id": school_id, "student_id": student_id}
    if len(nights) == 1:
        fetched = _READ_SHEET.rows(session.connection(), parameters | {"night": nights[0]})
        rows: Iterable[Any] = [_named(_sheets_statement(one=True), row) for row in fetched]
    else:
        rows = (
            session.connection().execute(_sheets_statement(one=False), parameters | {"nights": list(nights)}).mappings()
        )
    return {found.sheet["night"]: found for found in map(_sheet_row, rows)}


@cache
def _sheets_statement(*, one: bool) -> sa.Select[Any]:
    these = SHEET.c.night == sa.bindparam("night", type_=sa.Date())
    return (
        sa.select(
            *prefixed(SHEET, "sheet"),
            *prefixed(SLEEP, "sleep"),
            *prefixed(NOTE, "note"),
            *prefixed(REVIEW, "review"),
            json_array(_columns(_ENTRY), *_same_night(_ENTRY)).label("entries"),
            json_array(_columns(_CONFIRMATION), *_same_night(_CONFIRMATION)).label("confirmations"),
        )
        .select_from(SHEET)
        .outerjoin(SLEEP, sa.and_(*_same_night(SLEEP.c)))
        .outerjoin(NOTE, sa.and_(*_same_night(NOTE.c)))
        .outerjoin(REVIEW, sa.and_(*_same_night(REVIEW.c)))
        .where(
            SHEET.c.school_id == _SCHOOL,
            SHEET.c.student_id == _STUDENT,
            these if one else SHEET.c.night.in_(sa.bindparam("nights", expanding=True, type_=sa.Date())),
        )
    )


_READ_SHEET = Prepared(lambda _dialect: _sheets_statement(one=True))


def _named(statement: sa.Select[Any], fetched: Fetched) -> Row:
    return dict(zip(_names(statement), fetched, strict=True))


@cache
def _names(statement: sa.Select[Any]) -> list[str]:
    return [str(column.key) for column in statement.exported_columns]


def _same_night(alias: Any) -> tuple[sa.ColumnElement[bool], ...]:
    return alias.school_id == SHEET.c.school_id, alias.student_id == SHEET.c.student_id, alias.night == SHEET.c.night


def _sheet_row(row: Any) -> SheetRow:
    sheet = unprefixed(row, SHEET, "sheet", "student_id")
    assert sheet is not None  # noqa: S101 - it leads the join
    return SheetRow(
        sheet=sheet,
        sleep=unprefixed(row, SLEEP, "sleep", "student_id"),
        note=unprefixed(row, NOTE, "note", "student_id"),
        review=unprefixed(row, REVIEW, "review", "student_id"),
        entries=rows_of(row["entries"], _columns(_ENTRY)),
        confirmations=rows_of(row["confirmations"], _columns(_CONFIRMATION)),
    )


def read_assignments(
    session: Session,
    *,
    school_id: uuid.UUID,
    class_ids: Sequence[uuid.UUID],
    first: dt.date,
    last: dt.date,
    also: Sequence[uuid.UUID] = (),
) -> list[tuple[Row, list[Row]]]:
    """Published assignments with a night from ``first`` to ``last``, and those named; each with all its tier rows."""
    classes, named = length_for(class_ids), length_for(also)
    parameters: dict[str, Any] = {"school_id": school_id, "first": first, "last": last}
    parameters |= listed("class", class_ids, classes) | listed("also", also, named)
    names = [column.key for column in ASSIGNMENT.c]
    return [
        (dict(zip(names, row[:-1], strict=True)), rows_of(row[-1], _columns(_TIER)))
        for row in _reading_assignments(classes, named).rows(session.connection(), parameters)
    ]


@cache
def _reading_assignments(classes: int, named: int) -> Prepared:
    return Prepared(lambda _dialect: _assignments_statement(classes, named))


def _assignments_statement(classes: int, also: int) -> sa.Select[Any]:
    """For so many classes, and so many named assignments."""
    table = ASSIGNMENT
    current = sa.and_(
        any_of(table.c.class_id, "class", classes),
        table.c.state == AssignmentState.PUBLISHED,
        table.c.given_on <= sa.bindparam("last", type_=sa.Date()),
        table.c.due_on > sa.bindparam("first", type_=sa.Date()),
    )
    named = any_of(table.c.id, "also", also)
    tiers = json_array(_columns(_TIER), _TIER.school_id == table.c.school_id, _TIER.assignment_id == table.c.id)
    return (
        sa.select(*table.c, tiers.label("tiers"))
        .where(table.c.school_id == _SCHOOL, sa.or_(current, named))
        .order_by(table.c.given_on, table.c.id)
    )


def waking_history(
    session: Session, *, school_id: uuid.UUID, student_id: uuid.UUID, before: dt.date
) -> tuple[list[tuple[dt.date, dt.datetime]], dict[dt.date, bool]]:
    """The last logged wakings before a night, oldest first, and which dates around them are school days."""
    parameters = {
        "school_id": school_id,
        "student_id": student_id,
        "before": before,
        "from_day": before - dt.timedelta(days=2 * MOST_WAKINGS),
        "to_day": before + dt.timedelta(days=62),
    }
    row = _READ_WAKINGS.rows(session.connection(), parameters)[0]
    wakings = [(each["night"], each["woke_at"]) for each in rows_of(row[0], _wakings().c)]
    days = rows_of(row[1], _columns(_DAY)) if wakings else []
    return sorted(wakings), {each["day"]: each["is_school_day"] for each in days}


@cache
def _wakings() -> sa.Subquery:
    return (
        sa.select(SLEEP.c.night, SLEEP.c.woke_at)
        .where(
            SLEEP.c.school_id == _SCHOOL,
            SLEEP.c.student_id == _STUDENT,
            SLEEP.c.night < sa.bindparam("before", type_=sa.Date()),
            SLEEP.c.woke_at.is_not(None),
        )
        .order_by(SLEEP.c.night.desc())
        .limit(MOST_WAKINGS)
        .subquery()
    )


def _wakings_statement() -> sa.Select[Any]:
    days = json_array(
        _columns(_DAY),
        _DAY.school_id == _SCHOOL,
        _DAY.day >= sa.bindparam("from_day", type_=sa.Date()),
        _DAY.day <= sa.bindparam("to_day", type_=sa.Date()),
    )
    return sa.select(json_array(_wakings().c).label("wakings"), days.label("days"))


_READ_WAKINGS = Prepared(lambda _dialect: _wakings_statement())


def changed_nights(
    session: Session, *, school_id: uuid.UUID, student_id: uuid.UUID, after: int, most: int
) -> list[tuple[dt.date, int]]:
    """Nights whose counter is above ``after``, with it, in the order they were changed."""
    statement = (
        sa.select(NightSheet.night, NightSheet.change_counter)
        .where(
            NightSheet.school_id == school_id,
            NightSheet.student_id == student_id,
            NightSheet.change_counter > after,
        )
        .order_by(NightSheet.change_counter)
        .limit(most)
    )
    return [(row.night, row.change_counter) for row in session.execute(statement)]


def latest_nights(
    session: Session, *, school_id: uuid.UUID, student_id: uuid.UUID, most: int
) -> list[tuple[dt.date, int]]:
    """The latest nights that have a sheet, newest first: what a phone needs to begin with."""
    statement = (
        sa.select(NightSheet.night, NightSheet.change_counter)
        .where(NightSheet.school_id == school_id, NightSheet.student_id == student_id)
        .order_by(NightSheet.night.desc())
        .limit(most)
    )
    return [(row.night, row.change_counter) for row in session.execute(statement)]
