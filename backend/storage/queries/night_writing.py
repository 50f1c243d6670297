"""The statements of the one writing path (docs/architecture.md): read everything, save the sheet, save the entries.

The first brings, for a token, a student and a night, all that deciding needs, in one row. Nothing is locked by it: the
sheet is saved by compare-and-swap on its counter, and the counter is unique per student, so of two concurrent writers
the second finds its night changed, or its counter taken, and reads again.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
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
from backend.storage.queries.json_rows import Row, json_array, prefixed, rows_of, unprefixed
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


def _entries() -> sa.ScalarSelect[Any]:
    """The night's entries, and those of any other night whose ids a change names."""
    return json_array(
        ENTRY_COLUMNS,
        _ENTRY.school_id == AuthSession.school_id,
        _ENTRY.student_id == sa.bindparam("student_id", type_=sa.Uuid()),
        sa.or_(
            _ENTRY.night == sa.bindparam("night", type_=sa.Date()),
            _ENTRY.id.in_(sa.bindparam("entry_ids", expanding=True, type_=sa.Uuid())),
        ),
    )


def _policies() -> sa.ScalarSelect[Any]:
    """Policy rows, read only for the first write of a night: the sheet keeps what they said."""
    of_school = sa.and_(
        _POLICY.school_id == AuthSession.school_id,
        sa.or_(_POLICY.class_id.is_(None), _POLICY.class_id == Class.id),
        sa.or_(_POLICY.student_id.is_(None), _POLICY.student_id == sa.bindparam("student_id", type_=sa.Uuid())),
    )
    fitting = sa.or_(of_school, _POLICY.district_id == School.district_id)
    return json_array(POLICY_COLUMNS, SHEET.c.class_id.is_(None), fitting)


def _statement() -> Any:
    student_id = sa.bindparam("student_id", type_=sa.Uuid())
    night = sa.bindparam("night", type_=sa.Date())
    of_student = access.class_on(AuthSession.school_id, student_id, night)
    wanted = sa.bindparam("assignment_ids", expanding=True, type_=sa.Uuid())
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
            *prefixed(Student.__table__, "student"),
            *prefixed(Class.__table__, "class"),
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
            *prefixed(SHEET, "sheet"),
            *prefixed(SLEEP, "sleep"),
            *prefixed(NOTE, "note"),
            *prefixed(REVIEW, "review"),
            _entries().label("entries"),
            json_array(
                ASSIGNMENT_COLUMNS, _ASSIGNMENT.school_id == AuthSession.school_id, _ASSIGNMENT.id.in_(wanted)
            ).label("assignments"),
            json_array(TIER_COLUMNS, _TIER.school_id == AuthSession.school_id, _TIER.assignment_id.in_(wanted)).label(
                "tiers"
            ),
            json_array(
                CONFIRMATION_COLUMNS,
                *_of_night(sa.inspect(_CONFIRMATION).selectable),
                _CONFIRMATION.withdrawn_at.is_(None),
            ).label("confirmations"),
            _policies().label("policies"),
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


_OPEN_NIGHT = _statement()


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
    row = (
        session.connection()
        .execute(
            _OPEN_NIGHT,
            {
                "token_hash": token_hash,
                "student_id": student_id,
                "night": night,
                "entry_ids": list(entry_ids),
                "assignment_ids": list(assignment_ids),
            },
        )
        .mappings()
        .one_or_none()
    )
    return None if row is None else _night_row(row)


def _night_row(row: Any) -> NightRow:
    student = unprefixed(row, Student.__table__, "student", "id")
    return NightRow(
        session=SessionRow(
            id=row["id"],
            holder_id=row["holder_id"],
            school_id=row["school_id"],
            district_id=row["district_id"],
            class_id=row["tablet_class_id"],
            person_kind=row["person_kind"],
            locale=row["locale"],
            must_change=bool(row["must_change"]),
            expires_at=row["expires_at"],
            revoked_at=row["revoked_at"],
            left_at=row["left_at"],
        ),
        zone=row["zone"] or "UTC",
        student=student,
        class_=unprefixed(row, Class.__table__, "class", "id"),
        is_guardian=bool(row["is_guardian"]),
        homeroom_posts=rows_of(row["homeroom_posts"], POST_COLUMNS),
        counter=max(row["counter"] or 0, student["change_counter"] if student else 0),
        sheet=unprefixed(row, SHEET, "sheet", "student_id"),
        sleep=unprefixed(row, SLEEP, "sleep", "student_id"),
        note=unprefixed(row, NOTE, "note", "student_id"),
        review=unprefixed(row, REVIEW, "review", "student_id"),
        entries=rows_of(row["entries"], ENTRY_COLUMNS),
        assignments=rows_of(row["assignments"], ASSIGNMENT_COLUMNS),
        tiers=rows_of(row["tiers"], TIER_COLUMNS),
        confirmations=rows_of(row["confirmations"], CONFIRMATION_COLUMNS),
        policies=rows_of(row["policies"], POLICY_COLUMNS),
    )


@lru_cache(maxsize=8)
def _saving(dialect: str, columns: tuple[str, ...]) -> Any:
    """Compare-and-swap of a sheet, beneath the student's row.

    Erasure locks that row and raises its counter: whoever read before can neither change nor bring back a sheet. The
    lock is the one that the foreign key takes anyway; writers of one student do not wait for each other by it.
    """
    new = {name: sa.bindparam(f"new_{name}", type_=SHEET.c[name].type) for name in columns}
    values = new.values() if dialect == "sqlite" else [sa.cast(value, value.type) for value in new.values()]
    beneath = (
        sa.select(*values)
        .where(
            Student.school_id == new["school_id"],
            Student.id == new["student_id"],
            Student.change_counter < new["change_counter"],
        )
        .with_for_update(read=True, key_share=True)
    )
    return upsert_of(dialect, SHEET, columns, compared="change_counter", source=beneath)


def save_sheet(session: Session, row: Row, *, read_counter: int | None) -> bool:
    """Statement 2 of 3: the sheet, if it still is as it was read (``read_counter`` None: if there still is none).

    False when another writer came first, or when everything was erased meanwhile: the transaction has then to be rolled
    back.
    """
    connection = session.connection()
    saving = _saving(connection.dialect.name, tuple(row))
    parameters = {f"new_{name}": value for name, value in row.items()}
    parameters["compared_value"] = -1 if read_counter is None else read_counter
    try:
        # RETURNING, because not every driver counts the rows of an insert.
        return connection.execute(saving, parameters).one_or_none() is not None
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
        connection = session.connection()
        connection.execute(upsert_of(connection.dialect.name, table, tuple(rows[0])), rows)
