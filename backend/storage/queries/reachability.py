"""Statements about which families can be reached: guardians, their addresses, and how the last messages ended."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.storage.models import (
    AuthSession,
    Enrolment,
    Guardianship,
    OutboxRow,
    OutboxState,
    Person,
    PushEndpoint,
    Student,
)

_OVER = (OutboxState.SENT, OutboxState.FAILED, OutboxState.UNKNOWN)
_LOST = (OutboxState.FAILED, OutboxState.UNKNOWN)


def students_of(session: Session, school_id: uuid.UUID, class_id: uuid.UUID | None, today: dt.date) -> Sequence[Any]:
    """``(class_id, id, school_number, name)`` of today's students whose families may be written to, in roll order."""
    own = [] if class_id is None else [Enrolment.class_id == class_id]
    return session.execute(
        sa.select(Enrolment.class_id, Student.id, Student.school_number, Person.name)
        .join(Student, sa.and_(Student.school_id == Enrolment.school_id, Student.id == Enrolment.student_id))
        .join(Person, sa.and_(Person.school_id == Student.school_id, Person.id == Student.id))
        .where(*_enrolled(school_id, today), *own, Student.may_write.is_(True), Person.left_at.is_(None))
        .order_by(Student.school_number.is_(None), Student.school_number, Person.name, Student.id)
    ).all()


def guardians_of(session: Session, school_id: uuid.UUID, class_id: uuid.UUID | None, today: dt.date) -> Sequence[Any]:
    """``(student_id, guardian_id, name)`` of the guardianships that stand."""
    return session.execute(_guardians(school_id, class_id, today)).all()


def addresses_of(session: Session, school_id: uuid.UUID, class_id: uuid.UUID | None, today: dt.date) -> Sequence[Any]:
    """``(person_id, kind, disabled_reason)`` of these guardians' addresses; the reason is null where it is in use."""
    reason = sa.case(
        (PushEndpoint.disabled_at.is_(None), None), else_=sa.func.coalesce(PushEndpoint.disabled_reason, "address_gone")
    )
    return session.execute(
        sa.select(PushEndpoint.person_id, PushEndpoint.kind, reason.label("disabled_reason")).where(
            PushEndpoint.school_id == school_id, PushEndpoint.person_id.in_(_ids(school_id, class_id, today))
        )
    ).all()


def signed_in_ever(session: Session, school_id: uuid.UUID, class_id: uuid.UUID | None, today: dt.date) -> set[Any]:
    """Which of these guardians have ever signed in."""
    statement = sa.select(AuthSession.person_id).where(
        AuthSession.school_id == school_id, AuthSession.person_id.in_(_ids(school_id, class_id, today))
    )
    return set(session.scalars(statement.distinct()))


def lost_lately(
    session: Session,
    school_id: uuid.UUID,
    class_id: uuid.UUID | None,
    today: dt.date,
    *,
    since: dt.datetime,
    least: int,
) -> set[Any]:
    """Guardians to whom `least` or more messages went since an instant, and not one arrived for sure."""
    over = sa.select(
        OutboxRow.recipient_id,
        sa.func.count().label("n"),
        sa.func.sum(sa.case((OutboxRow.state.in_(_LOST), 1), else_=0)).label("lost"),
    ).where(
        OutboxRow.school_id == school_id,
        OutboxRow.recipient_id.in_(_ids(school_id, class_id, today)),
        OutboxRow.created_at >= since,
        OutboxRow.state.in_(_OVER),
        sa.func.coalesce(OutboxRow.outcome_reason, "") != "inbox_only",
    )
    found = over.group_by(OutboxRow.recipient_id).subquery()
    return set(session.scalars(sa.select(found.c.recipient_id).where(found.c.n >= least, found.c.n == found.c.lost)))


def _enrolled(school_id: uuid.UUID, today: dt.date) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        Enrolment.school_id == school_id,
        Enrolment.from_on <= today,
        sa.or_(Enrolment.to_on.is_(None), Enrolment.to_on >= today),
    )


def _guardians(school_id: uuid.UUID, class_id: uuid.UUID | None, today: dt.date) -> sa.Select[Any]:
    own = [] if class_id is None else [Enrolment.class_id == class_id]
    of_student = sa.and_(Guardianship.school_id == Enrolment.school_id, Guardianship.student_id == Enrolment.student_id)
    guardian = sa.and_(Person.school_id == Guardianship.school_id, Person.id == Guardianship.guardian_id)
    selected: Any = (
        sa.select(Guardianship.student_id, Guardianship.guardian_id, Person.name)
        .select_from(Enrolment)
        .join(Guardianship, of_student)
        .join(Person, guardian)
        .where(*_enrolled(school_id, today), *own, Guardianship.ended_at.is_(None), Person.left_at.is_(None))
    )
    guardians: sa.Select[Any] = selected
    return guardians


def _ids(school_id: uuid.UUID, class_id: uuid.UUID | None, today: dt.date) -> sa.Select[Any]:
    return _guardians(school_id, class_id, today).with_only_columns(Guardianship.guardian_id)
