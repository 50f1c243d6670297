"""Statements about sessions, one-time codes and passwords. Counted failures are in `failures`."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.people import PersonKind
from backend.storage.models import (
    AuthSession,
    Claim,
    District,
    DistrictOfficer,
    Person,
    School,
    StaffPassword,
    Tablet,
)
from backend.storage.queries.prepared import Prepared

#: These updates touch rows that no session holds as objects.
_PLAIN: dict[str, Any] = {"execution_options": {"synchronize_session": False}}


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
    .outerjoin(StaffPassword, (StaffPassword.school_id == Person.school_id) & (StaffPassword.person_id == Person.id))
    .outerjoin(DistrictOfficer, DistrictOfficer.id == AuthSession.officer_id)
    .outerjoin(Tablet, (Tablet.school_id == AuthSession.school_id) & (Tablet.id == AuthSession.tablet_id))
    .where(AuthSession.token_hash == sa.bindparam("token_hash"))
)


#: Before every request of whoever is signed in.
_PREPARED = Prepared(lambda _dialect: _SESSION)


def find_session(session: Session, token_hash: bytes) -> SessionRow | None:
    """The session of a token's hash, whatever its state."""
    rows = _PREPARED.rows(session.connection(), {"token_hash": token_hash})
    return SessionRow(*rows[0]) if rows else None


@dataclass(frozen=True)
class ClaimRow:
    """A one-time code with the person it is for."""

    id: uuid.UUID
    school_id: uuid.UUID
    person_id: uuid.UUID
    person_kind: PersonKind
    telephone: str | None
    locale: str
    left_at: dt.datetime | None
    expires_at: dt.datetime
    used_at: dt.datetime | None
    revoked_at: dt.datetime | None


def lock_claim(session: Session, code_hash: bytes) -> ClaimRow | None:
    """The claim of a code's hash, its row locked: two phones cannot both use it, nor guess beside each other."""
    statement = (
        sa.select(
            Claim.id,
            Claim.school_id,
            Claim.person_id,
            Person.kind.label("person_kind"),
            Person.telephone,
            Person.locale,
            Person.left_at,
            Claim.expires_at,
            Claim.used_at,
            Claim.revoked_at,
        )
        .join(Person, (Person.school_id == Claim.school_id) & (Person.id == Claim.person_id))
        .where(Claim.code_hash == code_hash)
        .with_for_update(of=Claim)
    )
    row = session.execute(statement).one_or_none()
    return None if row is None else ClaimRow(**row._asdict())


def mark_claim_used(session: Session, claim: ClaimRow, now: dt.datetime) -> None:
    """Note the first use of a claim."""
    session.execute(
        sa.update(Claim).where(Claim.school_id == claim.school_id, Claim.id == claim.id).values(used_at=now), **_PLAIN
    )


def revoke_unused_claims(session: Session, school_id: uuid.UUID, person_id: uuid.UUID, now: dt.datetime) -> None:
    """End a person's codes that nobody has used: a lost slip opens nothing once there is a new one."""
    unused = (Claim.school_id == school_id, Claim.person_id == person_id, Claim.used_at.is_(None))
    session.execute(sa.update(Claim).where(*unused, Claim.revoked_at.is_(None)).values(revoked_at=now), **_PLAIN)


@dataclass(frozen=True)
class PasswordRow:
    """Somebody who signs in by name: a member of staff (`school_id`) or a district's officer."""

    holder_id: uuid.UUID
    school_id: uuid.UUID | None
    district_id: uuid.UUID | None
    login: str
    password_hash: str
    must_change: bool
    left_at: dt.datetime | None


def find_staff_password(session: Session, school_slug: str, login: str) -> PasswordRow | None:
    """The password of a login in a school."""
    statement = _staff_password().join(School, School.id == StaffPassword.school_id)
    row = session.execute(statement.where(School.slug == school_slug, StaffPassword.login == login)).one_or_none()
    return None if row is None else PasswordRow(*row)


def find_own_staff_password(session: Session, school_id: uuid.UUID, person_id: uuid.UUID) -> PasswordRow | None:
    """The password of a member of staff."""
    own = (StaffPassword.school_id == school_id, StaffPassword.person_id == person_id)
    row = session.execute(_staff_password().where(*own)).one_or_none()
    return None if row is None else PasswordRow(*row)


def _staff_password() -> sa.Select[*tuple[Any, ...]]:
    return sa.select(
        Person.id,
        StaffPassword.school_id,
        sa.null(),
        StaffPassword.login,
        StaffPassword.password_hash,
        StaffPassword.must_change,
        Person.left_at,
    ).join(Person, (Person.school_id == StaffPassword.school_id) & (Person.id == StaffPassword.person_id))


def find_officer_password(session: Session, district_slug: str, login: str) -> PasswordRow | None:
    """The password of a login in a district."""
    statement = _officer_password().join(District, District.id == DistrictOfficer.district_id)
    row = session.execute(statement.where(District.slug == district_slug, DistrictOfficer.login == login)).one_or_none()
    return None if row is None else PasswordRow(*row)


def find_own_officer_password(session: Session, officer_id: uuid.UUID) -> PasswordRow | None:
    """The password of a district's officer."""
    row = session.execute(_officer_password().where(DistrictOfficer.id == officer_id)).one_or_none()
    return None if row is None else PasswordRow(*row)


def _officer_password() -> sa.Select[*tuple[Any, ...]]:
    return sa.select(
        DistrictOfficer.id,
        sa.null(),
        DistrictOfficer.district_id,
        DistrictOfficer.login,
        DistrictOfficer.password_hash,
        DistrictOfficer.must_change,
        DistrictOfficer.left_at,
    )


def password_stands(session: Session, row: PasswordRow) -> bool:
    """Whether this password is still the holder's; if so, a reset waits for the end of this transaction."""
    held: Any = sa.select(DistrictOfficer.id).where(
        DistrictOfficer.id == row.holder_id, DistrictOfficer.password_hash == row.password_hash
    )
    if row.school_id is not None:
        held = sa.select(StaffPassword.person_id).where(
            StaffPassword.school_id == row.school_id,
            StaffPassword.person_id == row.holder_id,
            StaffPassword.password_hash == row.password_hash,
        )
    return session.scalar(held.with_for_update()) is not None


def store_password(session: Session, row: PasswordRow, password_hash: str, now: dt.datetime) -> None:
    """Replace a password by one that its holder chose."""
    new: dict[str, Any] = {"password_hash": password_hash, "must_change": False}
    if row.school_id is None:
        session.execute(sa.update(DistrictOfficer).where(DistrictOfficer.id == row.holder_id).values(new), **_PLAIN)
        return
    own = (StaffPassword.school_id == row.school_id, StaffPassword.person_id == row.holder_id)
    session.execute(sa.update(StaffPassword).where(*own).values(new | {"changed_at": now}), **_PLAIN)


def held_by(school_id: uuid.UUID | None, holder_id: uuid.UUID) -> sa.ColumnElement[bool]:
    """The sessions of one person, officer or tablet."""
    if school_id is None:
        return AuthSession.officer_id == holder_id
    whose = sa.or_(AuthSession.person_id == holder_id, AuthSession.tablet_id == holder_id)
    return sa.and_(AuthSession.school_id == school_id, whose)


def standing_sessions(session: Session, mine: sa.ColumnElement[bool], now: dt.datetime) -> list[AuthSession]:
    """Sessions neither ended nor expired, the newest first."""
    stands = (mine, AuthSession.revoked_at.is_(None), AuthSession.expires_at > now)
    order = (AuthSession.created_at.desc(), AuthSession.id.desc())
    return list(session.scalars(sa.select(AuthSession).where(*stands).order_by(*order)))


def revoke_sessions(session: Session, *which: sa.ColumnElement[bool], now: dt.datetime) -> list[uuid.UUID | None]:
    """End sessions; returns the installations they were on, one an ended session."""
    statement = sa.update(AuthSession).where(*which, AuthSession.revoked_at.is_(None)).values(revoked_at=now)
    return list(session.scalars(statement.returning(AuthSession.installation_id), **_PLAIN))
