"""People of a school, what they may do there, who looks after whom, and what was consented to."""

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.people import ConsentDecision, PersonKind, Role
from backend.domain.policy import Stage
from backend.storage.base import Base, JsonList, SchoolOwned, SchoolRow, belongs_to, enum_column, new_id


class Person(SchoolRow, Base):
    """A student, a guardian or a member of staff of one school."""

    __tablename__ = "people"
    __table_args__ = (sa.Index("ix_people_guardian", "school_id", "telephone", "name_key"),)

    kind: Mapped[PersonKind] = mapped_column(enum_column(PersonKind))
    name: Mapped[str] = mapped_column(sa.String(120))
    name_key: Mapped[str] = mapped_column(sa.String(120))
    """``normalise_name(name)``: what two spellings of one name share."""
    locale: Mapped[str] = mapped_column(sa.String(8), default="zh-CN")
    telephone: Mapped[str | None] = mapped_column(sa.String(20))
    email: Mapped[str | None] = mapped_column(sa.String(254))
    notice_alias: Mapped[str | None] = mapped_column(sa.String(20))
    """What stands on the public notice board for a member of staff; nothing does when null."""
    created_at: Mapped[dt.datetime]
    left_at: Mapped[dt.datetime | None]


class StaffPassword(SchoolOwned, Base):
    """How a member of staff signs in. ``login`` is the name typed at sign-in, unique in the school."""

    __tablename__ = "staff_passwords"
    __table_args__ = (belongs_to("people", "person_id"), sa.UniqueConstraint("school_id", "login"))

    person_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(sa.String(120))
    password_hash: Mapped[str] = mapped_column(sa.String(200))
    must_change: Mapped[bool] = mapped_column(default=True)
    changed_at: Mapped[dt.datetime]


class Student(SchoolOwned, Base):
    """What is particular to a student. The sync counter is the highest of the student's sheets and ``change_counter``,

    which erasure and retention raise before they delete a sheet, so that the counter never falls. What a phone has seen
    below it may be gone: sync tells such a phone to begin anew, and no writer who read before can save.
    """

    __tablename__ = "students"
    __table_args__ = (
        belongs_to("people", "id"),
        sa.UniqueConstraint("school_id", "national_number_hash"),
        sa.UniqueConstraint("school_id", "school_number"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    school_number: Mapped[str | None] = mapped_column(sa.String(40))
    national_number_hash: Mapped[bytes | None] = mapped_column(sa.LargeBinary(32))
    """HMAC-SHA-256 under the installation's secret: for matching at import only, never shown."""
    under_14_until: Mapped[dt.date | None]
    """The first day on which the student is surely 14 (of the month after); unknown when null."""
    boards: Mapped[bool] = mapped_column(default=False)
    change_counter: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    may_write: Mapped[bool] = mapped_column(default=False)
    """Whether entries may be written: consent stands or none is needed. Kept by the consent service."""
    waking_school_day: Mapped[dt.time | None]
    """Usual waking as a guardian stated it, school-local."""
    waking_free_day: Mapped[dt.time | None]


class Enrolment(SchoolRow, Base):
    """A student in a class from one date to another: a night belongs to that date's class."""

    __tablename__ = "enrolments"
    __table_args__ = (
        belongs_to("students", "student_id"),
        belongs_to("classes", "class_id"),
        sa.Index("ix_enrolments_student", "school_id", "student_id", "from_on"),
        sa.Index("ix_enrolments_class", "school_id", "class_id", "from_on"),
    )

    student_id: Mapped[uuid.UUID]
    class_id: Mapped[uuid.UUID]
    from_on: Mapped[dt.date]
    to_on: Mapped[dt.date | None]
    """The last day in the class; null while it lasts."""


class Guardianship(SchoolOwned, Base):
    """A guardian of a student. Ended, never deleted, when custody changes."""

    __tablename__ = "guardianships"
    __table_args__ = (
        belongs_to("people", "guardian_id"),
        belongs_to("students", "student_id"),
        sa.Index("ix_guardianships_student", "school_id", "student_id"),
    )

    guardian_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    student_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    relation: Mapped[str] = mapped_column(sa.String(40), default="")
    since_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    ended_by: Mapped[uuid.UUID | None]
    ended_reason: Mapped[str | None] = mapped_column(sa.String(500))


class Consent(SchoolRow, Base):
    """One decision of one guardian on one version of the text; never changed, only followed by another."""

    __tablename__ = "consents"
    __table_args__ = (
        belongs_to("students", "student_id"),
        sa.Index("ix_consents_student", "school_id", "student_id", "decided_at"),
    )

    student_id: Mapped[uuid.UUID]
    guardian_id: Mapped[uuid.UUID]
    decision: Mapped[ConsentDecision] = mapped_column(enum_column(ConsentDecision))
    text_version: Mapped[str] = mapped_column(sa.String(40))
    decided_at: Mapped[dt.datetime]


class Post(SchoolRow, Base):
    """A role held by a person for some time: what it covers depends on the role.

    subject_teacher: class and subject, with the timetable weekdays that set homework; homeroom_teacher and
    class_recorder: class; prep_group: stage, grade and subject; grade_head: stage and grade; academic_office: school.
    """

    __tablename__ = "posts"
    __table_args__ = (
        belongs_to("people", "person_id"),
        belongs_to("classes", "class_id"),
        sa.Index("ix_posts_person", "school_id", "person_id"),
        sa.Index("ix_posts_class", "school_id", "class_id", "role"),
    )

    person_id: Mapped[uuid.UUID]
    role: Mapped[Role] = mapped_column(enum_column(Role))
    class_id: Mapped[uuid.UUID | None]
    subject: Mapped[str | None] = mapped_column(sa.String(32))
    stage: Mapped[Stage | None] = mapped_column(enum_column(Stage))
    grade: Mapped[int | None]
    weekdays: Mapped[JsonList] = mapped_column(default=list)
    """ISO weekdays 1..7 on which this post sets homework."""
    from_on: Mapped[dt.date]
    to_on: Mapped[dt.date | None]


class DistrictOfficer(Base):
    """A district's officer: belongs to no school and sees no name."""

    __tablename__ = "district_officers"
    __table_args__ = (sa.UniqueConstraint("district_id", "login"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("districts.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(sa.String(120))
    login: Mapped[str] = mapped_column(sa.String(120))
    password_hash: Mapped[str] = mapped_column(sa.String(200))
    must_change: Mapped[bool] = mapped_column(default=True)
    locale: Mapped[str] = mapped_column(sa.String(8), default="zh-CN")
    left_at: Mapped[dt.datetime | None]
