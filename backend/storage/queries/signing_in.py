"""Statements about sessions, claims and counted failures."""

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.people import PersonKind
from backend.storage.models import AuthSession, DistrictOfficer, Person, School, StaffPassword, Tablet


@dataclass(frozen=True)
class SessionRow:
    """A session with what is known of its holder."""

    id: uuid.UUID
    holder_id: uuid.UUID
    school_id: uuid.UUID | None
    district_id: uuid.UUID | None
    class_id: uuid.UUID | None
    person_kind: PersonKind | None
    locale: str
    must_change: bool
    expires_at: dt.datetime
    revoked_at: dt.datetime | None
    left_at: dt.datetime | None


_SESSION = (
    sa.select(
        AuthSession.id,
        sa.func.coalesce(AuthSession.person_id, AuthSession.officer_id, AuthSession.tablet_id).label("holder_id"),
        AuthSession.school_id,
        DistrictOfficer.district_id,
        Tablet.class_id,
        Person.kind.label("person_kind"),
        sa.func.coalesce(Person.locale, DistrictOfficer.locale, School.locale, "zh-CN").label("locale"),
        sa.func.coalesce(StaffPassword.must_change, DistrictOfficer.must_change, sa.false()).label("must_change"),
        AuthSession.expires_at,
        AuthSession.revoked_at,
        sa.func.coalesce(Person.left_at, DistrictOfficer.left_at, Tablet.disabled_at).label("left_at"),
    )
    .outerjoin(School, School.id == AuthSession.school_id)
    .outerjoin(Person, (Person.school_id == AuthSession.school_id) & (Person.id == AuthSession.person_id))
    .outerjoin(
        StaffPassword, (StaffPassword.school_id == Person.school_id) & (StaffPassword.person_id == Person.id)
    )
    .outerjoin(DistrictOfficer, DistrictOfficer.id == AuthSession.officer_id)
    .outerjoin(Tablet, (Tablet.school_id == AuthSession.school_id) & (Tablet.id == AuthSession.tablet_id))
    .where(AuthSession.token_hash == sa.bindparam("token_hash"))
)


def find_session(session: Session, token_hash: bytes) -> SessionRow | None:
    """The session of a token's hash, whatever its state."""
    row = session.execute(_SESSION, {"token_hash": token_hash}).one_or_none()
    return None if row is None else SessionRow(*row)
