"""What a homeroom teacher handed on to a subject teacher: how long an assignment really took, as a class figure."""

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.load import Tier
from backend.storage.base import Base, SchoolRow, belongs_to, enum_column


class Handoff(SchoolRow, Base):
    """One line with the figure as it stood when it was sent. No student is in it; the same sent again replaces it."""

    __tablename__ = "handoffs"
    __table_args__ = (
        belongs_to("classes", "class_id"),
        belongs_to("assignments", "assignment_id"),
        sa.UniqueConstraint("school_id", "assignment_id", "night", "to_person_id"),
        sa.Index("ix_handoffs_to", "school_id", "to_person_id", "sent_at"),
    )

    class_id: Mapped[uuid.UUID]
    night: Mapped[dt.date]
    assignment_id: Mapped[uuid.UUID]
    to_person_id: Mapped[uuid.UUID]
    from_person_id: Mapped[uuid.UUID]
    line: Mapped[str] = mapped_column(sa.String(300))
    tier: Mapped[Tier] = mapped_column(enum_column(Tier))
    n: Mapped[int]
    """Finished pieces of work in the figure."""
    median_minutes: Mapped[int]
    estimated_minutes: Mapped[int | None]
    sent_at: Mapped[dt.datetime]
    read_at: Mapped[dt.datetime | None]
