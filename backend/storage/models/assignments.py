"""Homework as planned, published and really set: assignments, tiers, "none today", week plans, the recorder's log."""

import datetime as dt
import enum
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.load import Kind, Place, Tier
from backend.domain.policy import Stage
from backend.storage.base import Base, Json, JsonList, SchoolOwned, SchoolRow, belongs_to, enum_column


class AssignmentState(enum.Enum):
    """Where an assignment stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class WeekPlanState(enum.Enum):
    """Where a week plan stands."""

    DRAFT = "draft"
    FILED = "filed"
    SENT_BACK = "sent_back"
    APPROVED = "approved"


class Assignment(SchoolRow, Base):
    """Homework one teacher gives one class. Its nights run from ``given_on`` to the day before ``due_on``."""

    __tablename__ = "assignments"
    __table_args__ = (
        belongs_to("classes", "class_id"),
        sa.CheckConstraint("due_on > given_on", name="due_after_given"),
        sa.Index("ix_assignments_class", "school_id", "class_id", "given_on", "due_on"),
    )

    class_id: Mapped[uuid.UUID]
    subject: Mapped[str] = mapped_column(sa.String(32))
    title: Mapped[str] = mapped_column(sa.String(120))
    kind: Mapped[Kind] = mapped_column(enum_column(Kind))
    place: Mapped[Place] = mapped_column(enum_column(Place))
    given_on: Mapped[dt.date]
    due_on: Mapped[dt.date]
    state: Mapped[AssignmentState] = mapped_column(enum_column(AssignmentState))
    version: Mapped[int] = mapped_column(default=1)
    change_counter: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    """The class's counter at the last change: what a phone has not yet seen."""
    created_by: Mapped[uuid.UUID]
    created_at: Mapped[dt.datetime]
    published_at: Mapped[dt.datetime | None]
    published_by: Mapped[uuid.UUID | None]
    over_cap_minutes: Mapped[int | None]
    """By how much the class's plan exceeded its cap at publication; null when it did not."""
    over_cap_reason: Mapped[str | None] = mapped_column(sa.String(500))


class AssignmentTier(SchoolOwned, Base):
    """One tier's minutes in one version of an assignment: the estimate in force from then on (rule 5)."""

    __tablename__ = "assignment_tiers"
    __table_args__ = (belongs_to("assignments", "assignment_id"),)

    assignment_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    tier: Mapped[Tier] = mapped_column(enum_column(Tier), primary_key=True)
    estimated_minutes: Mapped[int]
    estimated_max_minutes: Mapped[int | None]
    tried_minutes: Mapped[int | None]
    in_force_at: Mapped[dt.datetime]
    set_by: Mapped[uuid.UUID]


class AssignmentChange(SchoolOwned, Base):
    """What an assignment was before a change, with author: visible after publication."""

    __tablename__ = "assignment_changes"
    __table_args__ = (belongs_to("assignments", "assignment_id"),)

    assignment_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    changed_at: Mapped[dt.datetime]
    changed_by: Mapped[uuid.UUID]
    document: Mapped[Json]


class NoHomework(SchoolOwned, Base):
    """A teacher's "none today" for one subject of one class."""

    __tablename__ = "no_homework"
    __table_args__ = (belongs_to("classes", "class_id"),)

    class_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    night: Mapped[dt.date] = mapped_column(primary_key=True)
    declared_by: Mapped[uuid.UUID]
    declared_at: Mapped[dt.datetime]


class SetRecord(SchoolOwned, Base):
    """What the class recorder noted as really set for a night: a third figure beside plan and actual."""

    __tablename__ = "set_records"
    __table_args__ = (belongs_to("classes", "class_id"),)

    class_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    night: Mapped[dt.date] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(120), default="")
    estimated_minutes: Mapped[int | None]
    recorded_by: Mapped[uuid.UUID]
    recorded_at: Mapped[dt.datetime]


class WeekPlan(SchoolRow, Base):
    """Next week's assignments of a prep group, approved by the academic office."""

    __tablename__ = "week_plans"
    __table_args__ = (sa.UniqueConstraint("school_id", "stage", "grade", "subject", "week_starts_on"),)

    stage: Mapped[Stage] = mapped_column(enum_column(Stage))
    grade: Mapped[int]
    subject: Mapped[str] = mapped_column(sa.String(32))
    week_starts_on: Mapped[dt.date]
    state: Mapped[WeekPlanState] = mapped_column(enum_column(WeekPlanState))
    version: Mapped[int] = mapped_column(default=1)
    items: Mapped[JsonList]
    """``[{given_on, due_on, title, kind, place, tiers: [{tier, estimated_minutes, ...}]}]``."""
    filed_by: Mapped[uuid.UUID]
    filed_at: Mapped[dt.datetime]
    decided_by: Mapped[uuid.UUID | None]
    decided_at: Mapped[dt.datetime | None]
    note: Mapped[str] = mapped_column(sa.String(500), default="")
