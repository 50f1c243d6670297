"""Districts, schools, their calendar, classes and subjects: where things happen."""

import datetime as dt
import enum
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.policy import SchoolSystem, Stage
from backend.domain.reminder_times import DEFAULTS
from backend.domain.school_days import DayStatus
from backend.storage.base import Base, JsonList, SchoolOwned, SchoolRow, belongs_to, enum_column, new_id


class OverCapMode(enum.Enum):
    """What publishing over the class's cap needs."""

    REASON = "reason"
    """A stated reason, told to the homeroom teacher and the academic office."""
    REFUSE = "refuse"
    """It is refused."""


class District(Base):
    """An education bureau: sees its schools as aggregates."""

    __tablename__ = "districts"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(sa.String(64), unique=True)
    name: Mapped[str] = mapped_column(sa.String(200))


def _chosen(name: str) -> Any:
    """When a reminder comes at this school; the default is also the database's, for schools that were there before."""
    default = DEFAULTS[name]
    # As SQLAlchemy writes a time on SQLite: compared as text there.
    text = str(default) if isinstance(default, int) else default.isoformat(timespec="microseconds")
    return mapped_column(default=default, server_default=text)


class School(Base):
    """One school, its zone and its own settings."""

    __tablename__ = "schools"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("districts.id", ondelete="SET NULL"), index=True
    )
    slug: Mapped[str] = mapped_column(sa.String(64), unique=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    zone: Mapped[str] = mapped_column(sa.String(64), default="Asia/Shanghai")
    system: Mapped[SchoolSystem] = mapped_column(enum_column(SchoolSystem))
    locale: Mapped[str] = mapped_column(sa.String(8), default="zh-CN")
    created_at: Mapped[dt.datetime]
    hide_titles: Mapped[bool] = mapped_column(default=False)
    over_cap_mode: Mapped[OverCapMode] = mapped_column(enum_column(OverCapMode), default=OverCapMode.REASON)
    sleep_short_tolerance_minutes: Mapped[int] = mapped_column(default=30)
    channels: Mapped[JsonList] = mapped_column(default=list)
    """Channel names in the school's order; empty means the installation's default."""
    publish_estimates_at: Mapped[dt.time] = _chosen("publish_estimates_at")
    confirm_again_at: Mapped[dt.time] = _chosen("confirm_again_at")
    sleep_short_at: Mapped[dt.time] = _chosen("sleep_short_at")
    streak_at: Mapped[dt.time] = _chosen("streak_at")
    class_over_cap_at: Mapped[dt.time] = _chosen("class_over_cap_at")
    weekly_digest_at: Mapped[dt.time] = _chosen("weekly_digest_at")
    wind_down_before_minutes: Mapped[int] = _chosen("wind_down_before_minutes")
    bedtime_passed_after_minutes: Mapped[int] = _chosen("bedtime_passed_after_minutes")
    is_demonstration: Mapped[bool] = mapped_column(default=False)


class Term(SchoolRow, Base):
    """A school term; both days included."""

    __tablename__ = "terms"

    name: Mapped[str] = mapped_column(sa.String(100))
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date]


class SchoolDay(SchoolOwned, Base):
    """One date of the school's own calendar. Dates without a row are free days."""

    __tablename__ = "school_days"

    day: Mapped[dt.date] = mapped_column(primary_key=True)
    is_school_day: Mapped[bool]
    timetable_weekday: Mapped[int | None]
    """ISO weekday (1 Monday .. 7 Sunday) whose timetable is taught; a make-up Saturday may follow Monday's."""
    status: Mapped[DayStatus] = mapped_column(enum_column(DayStatus))
    note: Mapped[str] = mapped_column(sa.String(200), default="")


class Class(SchoolRow, Base):
    """A class in one school year; ``change_counter`` is raised under its row lock by every plan change."""

    __tablename__ = "classes"
    __table_args__ = (sa.UniqueConstraint("school_id", "school_year", "stage", "grade", "number"),)

    school_year: Mapped[int]
    """The year in which the school year begins: 2026 for 2026-2027."""
    stage: Mapped[Stage] = mapped_column(enum_column(Stage))
    grade: Mapped[int]
    """1..12; grade 6 is primary or junior by the school's system, hence ``stage`` beside it."""
    number: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(100))
    change_counter: Mapped[int] = mapped_column(sa.BigInteger, default=0)


class Subject(SchoolOwned, Base):
    """A subject as the school names it."""

    __tablename__ = "subjects"

    code: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    name_zh: Mapped[str] = mapped_column(sa.String(50))
    name_en: Mapped[str] = mapped_column(sa.String(50))
    glyph: Mapped[str] = mapped_column(sa.String(4))
    position: Mapped[int] = mapped_column(default=0)


class Tablet(SchoolRow, Base):
    """A class tablet: may only add today's work done at school. Until its one-time code is used it has no session."""

    __tablename__ = "tablets"
    __table_args__ = (belongs_to("classes", "class_id"), sa.Index("ix_tablets_code_hash", "code_hash", unique=True))

    class_id: Mapped[uuid.UUID]
    enabled_by: Mapped[uuid.UUID]
    enabled_at: Mapped[dt.datetime]
    disabled_at: Mapped[dt.datetime | None]
    code_hash: Mapped[bytes | None] = mapped_column(sa.LargeBinary(32))
    """HMAC of the one-time code, which its first sign-in uses up; null once the tablet was taken back."""
    code_expires_at: Mapped[dt.datetime | None]
