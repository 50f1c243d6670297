"""Ending sessions: one way for everybody, and the addresses that go with them."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.services.actor import Actor, ActorKind
from backend.services.identity import sessions
from backend.services.staff import district_officers
from backend.services.staff.first_passwords import reset_password
from backend.storage.models import AddressKind, AuthSession, PushEndpoint
from backend.storage.queries.push_endpoints import put_endpoint
from tests.cast import START, Cast, Holder

PHONE = uuid.UUID("0193f2a0-0000-7000-8000-000000000001")
TABLET = uuid.UUID("0193f2a0-0000-7000-8000-000000000002")


def signs_in(session: Session, cast: Cast, holder: Holder, installation_id: uuid.UUID | None = PHONE) -> Actor:
    """A further device of a member of staff or a guardian, with an address for reminders."""
    kind = ActorKind.GUARDIAN if holder is cast.mother else ActorKind.STAFF
    actor = Actor(kind, holder.id, cast.shiyan.id, session_id=sessions.new_session_id())
    sessions.open_session(session, holder=actor, device_name="phone", installation_id=installation_id, now=START)
    if installation_id is not None:
        put_endpoint(
            session,
            school_id=cast.shiyan.id,
            person_id=holder.id,
            installation_id=installation_id,
            kind=AddressKind.WEB_PUSH,
            address=f"https://push.example.net/{installation_id}",
            keys={},
            now=START,
        )
    session.commit()
    return actor


def twin(session: Session, actor: Actor) -> Actor:
    """The same phone signed in a second time at the same instant, neither seeing the other: both stand."""
    session.execute(
        sa.insert(AuthSession).values(
            token_hash=uuid.uuid4().bytes * 2,
            id=(other := uuid.uuid4()),
            school_id=actor.school_id,
            person_id=actor.id,
            created_at=START,
            expires_at=START + dt.timedelta(days=30),
            device_name="phone",
            installation_id=PHONE,
        )
    )
    session.commit()
    return Actor(actor.kind, actor.id, actor.school_id, session_id=other)


def reached(session: Session) -> list[uuid.UUID]:
    return sorted(session.scalars(sa.select(PushEndpoint.installation_id)))


def standing(session: Session, holder_id: uuid.UUID) -> int:
    mine = sa.or_(AuthSession.person_id == holder_id, AuthSession.officer_id == holder_id)
    return len(session.scalars(sa.select(AuthSession.id).where(mine, AuthSession.revoked_at.is_(None))).all())


def test_a_session_that_ends_takes_its_phones_address_along(session: Session, cast: Cast, clock: FrozenClock) -> None:
    phone = signs_in(session, cast, cast.mother)
    signs_in(session, cast, cast.mother, TABLET)
    sessions.end_session(session, actor=phone, session_id=phone.session_id, now=clock.now())
    assert reached(session) == [TABLET]


@pytest.mark.parametrize("how", ["one", "others"])
def test_a_phone_that_signed_in_again_keeps_its_address_when_the_former_session_ends(
    session: Session, cast: Cast, clock: FrozenClock, how: str
) -> None:
    former = signs_in(session, cast, cast.mother)
    latter = twin(session, former)
    if how == "one":
        sessions.end_session(session, actor=latter, session_id=former.session_id, now=clock.now())
    else:
        sessions.end_other_sessions(session, actor=latter, now=clock.now())
    assert reached(session) == [PHONE]


def test_a_session_that_has_run_out_keeps_no_address(session: Session, cast: Cast) -> None:
    former = signs_in(session, cast, cast.mother)
    twin(session, former)
    later = START + dt.timedelta(days=31)
    sessions.end_session(session, actor=former, session_id=former.session_id, now=later)
    assert reached(session) == []


def test_a_password_given_anew_ends_every_device_and_every_address(
    session: Session, cast: Cast, clock: FrozenClock, command: Actor
) -> None:
    twin(session, signs_in(session, cast, cast.maths_teacher))
    signs_in(session, cast, cast.maths_teacher, TABLET)
    reset_password(session, actor=command, school_id=cast.shiyan.id, login="maths.teacher", now=clock.now())
    assert (standing(session, cast.maths_teacher.id), reached(session)) == (0, [])


def test_an_officers_new_password_and_leaving_end_sessions_the_same_way(
    session: Session, cast: Cast, clock: FrozenClock, command: Actor
) -> None:
    assert standing(session, cast.officer.id) == 1
    district_officers.reset_officer_password(
        session, actor=command, district_slug="yunhe", login="officer", now=clock.now()
    )
    assert standing(session, cast.officer.id) == 0


@pytest.fixture
def command(cast: Cast) -> Actor:
    """The command line on the school's machine."""
    return Actor(ActorKind.COMMAND, uuid.UUID(int=0), cast.shiyan.id, session_id=uuid.UUID(int=0))
