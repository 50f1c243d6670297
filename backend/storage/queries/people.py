"""Statements about people of one school: who somebody is, what they do there, whom they look after."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.people import ConsentRecord, PersonKind, Role
from backend.storage.models import (
    Class,
    Consent,
    DistrictOfficer,
    Guardianship,
    Person,
    Post,
    ReminderSetting,
    Student,
    Subject,
    Tablet,
)
from backend.storage.queries.access import Predicate, class_on


@dataclass(frozen=True)
class PostRow:
    """A post that stands, with its class where it has one."""

    post: Post
    class_: Class | None


@dataclass(frozen=True)
class StudentRow:
    """A student as the family sees it: name, class of today, and how the guardian is related (empty for oneself)."""

    student: Student
    name: str
    relation: str
    class_: Class | None
    is_recorder: bool
    """Logs what was really set in the class of today."""
    paused_to: dt.date | None
    """The last night of the pause in which today lies."""


def find_person(session: Session, school_id: uuid.UUID, person_id: uuid.UUID) -> Person | None:
    """The person."""
    return session.get(Person, (school_id, person_id))


def find_officer(session: Session, officer_id: uuid.UUID) -> DistrictOfficer | None:
    """The district's officer."""
    return session.get(DistrictOfficer, officer_id)


def find_tablet_class(session: Session, school_id: uuid.UUID, tablet_id: uuid.UUID) -> Class | None:
    """The class in whose room a tablet stands."""
    in_room = (Tablet.school_id == Class.school_id) & (Tablet.class_id == Class.id)
    mine = (Tablet.school_id == school_id, Tablet.id == tablet_id)
    return session.scalars(sa.select(Class).join(Tablet, in_room).where(*mine)).one_or_none()


def family_member_exists(session: Session, school_id: uuid.UUID, person_id: uuid.UUID, visible: Predicate) -> bool:
    """Whether there is such a student or guardian, still at the school, whom the predicate shows."""
    is_family = Person.kind.in_((PersonKind.student, PersonKind.guardian))
    own = (Person.school_id == school_id, Person.id == person_id, Person.left_at.is_(None))
    return bool(session.scalar(sa.select(sa.exists().where(*own, is_family, visible))))


def posts_of(session: Session, school_id: uuid.UUID, person_id: uuid.UUID, today: dt.date) -> list[PostRow]:
    """What a person does at the school today, class by class."""
    of_class = (Class.school_id == Post.school_id) & (Class.id == Post.class_id)
    statement = (
        sa.select(Post, Class)
        .outerjoin(Class, of_class)
        .where(
            Post.school_id == school_id,
            Post.person_id == person_id,
            Post.from_on <= today,
            sa.or_(Post.to_on.is_(None), Post.to_on >= today),
        )
        .order_by(Class.grade, Class.number, Post.role, Post.subject, Post.id)
    )
    return [PostRow(post, class_) for post, class_ in session.execute(statement)]


def students_of_guardian(
    session: Session, school_id: uuid.UUID, guardian_id: uuid.UUID, today: dt.date
) -> list[StudentRow]:
    """The children whom a guardian looks after, in order of their names."""
    looks_after = (Guardianship.school_id == Student.school_id) & (Guardianship.student_id == Student.id)
    statement = (
        _students(school_id, today, Guardianship.relation)
        .join(Guardianship, looks_after)
        .where(Guardianship.guardian_id == guardian_id, Guardianship.ended_at.is_(None))
    )
    return _student_rows(session, statement)


def student_self(session: Session, school_id: uuid.UUID, student_id: uuid.UUID, today: dt.date) -> list[StudentRow]:
    """One student, as a list of one; empty for an unknown id."""
    relation = sa.literal("").label("relation")
    return _student_rows(session, _students(school_id, today, relation).where(Student.id == student_id))


def _students(school_id: uuid.UUID, today: dt.date, relation: Any) -> sa.Select[*tuple[Any, ...]]:
    of_today = (Class.school_id == Student.school_id) & (Class.id == class_on(school_id, Student.id, today))
    return (
        sa.select(Student, Person.name, relation, Class, _records(today), _paused_to(today))
        .join(Person, (Person.school_id == Student.school_id) & (Person.id == Student.id))
        .outerjoin(Class, of_today)
        .where(Student.school_id == school_id)
        .order_by(Person.name, Student.id)
    )


def _records(today: dt.date) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        Post.school_id == Student.school_id,
        Post.person_id == Student.id,
        Post.class_id == Class.id,
        Post.role == Role.class_recorder,
        Post.from_on <= today,
        sa.or_(Post.to_on.is_(None), Post.to_on >= today),
    )


def _paused_to(today: dt.date) -> sa.ScalarSelect[dt.date | None]:
    own = (ReminderSetting.school_id == Student.school_id, ReminderSetting.person_id == Student.id)
    lies_in = (ReminderSetting.paused_from <= today, ReminderSetting.paused_to >= today)
    return sa.select(ReminderSetting.paused_to).where(*own, *lies_in).correlate(Student).scalar_subquery()


def _student_rows(session: Session, statement: sa.Select[*tuple[Any, ...]]) -> list[StudentRow]:
    return [StudentRow(*row) for row in session.execute(statement)]


def subjects_of(session: Session, school_id: uuid.UUID) -> list[Subject]:
    """The school's subjects in its order."""
    order = (Subject.position, Subject.code)
    return list(session.scalars(sa.select(Subject).where(Subject.school_id == school_id).order_by(*order)))


def consents_of(
    session: Session, school_id: uuid.UUID, student_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, list[ConsentRecord]]:
    """Every decision of those who are guardians now, oldest first, by student.

    What a former guardian decided counts no more: nobody could take it back.
    """
    stands = (Guardianship.school_id == Consent.school_id) & (Guardianship.student_id == Consent.student_id)
    statement = (
        sa.select(Consent)
        .join(Guardianship, stands & (Guardianship.guardian_id == Consent.guardian_id))
        .where(Consent.school_id == school_id, Consent.student_id.in_(student_ids), Guardianship.ended_at.is_(None))
        .order_by(Consent.decided_at, Consent.id)
    )
    found: dict[uuid.UUID, list[ConsentRecord]] = {student_id: [] for student_id in student_ids}
    for row in session.scalars(statement):
        record = ConsentRecord(str(row.guardian_id), row.decision, row.decided_at, row.text_version)
        found[row.student_id].append(record)
    return found


def locale_of(session: Session, school_id: uuid.UUID, person_id: uuid.UUID) -> str | None:
    """The language in which a person is written to."""
    return session.scalar(sa.select(Person.locale).where(Person.school_id == school_id, Person.id == person_id))


def set_locale(session: Session, school_id: uuid.UUID, person_id: uuid.UUID, locale: str) -> None:
    """Write to a person in a language from now on."""
    session.execute(
        sa.update(Person)
        .where(Person.school_id == school_id, Person.id == person_id, Person.locale != locale)
        .values(locale=locale),
        execution_options={"synchronize_session": False},
    )
