"""Small builders for the tests of reminders: a night's rows as they would stand, without the path that writes them.

The evening is the cast's: Tuesday 17 November 2026 in Shanghai; Ada is in grade 3: 60 minutes, lights out by 21:20.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.domain.load import CapScope, Kind
from backend.domain.load import Place as Where
from backend.domain.night import evening_instant
from backend.domain.policy import PolicyField, PolicyLevel
from backend.domain.sheet import SheetState
from backend.storage import models
from notifications.channels.base import Message, Outcome, Result
from tests.cast import TONIGHT, ZONE, Cast, Holder, Place

LATEST = dt.time(21, 20)


def at(clock: str, *, day: dt.date = TONIGHT, zone: ZoneInfo = ZONE) -> dt.datetime:
    """The instant of a school-local time: ``at("20:30")`` tonight, ``at("+07:30")`` next morning."""
    if clock.startswith("+"):
        day, clock = day + dt.timedelta(days=1), clock[1:]
    return dt.datetime.combine(day, dt.time.fromisoformat(clock), zone).astimezone(dt.UTC)


def put_sheet(session: Session, cast: Cast, student: Holder, *, night: dt.date = TONIGHT, **values: Any) -> None:
    """Tonight's sheet of a student, open and within its cap unless said; `values` are columns of night_sheets."""
    latest = values.pop("latest_lights_out", LATEST)
    defaults: dict[str, Any] = {
        "class_id": class_of(cast, student),
        "change_counter": night.toordinal(),
        "state": SheetState.open,
        "opened_at": at("18:30", day=night),
        "changed_at": at("19:00", day=night),
        "cap_minutes": 60,
        "cap_scope": CapScope.all,
        "sleep_target_minutes": 600,
        "latest_lights_out": latest,
        "latest_lights_out_at": evening_instant(night, latest, ZONE) if latest else None,
        "entry_count": 1,
    }
    ids = {"school_id": student.school_id, "student_id": student.id, "night": night}
    session.execute(sa.insert(models.NightSheet).values(**ids, **{**defaults, **values}))


def put_sleep(
    session: Session,
    student: Holder,
    *,
    night: dt.date = TONIGHT,
    lights_out_at: dt.datetime | None = None,
    woke_at: dt.datetime | None = None,
) -> None:
    """Sleep on a sheet that is there; lights-out and waking as given."""
    session.execute(
        sa.insert(models.Sleep).values(
            school_id=student.school_id,
            student_id=student.id,
            night=night,
            lights_out_at=lights_out_at,
            woke_at=woke_at,
            changed_by=student.id,
            changed_at=woke_at or lights_out_at or at("19:00"),
            change_counter=1,
        )
    )


def change_sheet(session: Session, student: Holder, *, night: dt.date = TONIGHT, **values: Any) -> None:
    """Write columns of a sheet that is there."""
    table = models.NightSheet
    session.execute(
        sa.update(table)
        .where(table.school_id == student.school_id, table.student_id == student.id, table.night == night)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def class_of(cast: Cast, student: Holder) -> uuid.UUID:
    """The class of one of the cast's students."""
    classes = {
        "ada": cast.class_31,
        "finn": cast.class_31,
        "dora": cast.class_31,
        "emil": cast.class_11,
        "ben": cast.class_32,
        "cleo": cast.class_71,
        "zed": cast.other_class,
    }
    return classes[student.key].id


def put_endpoint(
    session: Session,
    person: Holder,
    address: str,
    *,
    installation: str | None = None,
    kind: models.AddressKind = models.AddressKind.FCM_INSTALLATION,
) -> uuid.UUID:
    """An installation at which a person can be reached; the same `installation` is the same phone."""
    installation_id = uuid.uuid5(uuid.NAMESPACE_URL, installation or address)
    session.execute(
        sa.insert(models.PushEndpoint).values(
            school_id=person.school_id,
            person_id=person.id,
            installation_id=installation_id,
            kind=kind,
            address=address,
            keys={},
            registered_at=at("12:00"),
        )
    )
    return installation_id


def put_setting(session: Session, person: Holder, **values: Any) -> None:
    """A person's quiet hours, pause or lock screen."""
    session.execute(sa.insert(models.ReminderSetting).values(school_id=person.school_id, person_id=person.id, **values))


def put_preference(session: Session, person: Holder, code: str, *, enabled: bool) -> None:
    """Whether a person wants a code."""
    ids = {"school_id": person.school_id, "person_id": person.id}
    session.execute(sa.insert(models.ReminderPreference).values(**ids, code=code, enabled=enabled, set_by=person.id))


def outbox_of(session: Session) -> list[models.OutboxRow]:
    """Every row of the outbox as it stands in the database."""
    session.rollback()
    rows = session.scalars(sa.select(models.OutboxRow).order_by(models.OutboxRow.code, models.OutboxRow.created_at))
    found = list(rows.all())
    session.expunge_all()
    session.rollback()
    return found


def deliveries_of(session: Session) -> list[models.Delivery]:
    """Every recorded attempt, oldest first."""
    session.rollback()
    found = list(session.scalars(sa.select(models.Delivery).order_by(models.Delivery.attempted_at, models.Delivery.id)))
    session.expunge_all()
    session.rollback()
    return found


def told(session: Session, cast: Cast) -> set[tuple[str, str, int]]:
    """``(code, who, occasion)`` of every row in the outbox."""
    names = {holder.id: holder.key for holder in cast.holders}
    return {(row.code, names[row.recipient_id], row.occasion) for row in outbox_of(session)}


Answer = Callable[[Message], Outcome]


def accept(_message: Message) -> Outcome:
    """The answer of a provider that takes everything."""
    return Outcome(Result.ACCEPTED, provider_id="taken")


@dataclass
class FakeChannel:
    """A channel that keeps what it was sent and answers as told."""

    name: str = "fake"
    kinds: frozenset[models.AddressKind] = frozenset({models.AddressKind.FCM_INSTALLATION})
    replaces_first_copy: bool = True
    answer: Answer = accept
    before: Callable[[], object] = lambda: None
    sent: list[Message] = field(default_factory=list)
    closed: bool = False

    def send(self, batch: Sequence[Message]) -> list[Outcome]:
        """Keep the batch and answer for each message."""
        self.before()
        self.sent += batch
        return [self.answer(message) for message in batch]

    def close(self) -> None:
        """Remember it."""
        self.closed = True

    @property
    def addresses(self) -> list[str | None]:
        """Where messages went, in order."""
        return [message.address for message in self.sent]


def move(clock: FrozenClock, to: str) -> FrozenClock:
    """Put the clock at a local time of the cast's evening."""
    clock.move_to(at(to))
    return clock


def put_exception(
    session: Session, cast: Cast, student: Holder, latest: str | None, *, since: dt.date = TONIGHT
) -> None:
    """A latest lights-out of a student's own, ``HH:MM`` or none."""
    session.execute(
        sa.insert(models.Policy).values(
            id=uuid.uuid4(),
            level=PolicyLevel.student,
            school_id=student.school_id,
            student_id=student.id,
            field=PolicyField.latest_lights_out,
            value={"value": latest},
            effective_on=since,
            reason="doctor",
            set_at=at("12:00"),
        )
    )


def put_homework(session: Session, class_: Place, subject: str, *, by: Holder, **values: Any) -> uuid.UUID:
    """Published written homework for tonight at home; `values` are columns of assignments."""
    defaults: dict[str, Any] = {
        "id": uuid.uuid4(),
        "title": "练习",
        "kind": Kind.written,
        "place": Where.home,
        "given_on": TONIGHT,
        "due_on": values.get("given_on", TONIGHT) + dt.timedelta(days=1),
        "state": models.AssignmentState.PUBLISHED,
        "created_by": by.id,
        "created_at": at("14:00"),
        "published_at": at("15:00"),
        "published_by": by.id,
    }
    row = {"school_id": by.school_id, "class_id": class_.id, "subject": subject, **defaults, **values}
    session.execute(sa.insert(models.Assignment).values(**row))
    return uuid.UUID(str(row["id"]))


def due_of(session: Session, cast: Cast, code: str) -> set[str]:
    """``person`` or, where a class or a child is the subject, ``person about subject`` of a code's rows."""
    names = {holder.id: holder.key for holder in cast.holders}
    names |= {place.id: place.slug for place in vars(cast).values() if isinstance(place, Place)}
    return {
        names[row.recipient_id] + (f" about {names[row.subject_id]}" if row.subject_id in names else "")
        for row in outbox_of(session)
        if row.code == code
    }
