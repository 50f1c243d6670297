"""Statements about policy rows. Which of them hold on a night is resolved by `backend.domain.policy`."""

import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.policy import PolicyLevel
from backend.storage.models import Policy


def rows_for(
    session: Session,
    *,
    school_id: uuid.UUID,
    district_id: uuid.UUID | None,
    class_ids: Sequence[uuid.UUID] = (),
    student_ids: Sequence[uuid.UUID] = (),
) -> list[Policy]:
    """Every row that can matter to these classes and students: district's, school's, grades', and their own."""
    of_school = sa.and_(
        Policy.school_id == school_id,
        sa.or_(
            Policy.level.in_((PolicyLevel.school, PolicyLevel.grade)),
            sa.and_(Policy.level == PolicyLevel.class_, Policy.class_id.in_(class_ids)),
            sa.and_(Policy.level == PolicyLevel.student, Policy.student_id.in_(student_ids)),
        ),
    )
    of_district = Policy.district_id == district_id if district_id else sa.false()
    rows = sa.select(Policy).where(sa.or_(of_school, of_district))
    return list(session.scalars(rows.order_by(Policy.effective_on, Policy.set_at, Policy.id)))


def rows_of_school(session: Session, school_id: uuid.UUID) -> list[Policy]:
    """All rows a school has set, newest first."""
    rows = sa.select(Policy).where(Policy.school_id == school_id)
    return list(session.scalars(rows.order_by(Policy.effective_on.desc(), Policy.id.desc())))


def rows_of_district(session: Session, district_id: uuid.UUID) -> list[Policy]:
    """All rows a district has set, newest first."""
    rows = sa.select(Policy).where(Policy.district_id == district_id)
    return list(session.scalars(rows.order_by(Policy.effective_on.desc(), Policy.id.desc())))


def looser_rows(session: Session, school_ids: Sequence[uuid.UUID]) -> list[Policy]:
    """What schools set looser than district or preset, newest first: never a single student's exception."""
    rows = sa.select(Policy).where(
        Policy.school_id.in_(school_ids), Policy.is_looser.is_(sa.true()), Policy.student_id.is_(None)
    )
    return list(session.scalars(rows.order_by(Policy.effective_on.desc(), Policy.id.desc())))
