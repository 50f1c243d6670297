"""The statements of the one writing path (docs/architecture.md): read everything, save the sheet, save the entries.

The first brings, for a token, a student and a night, all that deciding needs, in one row. Nothing is locked by it: the
sheet is saved by compare-and-swap on its counter, and the counter is unique per student, so of two concurrent writers
the second finds its night changed, or its counter taken, and reads again.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from backend.domain.people import PersonKind, Role
from backend.storage.models import (
    Assignment,
    AssignmentTier,
    AuthSession,
    Class,
    Confirmation,
    DistrictOfficer,
    Entry,
    NightSheet,
    Note,
    Person,
    Policy,
    Post,
    Review,
    School,
    Sleep,
    StaffPassword,
    Student,
    Tablet,
)
from backend.storage.queries import access
from backend.storage.queries.json_rows import Part, Row, json_array, parts_of, prefixed, rows_of
from backend.storage.queries.prepared import Fetched, Prepared, any_of, length_for, listed
from backend.storage.queries.signing_in import SessionRow
from backend.storage.queries.upsert import upsert_of

SHEET = NightSheet.__table__
SLEEP = Sleep.__table__
NOTE = Note.__table__
REVIEW = Review.__table__
_ENTRY = aliased(Entry)
ENTRY_COLUMNS = tuple(sa.inspect(_ENTRY).selectable.c)
_ASSIGNMENT, _TIER = aliased(Assignment), aliased(AssignmentTier)
ASSIGNMENT_COLUMNS = tuple(sa.inspect(_ASSIGNMENT).selectable.c)
TIER_COLUMNS = tuple(sa.inspect(_TIER).selectable.c)
_CONFIRMATION, _POLICY, _POST = aliased(Confirmation), aliased(Policy), aliased(Post)
CONFIRMATION_COLUMNS = tuple(sa.inspect(_CONFIRMATION).selectable.c)
POLICY_COLUMNS = tuple(sa.inspect(_POLICY).selectable.c)
POST_COLUMNS = tuple(sa.inspect(_POST).selectable.c)


@dataclass(frozen=True)
class NightRow:
    """What the first statement brings. ``student`` is None when the school has no such student."""

    session: SessionRow
    zone: str
    student: Row | None
    class_: Row | None
    is_guardian: bool
    homeroom_posts: list[Row]
    counter: int
    sheet: Row | None
    sleep: Row | None
    note: Row | None
    review: Row | None
    entries: list[Row]
    assignments: list[Row]
    tiers: list[Row]
    confirmations: list[Row]
    policies: list[Row]


def _of_night(table: Any) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        table.c.school_id == AuthSession.school_id,
        table.c.student_id == sa.bindparam("student_id"),
        table.c.night == sa.bindparam("night"),
    )


def _entries(named: int) -> sa.ScalarSelect[Any]:
    """The night's entries, and those of any other night whose ids a change names."""
    own = (
        _ENTRY.school_id == AuthSession.school_id,
        _ENTRY.student_id == sa.bindparam("student_id", type_=sa.Uuid()),
    )
    # Twice, so that SQLite looks both up by their index and does not read all that the student ever did.
    tonight = sa.and_(*own, _ENTRY.night == sa.bindparam("night", type_=sa.Date()))
    return json_array(ENTRY_COLUMNS, sa.or_(tonight, sa.and_(*own, any_of(_ENTRY.id, "entry", named))))


def _policies() -> sa.ScalarSelect[Any]:
    """Policy rows, read only for the first write of a night: the sheet keeps what they said."""
    of_school = sa.and_(
        _POLICY.school_id == AuthSession.school_id,
        sa.or_(_POLICY.class_id.is_(None), _POLICY.class_id == Class.id),
        sa.or_(_POLICY.student_id.is_(None), _POLICY.student_id == sa.bindparam("student_id", type_=sa.Uuid())),
    )
    fitting = sa.or_(of_school, _POLICY.district_id == School.district_id)
    return json_array(POLICY_COLUMNS, SHEET.c.class_id.is_(None), fitting)


#: The joined tables, each with the column that is null where it has no row.
_PARTS: dict[str, tuple[sa.FromClause, str]] = {
    "student": (Student.__table__, "id"),
    "class": (Class.__table__, "id"),
    "sheet": (SHEET, "student_id"),
    "sleep": (SLEEP, "student_id"),
    "note": (NOTE, "student_id"),
    "review": (REVIEW, "student_id"),
}


def _statement(entries: int, assignments: int) -> Any:
    """For so many named entries and assignments."""
    student_id = sa.bindparam("student_id", type_=sa.Uuid())
    night = sa.bindparam("night", type_=sa.Date())
    of_student = access.class_on(AuthSession.school_id, student_id, night)
    other = aliased(NightSheet)
    counter = (
        sa.select(sa.func.max(other.change_counter))
        .where(other.school_id == AuthSession.school_id, other.student_id == student_id)
        .scalar_subquery()
    )
    return (
        sa.select(
            AuthSession.id,
            sa.func.coalesce(AuthSession.person_id, AuthSession.officer_id, AuthSession.tablet_id).label("holder_id"),
            AuthSession.school_id,
            DistrictOfficer.district_id,
            Tablet.class_id.label("tablet_class_id"),
            Person.kind.label("person_kind"),
            sa.func.coalesce(Person.locale, School.locale, "zh-CN").label("locale"),
            sa.func.coalesce(StaffPassword.must_change, DistrictOfficer.must_change, sa.false()).label("must_change"),
            AuthSession.expires_at,
            AuthSession.revoked_at,
            sa.func.coalesce(Person.left_at, DistrictOfficer.left_at, Tablet.disabled_at).label("left_at"),
            School.zone,
            access.guardian_of(AuthSession.school_id, AuthSession.person_id, student_id).label("is_guardian"),
            json_array(
                POST_COLUMNS,
                _POST.school_id == AuthSession.school_id,
                _POST.person_id == AuthSession.person_id,
                _POST.class_id == Class.id,
                _POST.role == Role.homeroom_teacher,
                Person.kind == PersonKind.staff,
            ).label("homeroom_posts"),
            counter.label("counter"),
            _entries(entries).label("entries"),
            json_array(
                ASSIGNMENT_COLUMNS,
                _ASSIGNMENT.school_id == AuthSession.school_id,
                any_of(_ASSIGNMENT.id, "assignment", assignments),
            ).label("assignments"),
            json_array(
                TIER_COLUMNS,
                _TIER.school_id == AuthSession.school_id,
                any_of(_TIER.assignment_id, "assignment", assignments),
            ).label("tiers"),
            json_array(
                CONFIRMATION_COLUMNS,
                *_of_night(sa.inspect(_CONFIRMATION).selectable),
                _CONFIRMATION.withdrawn_at.is_(None),
            ).label("confirmations"),
            _policies().label("policies"),
            *(column for name, (table, _) in _PARTS.items() for column in prefixed(table, name)),
        )
        .select_from(AuthSession)
        .outerjoin(School, School.id == AuthSession.school_id)
        .outerjoin(Person, (Person.school_id == AuthSession.school_id) & (Person.id == AuthSession.person_id))
        .outerjoin(
            StaffPassword,
            (StaffPassword.school_id == AuthSession.school_id) & (StaffPassword.person_id == AuthSession.person_id),
        )
        .outerjoin(DistrictOfficer, DistrictOfficer.id == AuthSession.officer_id)
        .outerjoin(Tablet, (Tablet.school_id == AuthSession.school_id) & (Tablet.id == AuthSession.tablet_id))
        .outerjoin(Student, (Student.school_id == AuthSession.school_id) & (Student.id == student_id))
        .outerjoin(Class, (Class.school_id == AuthSession.school_id) & (Class.id == of_student))
        .outerjoin(SHEET, sa.and_(*_of_night(SHEET)))
        .outerjoin(SLEEP, sa.and_(*_of_night(SLEEP)))
        .outerjoin(NOTE, sa.and_(*_of_night(NOTE)))
        .outerjoin(REVIEW, sa.and_(*_of_night(REVIEW)))
        .where(AuthSession.token_hash == sa.bindparam("token_hash"))
    )


@cache
def _opening(entries: int, assignments: int) -> Prepared:
    return Prepared(lambda _dialect: _statement(entries, assignments))


@cache
def _parts() -> tuple[Part, ...]:
    return parts_of(_statement(1, 1), _PARTS)


def open_night(
    session: Session,
    *,
    token_hash: bytes,
    student_id: uuid.UUID,
    night: dt.date,
    entry_ids: Sequence[uuid.UUID],
    assignment_ids: Sequence[uuid.UUID],
) -> NightRow | None:
    """Statement 1 of 3. None for an unknown token; whether it may act is decided from what comes back."""
    parameters: dict[str, Any] = {"token_hash": token_hash, "student_id": student_id, "night": night}
    entries, assignments = length_for(entry_ids), length_for(assignment_ids)
    parameters |= listed("entry", entry_ids, entries) | listed("assignment", assignment_ids, assignments)
    rows = _opening(entries, assignments).rows(session.connection(), parameters)
    return _night_row(rows[0]) if rows else None


def _night_row(row: Fetched) -> NightRow:
    student, class_, sheet, sleep, note, review = (part.of(row) for part in _parts())
    zone, is_guardian, posts, counter, entries, assignments, tiers, confirmations, policies = row[11:20]
    return NightRow(
        session=SessionRow(*row[:11]),
        zone=zone or "UTC",
        student=student,
        class_=class_,
        is_guardian=bool(is_guardian),
        homeroom_posts=rows_of(posts, POST_COLUMNS),
        counter=max(counter or 0, student["change_counter"] if student else 0),
        sheet=sheet,
        sleep=sleep,
        note=note,
        review=review,
        entries=rows_of(entries, ENTRY_COLUMNS),
        assignments=rows_of(assignments, ASSIGNMENT_COLUMNS),
        tiers=rows_of(tiers, TIER_COLUMNS),
        confirmations=rows_of(confirmations, CONFIRMATION_COLUMNS),
        policies=rows_of(policies, POLICY_COLUMNS),
    )


@lru_cache(maxsize=8)
def _saving(columns: tuple[str, ...]) -> Prepared:
    return Prepared(partial(_swap, columns))


def _swap(columns: tuple[str, ...], dialect: str) -> Any:
    """Compare-and-swap of a sheet, beneath the student's row.

    Erasure locks that row and raises its counter: whoever read before can neither change nor bring back a sheet. Nor
    can who read that consent stands, once it has been withdrawn. The lock is the one that the foreign key takes anyway;
    writers of one student do not wait for each other by it.
    """
    new = {name: sa.bindparam(f"new_{name}", type_=SHEET.c[name].type) for name in columns}
    values = new.values() if dialect == "sqlite" else [sa.cast(value, value.type) for value in new.values()]
    beneath = (
        sa.select(*values)
        .where(
            Student.school_id == new["school_id"],
            Student.id == new["student_id"],
            Student.change_counter < new["change_counter"],
            Student.may_write == sa.bindparam("read_may_write", type_=sa.Boolean()),
        )
        .with_for_update(read=True, key_share=True)
    )
    return upsert_of(dialect, SHEET, columns, compared="change_counter", source=beneath)


def save_sheet(session: Session, row: Row, *, read_counter: int | None, may_write: bool) -> bool:
    """Statement 2 of 3: the sheet, if it still is as it was read (``read_counter`` None: if there still is none).

    False when another writer came first, or when meanwhile everything was erased or consent changed (``may_write``: as
    it was read): the transaction has then to be rolled back.
    """
    parameters: Row = {f"new_{name}": value for name, value in row.items()} | {"read_may_write": may_write}
    parameters["compared_value"] = -1 if read_counter is None else read_counter
    try:
        # RETURNING, because not every driver counts the rows of an insert.
        return bool(_saving(tuple(row)).rows(session.connection(), parameters))
    except IntegrityError:
        return False


def save_entries(session: Session, rows: list[Row]) -> None:
    """Statement 3 of 3: every changed entry; the trigger keeps its history."""
    _upsert(session, Entry.__table__, rows)


def save_sleep(session: Session, row: Row) -> None:
    """The night's sleep."""
    _upsert(session, SLEEP, [row])


def save_note(session: Session, row: Row) -> None:
    """The guardian's line."""
    _upsert(session, NOTE, [row])


def save_review(session: Session, row: Row) -> None:
    """The homeroom teacher's mark and answer."""
    _upsert(session, REVIEW, [row])


def save_confirmations(session: Session, rows: list[Row]) -> None:
    """New and withdrawn confirmations."""
    _upsert(session, Confirmation.__table__, rows)


def _upsert(session: Session, table: Any, rows: list[Row]) -> None:
    if rows:
        _upserting(table, tuple(rows[0])).run(session.connection(), rows)


@lru_cache(maxsize=16)
def _upserting(table: Any, columns: tuple[str, ...]) -> Prepared:
    return Prepared(lambda dialect: upsert_of(dialect, table, columns), columns)
