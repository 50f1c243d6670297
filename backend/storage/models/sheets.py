"""The night sheet and what stands on it: entries with segments, sleep, note, confirmations, review.

``change_counter`` is the student's counter at the row's last change: a phone asks for what is above its cursor.
Minutes kept on a row are recomputed in every writing transaction and equal a recomputation from the segments.
"""

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.load import CapScope, Kind, Outcome, Place, Tier
from backend.domain.sheet import SheetState
from backend.storage.base import Base, Json, JsonList, SchoolOwned, SchoolRow, belongs_to, enum_column


class OfStudentNight(SchoolOwned):
    """A row of one student's night."""

    student_id: Mapped[uuid.UUID] = mapped_column(primary_key=True, sort_order=-9)
    night: Mapped[dt.date] = mapped_column(primary_key=True, sort_order=-8)


class Versioned:
    """What sync needs of a record: its version, and which revision of which phone wrote it (rule 10)."""

    version: Mapped[int] = mapped_column(default=1)
    installation_id: Mapped[uuid.UUID | None]
    revision: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    revisions: Mapped[Json] = mapped_column(default=dict)
    """The highest revision seen of each phone, so that an old resend is known as ``same``."""
    changed_by: Mapped[uuid.UUID]
    changed_at: Mapped[dt.datetime]
    change_counter: Mapped[int] = mapped_column(sa.BigInteger)


class NightSheet(OfStudentNight, Base):
    """One student's record of one night, with the policy of that night and the figures at the last write."""

    __tablename__ = "night_sheets"
    __table_args__ = (
        belongs_to("students", "student_id"),
        belongs_to("classes", "class_id"),
        # With the counter, so that a class's term is known to be unchanged without reading one sheet of it.
        sa.Index("ix_night_sheets_class", "school_id", "class_id", "night", "change_counter"),
        # With the class and night: a school's changed sheets are found without its classes and without reading one.
        sa.Index("ix_night_sheets_changed", "school_id", "changed_at", "class_id", "night"),
        sa.Index("ix_night_sheets_night", "school_id", "night"),
        sa.Index("ix_night_sheets_submitted", "submitted_at"),
        # Also what makes the counter one: of two writers that raise it to the same value the second has to try again.
        sa.UniqueConstraint("school_id", "student_id", "change_counter"),
        sa.Index("ix_night_sheets_cap_near", "cap_near_at", sqlite_where=sa.text("cap_near_at IS NOT NULL")),
    )

    class_id: Mapped[uuid.UUID]
    version: Mapped[int] = mapped_column(default=1)
    """Raised by every change of what is confirmed (entries with segments, lights-out): a confirmation names it."""
    change_counter: Mapped[int] = mapped_column(sa.BigInteger)
    state: Mapped[SheetState] = mapped_column(enum_column(SheetState))
    opened_at: Mapped[dt.datetime]
    submitted_at: Mapped[dt.datetime | None]
    submitted_by: Mapped[uuid.UUID | None]
    is_late: Mapped[bool] = mapped_column(default=False)
    is_amended: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[dt.datetime]

    cap_minutes: Mapped[int | None]
    cap_scope: Mapped[CapScope] = mapped_column(enum_column(CapScope))
    sleep_target_minutes: Mapped[int | None]
    latest_lights_out: Mapped[dt.time | None]
    latest_lights_out_at: Mapped[dt.datetime | None]

    capped_minutes: Mapped[int] = mapped_column(default=0)
    written_minutes: Mapped[int] = mapped_column(default=0)
    assigned_minutes: Mapped[int] = mapped_column(default=0)
    study_minutes: Mapped[int] = mapped_column(default=0)
    school_minutes: Mapped[int] = mapped_column(default=0)
    unclosed: Mapped[int] = mapped_column(default=0)
    entry_count: Mapped[int] = mapped_column(default=0)
    running_written: Mapped[bool] = mapped_column(default=False)
    cap_near_at: Mapped[dt.datetime | None]
    """When the written load reaches 80 % of the cap if what runs goes on; null if it does not."""
    cap_reached_at: Mapped[dt.datetime | None]
    """When the written load exceeds the cap, likewise."""
    cap_reached_by_timer: Mapped[bool | None]
    """Whether the work that crosses the cap is timed (running, or finished by its timer), not typed afterwards."""
    sleep_minutes: Mapped[int | None]
    """Sleep of the night at the last write: logged, else projected; null when not known."""
    sleep_is_projected: Mapped[bool | None]
    sleep_short_by_minutes: Mapped[int | None]
    """By how much ``sleep_minutes`` misses the target; 0 when it is met, null when not known."""


class Entry(SchoolOwned, Versioned, Base):
    """Work on one assignment, or self-study, on one night. The id is the phone's own, unique per student."""

    __tablename__ = "entries"
    __table_args__ = (
        belongs_to("night_sheets", "student_id", "night", keys=("student_id", "night")),
        belongs_to("assignments", "assignment_id", ondelete="RESTRICT"),
        sa.Index("ix_entries_night", "school_id", "student_id", "night"),
        sa.Index("ix_entries_class", "school_id", "class_id", "night", "subject"),
        sa.Index("ix_entries_assignment", "school_id", "assignment_id"),
    )

    student_id: Mapped[uuid.UUID] = mapped_column(primary_key=True, sort_order=-9)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    night: Mapped[dt.date]
    class_id: Mapped[uuid.UUID]
    assignment_id: Mapped[uuid.UUID | None]
    subject: Mapped[str | None] = mapped_column(sa.String(32))
    title: Mapped[str] = mapped_column(sa.String(120), default="")
    """Only of self-study: what the child chose to do."""
    is_self_study: Mapped[bool]
    kind: Mapped[Kind | None] = mapped_column(enum_column(Kind))
    place: Mapped[Place] = mapped_column(enum_column(Place))
    tier: Mapped[Tier | None] = mapped_column(enum_column(Tier))
    outcome: Mapped[Outcome] = mapped_column(enum_column(Outcome))
    segments: Mapped[JsonList]
    """``[{started_at, finished_at|null, source, clock}]``, RFC 3339 UTC."""
    figures: Mapped[Json] = mapped_column(default=dict)
    """What each author last stated: ``{person_id: {kind, at, minutes, segments}}`` (rule 9)."""
    actual_minutes: Mapped[int] = mapped_column(default=0)
    estimated_minutes: Mapped[int | None]
    """The estimate in force when the first segment began: upper end of a range (rule 5)."""
    is_late: Mapped[bool] = mapped_column(default=False)
    is_amended: Mapped[bool] = mapped_column(default=False)
    deleted_at: Mapped[dt.datetime | None]


class EntryVersion(SchoolOwned, Base):
    """Every version of every entry, written by a trigger on ``entries``: the audit of entries cannot be forgotten."""

    __tablename__ = "entry_versions"
    __table_args__ = (belongs_to("entries", "student_id", "entry_id", keys=("student_id", "id")),)

    student_id: Mapped[uuid.UUID] = mapped_column(primary_key=True, sort_order=-9)
    entry_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    night: Mapped[dt.date]
    changed_by: Mapped[uuid.UUID]
    changed_at: Mapped[dt.datetime]
    installation_id: Mapped[uuid.UUID | None]
    outcome: Mapped[Outcome] = mapped_column(enum_column(Outcome))
    segments: Mapped[JsonList]
    actual_minutes: Mapped[int]
    deleted_at: Mapped[dt.datetime | None]


class Sleep(OfStudentNight, Versioned, Base):
    """Lights-out, waking and nap of one night; ``figures`` keeps what each author last stated."""

    __tablename__ = "sleeps"
    __table_args__ = (belongs_to("night_sheets", "student_id", "night", keys=("student_id", "night")),)

    lights_out_at: Mapped[dt.datetime | None]
    woke_at: Mapped[dt.datetime | None]
    nap_minutes: Mapped[int | None]
    source: Mapped[str] = mapped_column(sa.String(24), default="typed")
    figures: Mapped[Json] = mapped_column(default=dict)
    is_late: Mapped[bool] = mapped_column(default=False)


class Note(OfStudentNight, Versioned, Base):
    """The guardian's line to the teacher."""

    __tablename__ = "notes"
    __table_args__ = (belongs_to("night_sheets", "student_id", "night", keys=("student_id", "night")),)

    guardian_note: Mapped[str] = mapped_column(sa.String(500))
    signed_on_paper: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """The homeroom teacher typed in that a guardian signed the paper: shown, and no confirmation (rule 9)."""


class Confirmation(SchoolRow, Base):
    """A guardian's approval of one version of the sheet; withdrawn when what was confirmed changes."""

    __tablename__ = "confirmations"
    __table_args__ = (
        belongs_to("night_sheets", "student_id", "night", keys=("student_id", "night")),
        sa.UniqueConstraint("school_id", "student_id", "night", "guardian_id", "sheet_version"),
    )

    student_id: Mapped[uuid.UUID]
    night: Mapped[dt.date]
    guardian_id: Mapped[uuid.UUID]
    sheet_version: Mapped[int]
    confirmed_at: Mapped[dt.datetime]
    by_amendment: Mapped[bool] = mapped_column(default=False)
    withdrawn_at: Mapped[dt.datetime | None]
    withdrawn_because: Mapped[JsonList | None]
    """What changed: ``[{record, id, what, by}]``."""


class Review(OfStudentNight, Base):
    """The homeroom teacher has read the sheet, and may have answered."""

    __tablename__ = "reviews"
    __table_args__ = (belongs_to("night_sheets", "student_id", "night", keys=("student_id", "night")),)

    reviewed_by: Mapped[uuid.UUID]
    reviewed_at: Mapped[dt.datetime]
    sheet_version: Mapped[int]
    teacher_reply: Mapped[str] = mapped_column(sa.String(500), default="")
    change_counter: Mapped[int] = mapped_column(sa.BigInteger)
