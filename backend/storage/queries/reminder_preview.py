"""Statements of the preview: what a tick at an instant would find in one school, without putting anything anywhere."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from backend.domain.people import PersonKind
from backend.storage.models import Class, OutboxRow, OutboxState, Person, ReminderPreference, ReminderSetting
from backend.storage.queries.moments import local_moment, moments_table
from backend.storage.queries.outbox import SNOOZED
from backend.storage.queries.reminder_reasons.reason import Asking, Reasons
from backend.storage.queries.reminder_recipients import Recipient, told


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One reminder to one person; ``about`` is a child's or a class's name, None for a digest."""

    recipient_id: uuid.UUID
    recipient_kind: PersonKind
    recipient: str
    subject_id: uuid.UUID
    about: str | None
    night: dt.date
    occasion: int
    is_known: bool

    @property
    def key(self) -> tuple[uuid.UUID, uuid.UUID, dt.date, int]:
        """What makes it one reminder of its code."""
        return self.recipient_id, self.subject_id, self.night, self.occasion


def foresee(
    session: Session,
    *,
    school_id: uuid.UUID,
    zone: str,
    now: dt.datetime,
    code: str,
    reasons: Mapping[Recipient, Reasons],
    heeding: bool = True,
    consented: bool = True,
) -> list[Foreseen]:
    """What one reminder's reasons find at `now`; without wishes and silence, or consent, where that is said."""
    asking = Asking(moments_table(1))
    asked = (
        told(asking, code=code, recipient=to, reasons=why, heeding=heeding, consented=consented)
        for to, why in reasons.items()
    )
    due = sa.union_all(*asked).subquery("due")
    statement = _named(due, code).where(due.c.school_id == school_id)
    rows = session.connection().execute(statement, asking.parameters(now, [local_moment(zone, now)]))
    return list({(found := Foreseen(**row._mapping)).key: found for row in rows}.values())


def _named(due: Any, code: str) -> sa.Select[Any]:
    person, child, of = aliased(Person), aliased(Person), due.c
    about_child = sa.and_(child.school_id == of.school_id, child.id == of.subject_id)
    about_class = sa.and_(Class.school_id == of.school_id, Class.id == of.subject_id)
    known = sa.exists().where(
        OutboxRow.school_id == of.school_id,
        OutboxRow.code == code,
        OutboxRow.recipient_id == of.recipient_id,
        OutboxRow.subject_id == of.subject_id,
        OutboxRow.night == of.night,
        OutboxRow.occasion == of.occasion,
    )
    return (
        sa.select(
            of.recipient_id,
            person.kind.label("recipient_kind"),
            person.name.label("recipient"),
            of.subject_id,
            sa.func.coalesce(child.name, Class.name).label("about"),
            of.night,
            of.occasion,
            known.label("is_known"),
        )
        .select_from(due)
        .join(person, sa.and_(person.school_id == of.school_id, person.id == of.recipient_id))
        .outerjoin(child, about_child)
        .outerjoin(Class, about_class)
        .order_by(person.name, sa.func.coalesce(child.name, Class.name, ""), of.occasion)
    )


def snoozed(
    session: Session, school_id: uuid.UUID, code: str
) -> dict[tuple[uuid.UUID, uuid.UUID, dt.date, int], dt.datetime]:
    """When copies that somebody asked for are due, by the `Foreseen.key` of what they are copies of."""
    statement = sa.select(OutboxRow).where(
        OutboxRow.school_id == school_id,
        OutboxRow.code == code,
        OutboxRow.occasion >= SNOOZED,
        OutboxRow.state == OutboxState.PENDING,
    )
    return {
        (row.recipient_id, row.subject_id, row.night, row.occasion % SNOOZED): row.due_at
        for row in session.scalars(statement)
    }


def switched_off(session: Session, school_id: uuid.UUID, code: str, people: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Who of these has switched a code off."""
    wish = ReminderPreference
    statement = sa.select(wish.person_id).where(
        wish.school_id == school_id, wish.code == code, wish.enabled.is_(False), wish.person_id.in_(list(people))
    )
    return set(session.scalars(statement))


def settings_of(
    session: Session, school_id: uuid.UUID, people: Collection[uuid.UUID]
) -> dict[uuid.UUID, ReminderSetting]:
    """Quiet hours and pauses of these people, and of children they are told about."""
    statement = sa.select(ReminderSetting).where(
        ReminderSetting.school_id == school_id, ReminderSetting.person_id.in_(list(people))
    )
    return {row.person_id: row for row in session.scalars(statement)}
