"""Statements about class tablets and the picture codes with which pupils are known on them."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.storage.base import UtcDateTime, new_id
from backend.storage.models import AuthSession, Enrolment, Person, PictureCode, Student, Tablet
from backend.storage.queries.access import Predicate
from backend.storage.queries.upsert import insert_or_replace


@dataclass(frozen=True)
class PupilRow:
    """A pupil as the class tablet shows one."""

    id: uuid.UUID
    name: str
    has_picture_code: bool
    may_write: bool


@dataclass(frozen=True)
class TabletRow:
    """A tablet of a class that has not been taken back; `in_use_since` is null while its code waits."""

    id: uuid.UUID
    enabled_by: uuid.UUID
    enabled_at: dt.datetime
    code_expires_at: dt.datetime | None
    in_use_since: dt.datetime | None


@dataclass(frozen=True)
class CodeOfTablet:
    """The tablet that a one-time code is for; `used_at` is null until a device has come with it."""

    school_id: uuid.UUID
    tablet_id: uuid.UUID
    class_id: uuid.UUID
    used_at: dt.datetime | None


@dataclass(frozen=True)
class CodeRow:
    """A pupil of a class, and since when there is a picture code."""

    id: uuid.UUID
    name: str
    school_number: str | None
    set_at: dt.datetime | None
    may_write: bool


def tablets_of_class(session: Session, school_id: uuid.UUID, class_id: uuid.UUID, now: dt.datetime) -> list[TabletRow]:
    """The tablets in use and those whose code still waits, the oldest first."""
    signed_in = (AuthSession.school_id == Tablet.school_id) & (AuthSession.tablet_id == Tablet.id)
    waits = sa.and_(Tablet.code_hash.is_not(None), Tablet.code_expires_at > now, _used_at().is_(None))
    statement = (
        sa.select(
            Tablet.id, Tablet.enabled_by, Tablet.enabled_at, Tablet.code_expires_at, sa.func.max(AuthSession.created_at)
        )
        .outerjoin(AuthSession, signed_in & AuthSession.revoked_at.is_(None) & (AuthSession.expires_at > now))
        .where(Tablet.school_id == school_id, Tablet.class_id == class_id, Tablet.disabled_at.is_(None))
        .group_by(
            Tablet.school_id, Tablet.id, Tablet.enabled_by, Tablet.enabled_at, Tablet.code_expires_at, Tablet.code_hash
        )
        .having(sa.or_(waits, sa.func.max(AuthSession.created_at).is_not(None)))
        .order_by(Tablet.enabled_at, Tablet.id)
    )
    return [TabletRow(*row) for row in session.execute(statement)]


def disable_tablet(
    session: Session, school_id: uuid.UUID, class_id: uuid.UUID, tablet_id: uuid.UUID, now: dt.datetime
) -> bool:
    """Switch one of a class's tablets off, its unused code too; False when there is no such tablet."""
    own = (Tablet.school_id == school_id, Tablet.class_id == class_id, Tablet.id == tablet_id)
    statement = (
        sa.update(Tablet)
        .where(*own)
        .values(disabled_at=sa.func.coalesce(Tablet.disabled_at, sa.literal(now, UtcDateTime())), code_hash=None)
        .returning(Tablet.id)
        .execution_options(synchronize_session=False)
    )
    return session.scalar(statement) is not None


def add_tablet(
    session: Session,
    school_id: uuid.UUID,
    class_id: uuid.UUID,
    enabled_by: uuid.UUID,
    now: dt.datetime,
    *,
    code_hash: bytes,
    code_expires_at: dt.datetime,
) -> uuid.UUID:
    """Add a tablet that waits for its code to a class and return its id."""
    ids = {"school_id": school_id, "id": new_id(), "class_id": class_id}
    tablet = Tablet(**ids, enabled_by=enabled_by, enabled_at=now, code_hash=code_hash, code_expires_at=code_expires_at)
    session.add(tablet)
    session.flush()
    return tablet.id


def lock_code(session: Session, code_hash: bytes, now: dt.datetime) -> CodeOfTablet | None:
    """The tablet of a code that is not over, its row locked: two devices cannot both be the first to use it."""
    statement = (
        sa.select(Tablet.school_id, Tablet.id, Tablet.class_id, _used_at())
        .where(Tablet.code_hash == code_hash, Tablet.code_expires_at > now, Tablet.disabled_at.is_(None))
        .with_for_update(of=Tablet)
    )
    row = session.execute(statement).one_or_none()
    return None if row is None else CodeOfTablet(*row)


def _used_at() -> sa.ScalarSelect[dt.datetime]:
    """When a tablet's code was used: at its first sign-in, whatever became of that."""
    own = (AuthSession.school_id == Tablet.school_id, AuthSession.tablet_id == Tablet.id)
    return sa.select(sa.func.min(AuthSession.created_at)).where(*own).correlate(Tablet).scalar_subquery()


def _enrolled(school_id: uuid.UUID, class_id: uuid.UUID, today: dt.date) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        Enrolment.school_id == school_id,
        Enrolment.class_id == class_id,
        Enrolment.from_on <= today,
        sa.or_(Enrolment.to_on.is_(None), Enrolment.to_on >= today),
        Person.left_at.is_(None),
    )


def pupils(session: Session, school_id: uuid.UUID, class_id: uuid.UUID, today: dt.date) -> list[PupilRow]:
    """The pupils of a class today in the order of the roll: by school number, then name."""
    has_code = sa.exists().where(PictureCode.school_id == Student.school_id, PictureCode.student_id == Student.id)
    statement = (
        sa.select(Student.id, Person.name, has_code, Student.may_write)
        .join(Person, (Person.school_id == Student.school_id) & (Person.id == Student.id))
        .join(Enrolment, (Enrolment.school_id == Student.school_id) & (Enrolment.student_id == Student.id))
        .where(*_enrolled(school_id, class_id, today))
        .order_by(Student.school_number.is_(None), Student.school_number, Person.name, Student.id)
    )
    return [PupilRow(*row) for row in session.execute(statement)]


def picture_codes(session: Session, school_id: uuid.UUID, class_id: uuid.UUID, today: dt.date) -> list[CodeRow]:
    """The pupils of a class today in the order of the roll, and since when each has a picture code."""
    own = (PictureCode.school_id == Student.school_id) & (PictureCode.student_id == Student.id)
    statement = (
        sa.select(Student.id, Person.name, Student.school_number, PictureCode.set_at, Student.may_write)
        .join(Person, (Person.school_id == Student.school_id) & (Person.id == Student.id))
        .join(Enrolment, (Enrolment.school_id == Student.school_id) & (Enrolment.student_id == Student.id))
        .outerjoin(PictureCode, own)
        .where(*_enrolled(school_id, class_id, today))
        .order_by(Student.school_number.is_(None), Student.school_number, Person.name, Student.id)
    )
    return [CodeRow(*row) for row in session.execute(statement)]


def find_picture_code(
    session: Session, school_id: uuid.UUID, class_id: uuid.UUID, student_id: uuid.UUID, today: dt.date
) -> tuple[bool, bytes | None]:
    """Whether the pupil is of the class today, and the hash of the picture code; locked against guessing at once."""
    statement = (
        sa.select(Student.id)
        .join(Person, (Person.school_id == Student.school_id) & (Person.id == Student.id))
        .join(Enrolment, (Enrolment.school_id == Student.school_id) & (Enrolment.student_id == Student.id))
        .where(*_enrolled(school_id, class_id, today), Student.id == student_id)
        .with_for_update(of=Student)
    )
    if session.scalars(statement).first() is None:
        return False, None
    code = session.get(PictureCode, (school_id, student_id), populate_existing=True)
    return True, code.code_hash if code else None


def student_shown(session: Session, school_id: uuid.UUID, student_id: uuid.UUID, visible: Predicate) -> bool:
    """Whether there is such a student whom the predicate shows."""
    own = (Student.school_id == school_id, Student.id == student_id)
    return bool(session.scalar(sa.select(sa.exists().where(*own, visible))))


def put_picture_codes(
    session: Session, school_id: uuid.UUID, hashes: Mapping[uuid.UUID, bytes], now: dt.datetime
) -> None:
    """Set pupils' picture codes, or replace them."""
    rows = [
        {"school_id": school_id, "student_id": student_id, "code_hash": hashed, "set_at": now}
        for student_id, hashed in hashes.items()
    ]
    if rows:
        insert_or_replace(session, PictureCode, rows)
