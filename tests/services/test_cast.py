"""The cast is what the other tests believe it to be."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.services.actor import actor_of_token
from backend.services.identity.passwords import verify_password
from backend.storage.models import SchoolDay, StaffPassword, Student
from tests.cast import CALENDAR_ENDS, YEAR_BEGINS, Cast


def test_everybody_is_signed_in_as_themselves(session: Session, cast: Cast, clock: FrozenClock) -> None:
    for holder in cast.holders:
        actor = actor_of_token(session, token=holder.token, now=clock.now())
        assert (actor.id, actor.school_id) == (holder.id, holder.school_id)


def test_passwords_fit(session: Session, cast: Cast) -> None:
    stored = dict(session.execute(sa.select(StaffPassword.login, StaffPassword.password_hash)).all())
    for holder in (cast.homeroom, cast.new_teacher):
        assert holder.login is not None
        assert holder.password is not None
        assert verify_password(stored[holder.login], holder.password)


def test_the_school_knows_every_day_of_the_half_year(session: Session, cast: Cast) -> None:
    days = session.scalar(sa.select(sa.func.count()).where(SchoolDay.school_id == cast.shiyan.id))

    assert days == (CALENDAR_ENDS - YEAR_BEGINS).days + 1


def test_only_dora_may_not_write_yet(session: Session, cast: Cast) -> None:
    assert session.scalars(sa.select(Student.id).where(~Student.may_write)).all() == [cast.dora.id]
