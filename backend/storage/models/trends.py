"""Figures as those who may not see names were given them.

They are fixed, so that nothing comes out by subtraction over time.
"""

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.storage.base import Base, Json, SchoolOwned, belongs_to


class FrozenFigure(SchoolOwned, Base):
    """One class's figures over one stretch of nights (one night, or a weekend), fixed at 07:00 of the next day.

    They are replaced only when five sheets or more have changed since ``frozen_at`` (rule 11, privacy).
    """

    __tablename__ = "frozen_figures"
    __table_args__ = (
        belongs_to("classes", "class_id"),
        sa.Index("ix_frozen_figures_until", "school_id", "until"),
    )

    class_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    until: Mapped[dt.date] = mapped_column(primary_key=True)
    """The last night of the stretch."""
    since: Mapped[dt.date]
    frozen_at: Mapped[dt.datetime]
    figures: Mapped[Json]
    """``{enrolled, amended, cap_minutes, minutes: [..], by_subject: {code: [..]}}``: sorted minutes, no student."""
