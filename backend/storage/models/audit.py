"""The audit log: every change that is not an entry's, every staff read of one child, every import and export."""

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.storage.base import Base, Json, SchoolRow


class AuditEvent(SchoolRow, Base):
    """Who did what to whom, when. No foreign keys: the log outlives what it speaks of until retention ends it."""

    __tablename__ = "audit_events"
    __table_args__ = (
        sa.Index("ix_audit_events_at", "school_id", "at"),
        sa.Index("ix_audit_events_student", "school_id", "student_id", "at"),
    )

    at: Mapped[dt.datetime]
    actor_id: Mapped[uuid.UUID | None]
    """Null when the command line or the worker acted."""
    actor_kind: Mapped[str] = mapped_column(sa.String(24))
    action: Mapped[str] = mapped_column(sa.String(48))
    class_id: Mapped[uuid.UUID | None]
    student_id: Mapped[uuid.UUID | None]
    night: Mapped[dt.date | None]
    reason: Mapped[str | None] = mapped_column(sa.String(500))
    details: Mapped[Json] = mapped_column(default=dict)
    """Codes and ids only: never a name, a telephone or a note's text."""


class RosterImport(SchoolRow, Base):
    """A roster import that was carried out, with its counts (no row contents)."""

    __tablename__ = "roster_imports"

    at: Mapped[dt.datetime]
    imported_by: Mapped[uuid.UUID | None]
    filename: Mapped[str] = mapped_column(sa.String(200))
    school_year: Mapped[int]
    counts: Mapped[Json]
