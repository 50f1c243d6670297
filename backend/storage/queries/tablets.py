"""Statements about class tablets and the picture codes with which pupils are known on them."""

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.storage.base import new_id
from backend.storage.models import Enrolment, Person, PictureCode, Student, Tablet
from backend.storage.queries.access import Predicate
from backend.storage.queries.upsert import insert_or_replace


@dataclass(frozen=True)
class PupilRow:
    """A pupil as the class tablet shows one."""

    id: uuid.UUID
    name: str
    has_picture_code: bool
    may_write: bool


def disable_tablets(session: Session, school_id: uuid.UUID, class_id: uuid.UUID, now: dt.datetime) -> list[uuid.UUID]:
    """Switch a class's tablets off and return their ids."""
    statement = (
        sa.update(Tablet)
        .where(Tablet.school_id == school_id, Tablet.class_id == class_id, Tablet.disabled_at.is_(None))
        .values(disabled_at=now)
        .returning(Tablet.id)
    )
    return list(session.scalars(statement, execution_options={"synchronize_session": False}))


def add_tablet(
    session: Session, school_id: uuid.UUID, class_id: uuid.UUID, enabled_by: uuid.UUID, now: dt.datetime
) -> uuid.UUID:
    """Add a tablet to a class and return its id."""
    tablet = Tablet(school_id=school_id, id=new_id(), class_id=class_id, enabled_by=enabled_by, enabled_at=now)
    session.add(tablet)
    session.flush()
    return tablet.id


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


def put_picture_code(
    session: Session, school_id: uuid.UUID, student_id: uuid.UUID, code_hash: bytes, now: dt.datetime
) -> None:
    """Set a pupil's picture code, or replace it."""
    row = {"school_id": school_id, "student_id": student_id, "code_hash": code_hash, "set_at": now}
    insert_or_replace(session, PictureCode, [row])
