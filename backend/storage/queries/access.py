"""The building blocks of every access predicate: facts about people and classes as SQL expressions.

Each takes values or SQL expressions alike, so one statement can embed it whether the actor is known beforehand (the
services) or is a row of the same statement (the lean writing path). Tables are aliased inside: a predicate never
correlates with the caller's own use of a table. Which fact admits which actor is decided in `backend.services.access`.

A post counts when it stands today. For names of children it must also have begun by the night in question: a new
homeroom teacher sees from the move on (rule 12, enrolment).
"""

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from backend.domain.people import Role
from backend.storage.models import Class, Enrolment, Guardianship, Post, School, Student

Predicate = sa.ColumnElement[bool]
Id = uuid.UUID | sa.ColumnElement[Any] | sa.ScalarSelect[Any] | Any
Day = dt.date | sa.ColumnElement[Any] | Any


def class_on(school_id: Id, student_id: Id, night: Day) -> sa.ScalarSelect[uuid.UUID]:
    """The class in which a student is enrolled on a night: NULL for none (rule 12, enrolment)."""
    enrolment = aliased(Enrolment)
    return (
        sa.select(enrolment.class_id)
        .where(
            enrolment.school_id == school_id,
            enrolment.student_id == student_id,
            *_covers(enrolment, night),
        )
        .order_by(enrolment.from_on.desc(), enrolment.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def guardian_of(school_id: Id, guardian_id: Id, student_id: Id) -> Predicate:
    """The guardianship stands."""
    guardianship = aliased(Guardianship)
    return sa.exists().where(
        guardianship.school_id == school_id,
        guardianship.guardian_id == guardian_id,
        guardianship.student_id == student_id,
        guardianship.ended_at.is_(None),
    )


def homeroom_of(school_id: Id, person_id: Id, class_id: Id, night: Day, today: Day) -> Predicate:
    """Homeroom teacher of the class today, and already on that night."""
    post = aliased(Post)
    return sa.exists().where(
        post.school_id == school_id,
        post.person_id == person_id,
        post.role == Role.homeroom_teacher,
        post.class_id == class_id,
        post.from_on <= night,
        *_covers(post, today),
    )


def class_post(
    school_id: Id, person_id: Id, class_id: Id, today: Day, *roles: Role, subject: Any = None, since: Day | None = None
) -> Predicate:
    """Holds a post in the class today: any role, or one of `roles`; for one subject, and already on a day, if named."""
    post = aliased(Post)
    return sa.exists().where(
        post.school_id == school_id,
        post.person_id == person_id,
        post.class_id == class_id,
        *((post.role.in_(roles),) if roles else ()),
        *((post.subject == subject,) if subject is not None else ()),
        *((post.from_on <= since,) if since is not None else ()),
        *_covers(post, today),
    )


def child_records(school_id: Id, guardian_id: Id, class_id: Id, today: Day) -> Predicate:
    """Looks after a pupil who is the class's recorder and sits in it today."""
    guardianship, post, enrolment = aliased(Guardianship), aliased(Post), aliased(Enrolment)
    return sa.exists().where(
        guardianship.school_id == school_id,
        guardianship.guardian_id == guardian_id,
        guardianship.ended_at.is_(None),
        post.school_id == school_id,
        post.person_id == guardianship.student_id,
        post.class_id == class_id,
        post.role == Role.class_recorder,
        *_covers(post, today),
        enrolment.school_id == school_id,
        enrolment.student_id == guardianship.student_id,
        enrolment.class_id == class_id,
        *_covers(enrolment, today),
    )


def grade_post(school_id: Id, person_id: Id, class_id: Id, today: Day, *roles: Role) -> Predicate:
    """Holds one of these posts (grade head, prep group) for the grade of the class today."""
    post, of = aliased(Post), aliased(Class)
    return sa.exists().where(
        of.school_id == school_id,
        of.id == class_id,
        post.school_id == school_id,
        post.person_id == person_id,
        post.role.in_(roles),
        post.stage == of.stage,
        post.grade == of.grade,
        *_covers(post, today),
    )


def school_post(school_id: Id, person_id: Id, today: Day, *roles: Role) -> Predicate:
    """Holds one of these posts anywhere in the school today."""
    post = aliased(Post)
    return sa.exists().where(
        post.school_id == school_id,
        post.person_id == person_id,
        post.role.in_(roles),
        *_covers(post, today),
    )


def prep_post(school_id: Id, person_id: Id, stage: Any, grade: Any, subject: Any, today: Day) -> Predicate:
    """Is of the prep group of that stage, grade and subject today."""
    post = aliased(Post)
    return sa.exists().where(
        post.school_id == school_id,
        post.person_id == person_id,
        post.role == Role.prep_group,
        post.stage == stage,
        post.grade == grade,
        post.subject == subject,
        *_covers(post, today),
    )


def grade_headed(school_id: Id, person_id: Id, stage: Any, grade: Any, today: Day) -> Predicate:
    """Is head of that grade today."""
    post = aliased(Post)
    return sa.exists().where(
        post.school_id == school_id,
        post.person_id == person_id,
        post.role == Role.grade_head,
        post.stage == stage,
        post.grade == grade,
        *_covers(post, today),
    )


def office_of(school_id: Id, person_id: Id, today: Day) -> Predicate:
    """Is of the academic office today."""
    return school_post(school_id, person_id, today, Role.academic_office)


def enrolled_in(school_id: Id, student_id: Id, class_id: Id, night: Day) -> Predicate:
    """The student is in that class on that night."""
    enrolment = aliased(Enrolment)
    return sa.exists().where(
        enrolment.school_id == school_id,
        enrolment.student_id == student_id,
        enrolment.class_id == class_id,
        *_covers(enrolment, night),
    )


def homeroom_of_family(school_id: Id, teacher_id: Id, member_id: Id, today: Day) -> Predicate:
    """Homeroom teacher today of a class in which the member of a family, or a child of theirs, is enrolled today."""
    enrolment, post, guardianship = aliased(Enrolment), aliased(Post), aliased(Guardianship)
    looked_after = sa.exists().where(
        guardianship.school_id == school_id,
        guardianship.guardian_id == member_id,
        guardianship.student_id == enrolment.student_id,
        guardianship.ended_at.is_(None),
    )
    return sa.exists().where(
        post.school_id == school_id,
        post.person_id == teacher_id,
        post.role == Role.homeroom_teacher,
        *_covers(post, today),
        enrolment.school_id == school_id,
        enrolment.class_id == post.class_id,
        *_covers(enrolment, today),
        sa.or_(enrolment.student_id == member_id, looked_after),
    )


def student_exists(school_id: Id, student_id: Id) -> Predicate:
    """The student is of this school."""
    student = aliased(Student)
    return sa.exists().where(student.school_id == school_id, student.id == student_id)


def school_in_district(school_id: Id, district_id: Id) -> Predicate:
    """The school belongs to the district."""
    school = aliased(School)
    return sa.exists().where(school.id == school_id, school.district_id == district_id)


def _covers(dated: Any, day: Day) -> tuple[Predicate, Predicate]:
    return dated.from_on <= day, sa.or_(dated.to_on.is_(None), dated.to_on >= day)
