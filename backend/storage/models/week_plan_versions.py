"""Every version of a week plan that was filed, with what was decided about it: what changed can be said later."""

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.storage.base import Base, JsonList, SchoolOwned, belongs_to, enum_column
from backend.storage.models.assignments import WeekPlanState


class WeekPlanVersion(SchoolOwned, Base):
    """One filing of a week plan: `FILED` while it waits (or was replaced before it was decided), else the decision."""

    __tablename__ = "week_plan_versions"
    __table_args__ = (belongs_to("week_plans", "week_plan_id"),)

    week_plan_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[WeekPlanState] = mapped_column(enum_column(WeekPlanState))
    items: Mapped[JsonList]
    """As `WeekPlan.items` were then."""
    filed_by: Mapped[uuid.UUID]
    filed_at: Mapped[dt.datetime]
    decided_by: Mapped[uuid.UUID | None]
    decided_at: Mapped[dt.datetime | None]
    note: Mapped[str] = mapped_column(sa.String(500), default="")
