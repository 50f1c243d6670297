"""What a grade head decided about a class's weekend: a table of its own, because homework goes on changing after it."""

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.storage.base import Base, JsonList, SchoolOwned, belongs_to


class WeekendDecision(SchoolOwned, Base):
    """The last decision about the homework of one class over one weekend or holiday, named by its first night."""

    __tablename__ = "weekend_decisions"
    __table_args__ = (belongs_to("classes", "class_id"),)

    class_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    starts_on: Mapped[dt.date] = mapped_column(primary_key=True)
    ends_on: Mapped[dt.date]
    approved: Mapped[bool]
    note: Mapped[str] = mapped_column(sa.String(500), default="")
    seen: Mapped[JsonList]
    """``[{id, version}]`` of the homework that was decided about: it stands while exactly that is published."""
    decided_by: Mapped[uuid.UUID]
    decided_at: Mapped[dt.datetime]
