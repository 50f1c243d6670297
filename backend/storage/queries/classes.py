"""Statements about schools, classes and subjects as places: who may see them arrives as a predicate."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.people import Role
from backend.domain.policy import Stage
from backend.storage.models import Class, District, Person, Post, School, SchoolDay, Subject
from backend.storage.queries.access import Id, Predicate


def find_school(session: Session, school_id: uuid.UUID) -> School | None:
    """The school; from the session's memory if it was read before."""
    return session.get(School, school_id)


def find_school_by_slug(session: Session, slug: str) -> School | None:
    """The school with that slug."""
    return session.scalars(sa.select(School).where(School.slug == slug)).one_or_none()


def find_district(session: Session, district_id: uuid.UUID) -> District | None:
    """The district."""
    return session.get(District, district_id)


def every_school(session: Session) -> list[School]:
    """All schools of this installation."""
    return list(session.scalars(sa.select(School).order_by(School.id)))


def schools_of_district(session: Session, district_id: uuid.UUID) -> list[School]:
    """The district's schools by name."""
    return list(session.scalars(sa.select(School).where(School.district_id == district_id).order_by(School.name)))


def is_true(session: Session, predicate: Predicate) -> bool:
    """Ask one predicate by itself."""
    return bool(session.scalar(sa.select(predicate)))


def are_true(session: Session, statement: Any, asked: dict[str, Any]) -> tuple[bool, bool]:
    """Ask a statement of two predicates, built once, for these parameters."""
    row = session.connection().execute(statement, asked).one()
    return bool(row[0]), bool(row[1])


def find_class(session: Session, school_id: uuid.UUID, class_id: uuid.UUID, visible: Predicate) -> Class | None:
    """The class if the predicate admits the actor."""
    return session.scalars(
        sa.select(Class).where(Class.school_id == school_id, Class.id == class_id, visible)
    ).one_or_none()


def class_and(school_id: Id, class_id: Id, *, visible: Predicate, fact: Predicate) -> Any:
    """A statement of a class, where it is visible, with whether something is true of it; all may be parameters."""
    return sa.select(Class, fact.label("fact")).where(Class.school_id == school_id, Class.id == class_id, visible)


def find_one(session: Session, statement: Any, asked: dict[str, Any]) -> tuple[Class, bool] | None:
    """What such a statement brings for these parameters."""
    row = session.execute(statement, asked).one_or_none()
    return None if row is None else (row[0], bool(row[1]))


def classes_of_school(
    session: Session,
    school_id: uuid.UUID,
    *,
    stage: Stage | None = None,
    grade: int | None = None,
    school_year: int | None = None,
) -> list[Class]:
    """The classes of a school, or of one grade, or of one school year, in their order."""
    where = [Class.school_id == school_id]
    where += [Class.stage == stage] if stage is not None else []
    where += [Class.grade == grade] if grade is not None else []
    where += [Class.school_year == school_year] if school_year is not None else []
    return list(session.scalars(sa.select(Class).where(*where).order_by(Class.grade, Class.number, Class.id)))


def grades_headed(
    session: Session, school_id: uuid.UUID, person_id: uuid.UUID, today: dt.date
) -> set[tuple[Stage, int]]:
    """The (stage, grade) pairs a person heads today."""
    rows = session.execute(
        sa.select(Post.stage, Post.grade).where(
            Post.school_id == school_id,
            Post.person_id == person_id,
            Post.role == Role.grade_head,
            Post.from_on <= today,
            sa.or_(Post.to_on.is_(None), Post.to_on >= today),
        )
    )
    return {(stage, grade) for stage, grade in rows if stage is not None and grade is not None}


def lock_class(session: Session, school_id: uuid.UUID, class_id: uuid.UUID) -> int:
    """Raise the class's change counter and return it: its row is locked until the commit, so plans queue up behind."""
    statement = (
        sa.update(Class)
        .where(Class.school_id == school_id, Class.id == class_id)
        .values(change_counter=Class.change_counter + 1)
        .returning(Class.change_counter)
        .execution_options(synchronize_session=False)
    )
    return session.execute(statement).scalar_one()


def subject_codes(session: Session, school_id: uuid.UUID) -> list[str]:
    """The school's subject codes in its order."""
    rows = sa.select(Subject.code).where(Subject.school_id == school_id).order_by(Subject.position, Subject.code)
    return list(session.scalars(rows))


def subjects_taught(
    session: Session,
    school_id: uuid.UUID,
    class_id: uuid.UUID,
    person_id: uuid.UUID,
    today: dt.date,
    since: dt.date | None = None,
) -> list[str]:
    """The subjects a person teaches in a class today, and taught already on `since` if it is named."""
    rows = sa.select(Post.subject).where(
        Post.school_id == school_id,
        Post.class_id == class_id,
        Post.person_id == person_id,
        Post.role == Role.subject_teacher,
        Post.from_on <= (today if since is None else min(since, today)),
        sa.or_(Post.to_on.is_(None), Post.to_on >= today),
    )
    return sorted({code for code in session.scalars(rows) if code})


def taught_by(
    session: Session, school_id: uuid.UUID, person_id: uuid.UUID, today: dt.date
) -> list[tuple[Class, str, dt.date]]:
    """The classes and subjects that a person teaches today, in order, each with the day since when."""
    rows = session.execute(
        sa.select(Class, Post.subject, Post.from_on)
        .join(Post, sa.and_(Post.school_id == Class.school_id, Post.class_id == Class.id))
        .where(
            Class.school_id == school_id,
            Post.person_id == person_id,
            Post.role == Role.subject_teacher,
            Post.subject.is_not(None),
            Post.from_on <= today,
            sa.or_(Post.to_on.is_(None), Post.to_on >= today),
        )
        .order_by(Class.grade, Class.number, Class.id, Post.subject, Post.from_on)
    )
    # Two posts for one subject, of different weekdays, say: the earlier counts.
    found: dict[tuple[uuid.UUID, str], tuple[Class, str, dt.date]] = {}
    for class_, subject, from_on in rows:
        if subject is not None:
            found.setdefault((class_.id, subject), (class_, subject, from_on))
    return list(found.values())


def person_names(session: Session, school_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Names of members of staff by id."""
    rows = session.execute(sa.select(Person.id, Person.name).where(Person.school_id == school_id, Person.id.in_(ids)))
    return {row[0]: row[1] for row in rows}


def school_days(session: Session, school_id: uuid.UUID, first: dt.date, last: dt.date) -> dict[dt.date, bool]:
    """The calendar between two dates, both included: whether each known date is a school day."""
    rows = session.execute(
        sa.select(SchoolDay.day, SchoolDay.is_school_day).where(
            SchoolDay.school_id == school_id, SchoolDay.day >= first, SchoolDay.day <= last
        )
    )
    return {row[0]: row[1] for row in rows}


def scalar(session: Session, expression: sa.ScalarSelect[uuid.UUID]) -> uuid.UUID | None:
    """Ask one building block of `access` by itself."""
    return session.scalar(sa.select(expression))
