"""Statements that put the demonstration school into a database: many rows at once, and what is already there.

Only for databases that hold nothing else; that is checked in `backend.demo.loading`.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from backend.domain.policy import Stage
from backend.storage.base import Base
from backend.storage.models import (
    Assignment,
    AssignmentState,
    AuditEvent,
    AuthSession,
    Claim,
    Class,
    DistrictOfficer,
    NightSheet,
    OutboxRow,
    Person,
    School,
    SchoolDay,
    Sleep,
    StaffPassword,
    WeekPlan,
    WeekPlanState,
)
from backend.storage.queries.upsert import insert_of

#: The audit log's action that says how far the demonstration has been loaded.
LOADED = "demonstration.loaded"
_VISITORS_FIRST = frozenset({"no_homework", "outbox", "set_records", "weekend_decisions"})


#: The version of the ids that the demonstration makes; the product's own are of version 7.
_GENERATED = 5


class PlanMark(NamedTuple):
    """By what a week plan is known to stand as the demonstration left it."""

    key: tuple[Stage, int, str, dt.date]
    version: int
    state: WeekPlanState
    filed_at: dt.datetime
    decided_at: dt.datetime | None


def holds_other_schools(connection: sa.Connection) -> bool:
    """Whether the database has a school that is not a demonstration."""
    return bool(connection.scalar(sa.select(sa.exists().where(School.is_demonstration.is_(False)))))


def find_last_loading(connection: sa.Connection, school_id: uuid.UUID) -> Mapping[str, Any] | None:
    """The details of the last loading; None when there was none."""
    rows = sa.select(AuditEvent.details).where(AuditEvent.school_id == school_id, AuditEvent.action == LOADED)
    return connection.scalar(rows.order_by(AuditEvent.night.desc(), AuditEvent.at.desc()).limit(1))


def insert_rows(connection: sa.Connection, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Insert rows by table name, parents before children. Rows of one table all have the same columns.

    A visitor may have declared "none today", logged what was set, decided about a weekend, or been reminded, before the
    demonstration does: that stands.
    """
    for table in Base.metadata.sorted_tables:
        rows = tables.get(table.name)
        if rows and table.name in _VISITORS_FIRST:
            insert = insert_of(connection.dialect.name, table)
            connection.execute(insert.on_conflict_do_nothing(), list(rows))
        elif rows:
            _bring(connection, table, rows)


def _bring(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Hand rows to the driver itself: a quarter of a million pass here, and SQLAlchemy would look at each."""
    columns = [column for column in table.columns if column.name in rows[0] or column.default is not None]
    values = zip(*(_converted(column, rows, connection.dialect) for column in columns), strict=True)
    names = ", ".join(connection.dialect.identifier_preparer.format_column(column) for column in columns)
    into = f"{connection.dialect.identifier_preparer.format_table(table)} ({names})"
    cursor: Any = connection.connection.cursor()
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        cursor.executemany(f"INSERT INTO {into} VALUES ({marks})", values)  # noqa: S608 - only names of ours
        return
    with cursor.copy(f"COPY {into} FROM STDIN") as copy:
        for row in values:
            copy.write_row(row)


def _converted(column: sa.Column[Any], rows: Sequence[Mapping[str, Any]], dialect: sa.Dialect) -> list[Any]:
    """One column as the driver takes it; its default where the rows have none."""
    listed = [row[column.name] for row in rows] if column.name in rows[0] else [_default(column) for _ in rows]
    convert = column.type.dialect_impl(dialect).bind_processor(dialect)
    return listed if convert is None else [convert(value) for value in listed]


def _default(column: sa.Column[Any]) -> Any:
    default: Any = column.default
    return default.arg(None) if default.is_callable else default.arg


def students_with_sheet(connection: sa.Connection, school_id: uuid.UUID, night: dt.date) -> set[uuid.UUID]:
    """Who has a sheet of a night already."""
    rows = sa.select(NightSheet.student_id).where(NightSheet.school_id == school_id, NightSheet.night == night)
    return set(connection.scalars(rows))


def logged_wakings(connection: sa.Connection, school_id: uuid.UUID) -> Sequence[tuple[uuid.UUID, dt.date, dt.datetime]]:
    """Student, night and waking of every night with a waking, oldest first."""
    rows = sa.select(Sleep.student_id, Sleep.night, Sleep.woke_at)
    rows = rows.where(Sleep.school_id == school_id).order_by(Sleep.night)
    found = connection.execute(rows)
    return [(student_id, night, woke_at) for student_id, night, woke_at in found if woke_at is not None]


def last_known_day(connection: sa.Connection, school_id: uuid.UUID) -> dt.date | None:
    """The last date of the school's calendar."""
    return connection.scalar(sa.select(sa.func.max(SchoolDay.day)).where(SchoolDay.school_id == school_id))


def raise_class_counters(connection: sa.Connection, school_id: uuid.UUID, counter: int) -> None:
    """Bring every class's counter up to a value, so that phones fetch the new plan; it never falls."""
    lower = sa.and_(Class.school_id == school_id, Class.change_counter < counter)
    connection.execute(sa.update(Class).where(lower).values(change_counter=counter))


def remove_sign_ins(
    connection: sa.Connection, *, person_ids: Sequence[uuid.UUID], officer_id: uuid.UUID, school_id: uuid.UUID
) -> None:
    """Remove passwords, codes and sessions of the people who are about to get new ones."""
    for table in (StaffPassword, Claim, AuthSession):
        of_people = sa.and_(table.school_id == school_id, table.person_id.in_(person_ids))
        connection.execute(sa.delete(table).where(of_people))
    connection.execute(sa.delete(AuthSession).where(AuthSession.officer_id == officer_id))
    connection.execute(sa.delete(DistrictOfficer).where(DistrictOfficer.id == officer_id))


def has_claim(connection: sa.Connection, code_hash: bytes) -> bool:
    """Whether a code is in the database."""
    return bool(connection.scalar(sa.select(sa.exists().where(Claim.code_hash == code_hash))))


def reopen_claims(
    connection: sa.Connection,
    school_id: uuid.UUID,
    code_hashes: Sequence[bytes],
    *,
    now: dt.datetime,
    until: dt.datetime,
) -> None:
    """Let the demonstration's printed codes be used again: whoever starts it anew has no phone yet."""
    which = sa.and_(Claim.school_id == school_id, Claim.code_hash.in_(code_hashes))
    connection.execute(sa.update(Claim).where(which).values(used_at=None, issued_at=now, expires_at=until))


def every_reminder(connection: sa.Connection) -> list[dict[str, Any]]:
    """Each outbox row with what its recipient is, in the order in which they were put in."""
    rows = (
        sa.select(
            OutboxRow.code,
            OutboxRow.recipient_id,
            Person.kind.label("recipient_kind"),
            OutboxRow.subject_id,
            OutboxRow.night,
            OutboxRow.occasion,
            OutboxRow.state,
            OutboxRow.outcome_reason.label("reason"),
            OutboxRow.created_at,
            OutboxRow.finished_at,
        )
        .join(Person, sa.and_(Person.school_id == OutboxRow.school_id, Person.id == OutboxRow.recipient_id))
        .order_by(OutboxRow.created_at, OutboxRow.code, Person.name, OutboxRow.id)
    )
    found = [dict(row) for row in connection.execute(rows).mappings()]
    return [row | {"recipient_kind": row["recipient_kind"].value, "state": row["state"].value} for row in found]


def plan_marks(connection: sa.Connection, school_id: uuid.UUID) -> dict[uuid.UUID, PlanMark]:
    """How every week plan of the school stands."""
    key = (WeekPlan.stage, WeekPlan.grade, WeekPlan.subject, WeekPlan.week_starts_on)
    marks = (WeekPlan.version, WeekPlan.state, WeekPlan.filed_at, WeekPlan.decided_at)
    rows = connection.execute(sa.select(WeekPlan.id, *key, *marks).where(WeekPlan.school_id == school_id))
    return {row[0]: PlanMark((row[1], row[2], row[3], row[4]), *row[5:]) for row in rows}


def remove_plans(connection: sa.Connection, school_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> None:
    """Remove week plans with their versions."""
    if ids:
        connection.execute(sa.delete(WeekPlan).where(WeekPlan.school_id == school_id, WeekPlan.id.in_(ids)))


def remove_drafts(
    connection: sa.Connection, school_id: uuid.UUID, made_by: Collection[uuid.UUID], *, until: dt.date
) -> None:
    """Remove what approved plans had laid out for days that are here by now, unless somebody took it further."""
    where = (Assignment.school_id == school_id, Assignment.created_by.in_(made_by), Assignment.given_on <= until)
    drafts = sa.select(Assignment.id).where(*where, Assignment.state == AssignmentState.DRAFT, Assignment.version == 1)
    ids = [each for each in connection.scalars(drafts) if each.version == _GENERATED]
    if ids:
        connection.execute(sa.delete(Assignment).where(Assignment.school_id == school_id, Assignment.id.in_(ids)))


def known_assignments(connection: sa.Connection, school_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Which of these there are."""
    rows = sa.select(Assignment.id).where(Assignment.school_id == school_id, Assignment.id.in_(ids))
    return set(connection.scalars(rows)) if ids else set()
