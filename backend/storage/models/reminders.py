"""Reminders: where they go, what people want, the outbox, deliveries, and who ticks."""

import datetime as dt
import enum
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.storage.base import NO_SUBJECT, Base, Json, JsonList, SchoolOwned, SchoolRow, belongs_to, enum_column


class AddressKind(enum.Enum):
    """What the address of a push endpoint is."""

    FCM_INSTALLATION = "fcm_installation"
    FCM_TOKEN = "fcm_token"  # noqa: S105 - the name of an address kind
    WEB_PUSH = "web_push"
    CONSOLE = "console"
    EMAIL = "email"
    SMS = "sms"
    WECOM_PARENT = "wecom_parent"
    """A parent's id in the school's WeCom address book."""
    WECOM_STUDENT = "wecom_student"
    """A student's own id there: what is sent to it reaches the student, never the parents."""
    WECOM_BOT = "wecom_bot"
    """A group of staff, by its name in the group bots' file; so are the next two."""
    DINGTALK_BOT = "dingtalk_bot"
    FEISHU_BOT = "feishu_bot"
    APPRISE = "apprise"
    """A person's id at the school's relay."""


#: What an installation of the client registers by itself; every other address is the school's to give.
DEVICE_KINDS = frozenset(
    {AddressKind.FCM_INSTALLATION, AddressKind.FCM_TOKEN, AddressKind.WEB_PUSH, AddressKind.CONSOLE}
)
#: Where more people read than the one a reminder is for.
GROUP_KINDS = frozenset({AddressKind.WECOM_BOT, AddressKind.DINGTALK_BOT, AddressKind.FEISHU_BOT})


#: Outcomes of a delivery that may have reached a phone: while one stands, the installation gets no second copy.
HOLDS_COPY = "outcome IN ('sending', 'accepted', 'unknown')"


class OutboxState(enum.Enum):
    """Where a reminder stands on its way out."""

    PENDING = "pending"
    LEASED = "leased"
    SENDING = "sending"
    SENT = "sent"
    DROPPED = "dropped"
    FAILED = "failed"
    UNKNOWN = "unknown"


class PushEndpoint(SchoolOwned, Base):
    """One installation at which one person can be reached."""

    __tablename__ = "push_endpoints"
    __table_args__ = (
        belongs_to("people", "person_id"),
        sa.Index("ix_push_endpoints_installation", "school_id", "installation_id"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    installation_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    kind: Mapped[AddressKind] = mapped_column(enum_column(AddressKind))
    address: Mapped[str] = mapped_column(sa.String(2048))
    keys: Mapped[Json] = mapped_column(default=dict)
    registered_at: Mapped[dt.datetime]
    disabled_at: Mapped[dt.datetime | None]
    disabled_reason: Mapped[str | None] = mapped_column(sa.String(64))


class ReminderPreference(SchoolOwned, Base):
    """Whether a person wants one code, and when (``start_homework`` has a chosen time)."""

    __tablename__ = "reminder_preferences"
    __table_args__ = (belongs_to("people", "person_id"),)

    person_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    enabled: Mapped[bool]
    chosen_time: Mapped[dt.time | None]
    set_by: Mapped[uuid.UUID]


class ReminderSetting(SchoolOwned, Base):
    """A person's quiet hours, pause and what may stand on a lock screen."""

    __tablename__ = "reminder_settings"
    __table_args__ = (belongs_to("people", "person_id"),)

    person_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    quiet_from: Mapped[dt.time | None]
    quiet_to: Mapped[dt.time | None]
    paused_from: Mapped[dt.date | None]
    paused_to: Mapped[dt.date | None]
    shows_names: Mapped[bool] = mapped_column(default=False)
    evening_digest: Mapped[bool] = mapped_column(default=False)
    """What can wait comes as one message in the evening; a guardian's choice."""
    digest_at: Mapped[dt.time | None]
    """At what school-local time; null is the default, `reminder_times.DIGEST_AT`."""


class Absence(SchoolOwned, Base):
    """A night that a guardian has excused, by a pause for illness or travel: it is a number, and nobody asks why."""

    __tablename__ = "absences"
    __table_args__ = (belongs_to("students", "student_id"),)

    student_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    night: Mapped[dt.date] = mapped_column(primary_key=True)
    set_by: Mapped[uuid.UUID]
    set_at: Mapped[dt.datetime]


class OutboxRow(SchoolRow, Base):
    """One reminder to one person. The unique key is what makes it go out once."""

    __tablename__ = "outbox"
    __table_args__ = (
        sa.UniqueConstraint(
            "school_id", "code", "recipient_id", "subject_id", "night", "occasion", name="uq_outbox_once"
        ),
        belongs_to("people", "recipient_id"),
        sa.Index("ix_outbox_due", "state", "due_at"),
        sa.Index("ix_outbox_recipient", "school_id", "recipient_id", "created_at"),
        sa.Index("ix_outbox_night", "school_id", "night"),
    )

    code: Mapped[str] = mapped_column(sa.String(40))
    recipient_id: Mapped[uuid.UUID]
    subject_id: Mapped[uuid.UUID] = mapped_column(default=NO_SUBJECT)
    """The student for family codes, the class for publication codes, ``NO_SUBJECT`` for digests."""
    night: Mapped[dt.date]
    occasion: Mapped[int] = mapped_column(default=1)
    params: Mapped[Json] = mapped_column(default=dict)
    state: Mapped[OutboxState] = mapped_column(enum_column(OutboxState), default=OutboxState.PENDING)
    created_at: Mapped[dt.datetime]
    due_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    lease_holder: Mapped[str | None] = mapped_column(sa.String(64))
    leased_until: Mapped[dt.datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    outcome_reason: Mapped[str | None] = mapped_column(sa.String(64))
    finished_at: Mapped[dt.datetime | None]
    read_at: Mapped[dt.datetime | None]


class Delivery(SchoolRow, Base):
    """One attempt over one channel, with what the provider answered."""

    __tablename__ = "deliveries"
    __table_args__ = (
        belongs_to("outbox", "outbox_id"),
        sa.Index("ix_deliveries_outbox", "school_id", "outbox_id"),
        sa.Index(
            "uq_deliveries_copy",
            "school_id",
            "copy_key",
            unique=True,
            sqlite_where=sa.text(HOLDS_COPY),
            postgresql_where=sa.text(HOLDS_COPY),
        ),
    )

    outbox_id: Mapped[uuid.UUID]
    channel: Mapped[str] = mapped_column(sa.String(24))
    installation_id: Mapped[uuid.UUID | None]
    copy_key: Mapped[str | None] = mapped_column(sa.String(64))
    """The same for every person's copy of one reminder on one installation; null where a channel knows none."""
    attempted_at: Mapped[dt.datetime]
    outcome: Mapped[str] = mapped_column(sa.String(24))
    provider_id: Mapped[str | None] = mapped_column(sa.String(200))
    error_code: Mapped[str | None] = mapped_column(sa.String(64))


class DeliveryNight(SchoolOwned, Base):
    """What a school's office is shown of one night's messages to families, kept as it was when the night was over.

    Nobody is named, and what is withheld is not in it: a child's messages may go without these figures telling so.
    """

    __tablename__ = "delivery_nights"

    night: Mapped[dt.date] = mapped_column(primary_key=True)
    kept_at: Mapped[dt.datetime]
    codes: Mapped[JsonList] = mapped_column(default=list)
    channels: Mapped[JsonList] = mapped_column(default=list)


class WorkerLease(Base):
    """Which worker may tick; its row is the heartbeat as well."""

    __tablename__ = "worker_leases"

    name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(sa.String(64))
    until: Mapped[dt.datetime]
    ticked_at: Mapped[dt.datetime | None]
