"""Policies as rows: one field, at one level, from one date on (rule 7)."""

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.policy import PolicyField, PolicyLevel, Stage
from backend.storage.base import Base, Document, enum_column, new_id


class Policy(Base):
    """One value of one policy field. Rows are only added; presets come from the packaged data, not from here.

    ``value`` is JSON so that "no cap" (null inside the document ``{"value": null}``) differs from no row at all.
    """

    __tablename__ = "policies"
    __table_args__ = (
        sa.ForeignKeyConstraint(["school_id", "class_id"], ["classes.school_id", "classes.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["school_id", "student_id"], ["students.school_id", "students.id"], ondelete="CASCADE"),
        sa.Index("ix_policies_school", "school_id", "level", "effective_on"),
        sa.Index("ix_policies_student", "school_id", "student_id"),
        sa.Index("ix_policies_district", "district_id", "effective_on"),
        sa.CheckConstraint("(school_id IS NULL) <> (district_id IS NULL)", name="one_owner"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    level: Mapped[PolicyLevel] = mapped_column(enum_column(PolicyLevel))
    district_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("districts.id", ondelete="CASCADE"))
    school_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("schools.id", ondelete="CASCADE"))
    stage: Mapped[Stage | None] = mapped_column(enum_column(Stage))
    """Restricts a district, school or grade row to a stage; null means all."""
    grade: Mapped[int | None]
    class_id: Mapped[uuid.UUID | None]
    student_id: Mapped[uuid.UUID | None]
    field: Mapped[PolicyField] = mapped_column(enum_column(PolicyField, 40))
    value: Mapped[dict[str, Any]] = mapped_column(Document)
    effective_on: Mapped[dt.date]
    reason: Mapped[str] = mapped_column(sa.String(500), default="")
    set_by: Mapped[uuid.UUID | None]
    set_at: Mapped[dt.datetime]
    is_looser: Mapped[bool] = mapped_column(default=False)
    """Looser than the district's value or the preset when it was set: listed to the district."""
