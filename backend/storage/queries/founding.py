"""Statements for bringing a school into being and for finding it again: districts, schools, subjects, classes."""

import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.policy import Stage
from backend.storage.models import Class, District, DistrictOfficer, School, Subject


def find_district_by_slug(session: Session, slug: str) -> District | None:
    """The district with that slug."""
    return session.scalars(sa.select(District).where(District.slug == slug)).one_or_none()


def find_officer_login(session: Session, district_id: uuid.UUID, login: str) -> DistrictOfficer | None:
    """The officer of a district who signs in under that name, also one who has left."""
    return session.scalars(
        sa.select(DistrictOfficer).where(DistrictOfficer.district_id == district_id, DistrictOfficer.login == login)
    ).one_or_none()


def officers_of(session: Session, district_id: uuid.UUID) -> Sequence[DistrictOfficer]:
    """The officers of a district by login, also those who have left."""
    return session.scalars(
        sa.select(DistrictOfficer).where(DistrictOfficer.district_id == district_id).order_by(DistrictOfficer.login)
    ).all()


def all_schools(session: Session) -> Sequence[School]:
    """Every school of this installation by slug."""
    return session.scalars(sa.select(School).order_by(School.slug)).all()


def subjects_of(session: Session, school_id: uuid.UUID) -> Sequence[Subject]:
    """The school's subjects in its order."""
    return session.scalars(
        sa.select(Subject).where(Subject.school_id == school_id).order_by(Subject.position, Subject.code)
    ).all()


def classes_of_year(session: Session, school_id: uuid.UUID, school_year: int) -> dict[tuple[Stage, int, int], Class]:
    """The classes of one school year by (stage, grade, number)."""
    rows = session.scalars(sa.select(Class).where(Class.school_id == school_id, Class.school_year == school_year))
    return {(row.stage, row.grade, row.number): row for row in rows}
