"""Sign-in: sessions per device, one-time claim codes from printed slips, picture codes, counted failures.

Only hashes are stored: of tokens plain SHA-256 (256 random bits), of short codes HMAC under the installation's secret.
"""

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.storage.base import Base, SchoolOwned, SchoolRow, belongs_to, new_id


class AuthSession(Base):
    """One signed-in device of a person, a district officer or a class tablet (exactly one of them)."""

    __tablename__ = "auth_sessions"
    __table_args__ = (
        sa.CheckConstraint(
            "(person_id IS NOT NULL AND school_id IS NOT NULL AND officer_id IS NULL AND tablet_id IS NULL)"
            " OR (officer_id IS NOT NULL AND person_id IS NULL AND tablet_id IS NULL AND school_id IS NULL)"
            " OR (tablet_id IS NOT NULL AND school_id IS NOT NULL AND person_id IS NULL AND officer_id IS NULL)",
            name="one_holder",
        ),
        belongs_to("people", "person_id"),
        belongs_to("tablets", "tablet_id"),
        sa.Index("ix_auth_sessions_person", "school_id", "person_id"),
    )

    token_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(unique=True, default=new_id)
    school_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("schools.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID | None]
    officer_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("district_officers.id", ondelete="CASCADE"))
    tablet_id: Mapped[uuid.UUID | None]
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    revoked_at: Mapped[dt.datetime | None]
    device_name: Mapped[str] = mapped_column(sa.String(100), default="")
    installation_id: Mapped[uuid.UUID | None]


class Claim(SchoolRow, Base):
    """A one-time code on a printed slip, for one student or one guardian."""

    __tablename__ = "claims"
    __table_args__ = (
        belongs_to("people", "person_id"),
        sa.UniqueConstraint("code_hash"),
        sa.Index("ix_claims_person", "school_id", "person_id"),
    )

    person_id: Mapped[uuid.UUID]
    code_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    issued_at: Mapped[dt.datetime]
    issued_by: Mapped[uuid.UUID | None]
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]
    revoked_at: Mapped[dt.datetime | None]


class PictureCode(SchoolOwned, Base):
    """The picture code with which a pupil is known on the class tablet; a hash under the installation's secret."""

    __tablename__ = "picture_codes"
    __table_args__ = (belongs_to("students", "student_id"),)

    student_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    set_at: Mapped[dt.datetime]


class SignInFailure(Base):
    """Counted failures per key (a code's hash, a login, an address): a class behind one address is not locked out."""

    __tablename__ = "sign_in_failures"

    key: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    count: Mapped[int]
    first_at: Mapped[dt.datetime]
    last_at: Mapped[dt.datetime]
