"""Figures of classes kept added up: as they stand, and as those who may not see names were given them.

Neither holds a student: only sorted minutes. What was given out is fixed, so that nothing comes out by subtraction over
time. Also here: what was done about an early warning.
"""

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.storage.base import Base, Json, JsonList, SchoolOwned, SchoolRow, belongs_to


class OfClassStretch(SchoolOwned):
    """One class over one stretch of nights (one night, or a weekend)."""

    class_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    until: Mapped[dt.date] = mapped_column(primary_key=True)
    """The last night of the stretch."""
    since: Mapped[dt.date]
    cap_minutes: Mapped[int | None]
    amended: Mapped[int] = mapped_column(default=0)
    minutes: Mapped[JsonList] = mapped_column(default=list)
    """Each submitting student's minutes against the cap over the stretch, sorted."""
    figures: Mapped[Json] = mapped_column(default=dict)
    """``{tables: {subject|kind|tier|place: {name: [..]}}, work, lights, sleep, bedtimes, debts}``: sorted values."""


class FrozenFigure(OfClassStretch, Base):
    """Fixed at 07:00 of the next day; replaced only when five sheets or more have changed (rule 11, privacy)."""

    __tablename__ = "frozen_figures"
    __table_args__ = (
        belongs_to("classes", "class_id"),
        sa.Index("ix_frozen_figures_until", "school_id", "until"),
    )

    frozen_at: Mapped[dt.datetime]
    enrolled: Mapped[int] = mapped_column(default=0)
    kept: Mapped[Json] = mapped_column(default=dict)
    """What only the next replacement needs: each cell's values, and the versions given out before."""


class RolledUpFigure(OfClassStretch, Base):
    """The figures as they stand, added up once; ``stamp`` says from which sheets and homework: none is stale."""

    __tablename__ = "rolled_up_figures"
    __table_args__ = (belongs_to("classes", "class_id"),)

    stamp: Mapped[str] = mapped_column(sa.String(80))


class FigurePass(SchoolOwned, Base):
    """Up to when a school's changed sheets have been held against its frozen figures, and which version these have."""

    __tablename__ = "figure_passes"

    passed_at: Mapped[dt.datetime]
    frozen_version: Mapped[str] = mapped_column(sa.String(32), default="")
    """Another whenever frozen figures of the school are fixed or replaced."""


class WarningAction(SchoolRow, Base):
    """What was done about an early warning: who closed it, when, in a line."""

    __tablename__ = "warning_actions"
    __table_args__ = (
        belongs_to("classes", "class_id"),
        sa.UniqueConstraint("school_id", "warning_id"),
    )

    warning_id: Mapped[uuid.UUID]
    class_id: Mapped[uuid.UUID]
    code: Mapped[str] = mapped_column(sa.String(40))
    subject: Mapped[str | None] = mapped_column(sa.String(32))
    last_on: Mapped[dt.date]
    """The last night that the warning spoke of when it was closed."""
    action: Mapped[str] = mapped_column(sa.String(300))
    closed_by: Mapped[uuid.UUID]
    closed_at: Mapped[dt.datetime]
