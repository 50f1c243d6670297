"""The same contract through the worker's delivery: what an answer does to the row, the address and the next channel."""

from __future__ import annotations

import datetime as dt
import logging
import random
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.storage import models
from backend.storage.engine import build_engine, session_factory
from notifications.channels.base import Channel
from notifications.delivery import Delivery
from tests.cast import TONIGHT, Cast
from tests.notifications.evening import FakeChannel, at, deliveries_of, outbox_of
from tests.notifications.stand_ins.ways import WAYS

SECOND = "the-next-way"


@pytest.fixture(params=WAYS, ids=lambda way: way.name)
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """A channel with its provider."""
    made = request.param(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def fallback() -> FakeChannel:
    """The next channel of the school's order, which reaches everybody."""
    return FakeChannel(name=SECOND, kinds=frozenset())


@pytest.fixture
def deliver(
    database_url: str, clock: FrozenClock, way: Any, fallback: FakeChannel
) -> Iterator[Callable[[], dict[str, int]]]:
    """One round of delivery, over the way and then the next."""
    engine = build_engine(database_url, pool_size=2)
    channels: list[Channel] = [way.channel, fallback]
    delivery = Delivery(
        session_factory(engine),
        clock=clock,
        channels=channels,
        reasons={},
        holder="w",
        public_url="https://school.example",
        stop=threading.Event(),
        chance=random.Random(1),
    )
    yield delivery.run
    engine.dispose()


@pytest.fixture
def waiting(session: Session, cast: Cast, way: Any) -> uuid.UUID:
    """A reminder for Ada's mother, or where it is a group's, for her teacher; returns the row's id."""
    person = cast.mother if way.code == "confirm_sheet" else cast.homeroom
    row_id = uuid.uuid4()
    session.execute(
        sa.insert(models.PushEndpoint).values(
            school_id=person.school_id,
            person_id=person.id,
            installation_id=uuid.uuid4(),
            kind=way.kind,
            address=way.addresses[0],
            keys=way.keys(0),
            registered_at=at("12:00"),
        )
    )
    session.execute(
        sa.insert(models.OutboxRow).values(
            school_id=person.school_id,
            id=row_id,
            code=way.code,
            recipient_id=person.id,
            subject_id=cast.ada.id if way.code == "confirm_sheet" else uuid.UUID(int=0),
            night=TONIGHT,
            occasion=1,
            params={},
            state=models.OutboxState.PENDING,
            created_at=at("20:00"),
            due_at=at("20:00"),
            expires_at=at("20:00") + dt.timedelta(hours=2),
            attempts=0,
        )
    )
    session.commit()
    return row_id


def state(session: Session) -> tuple[str, str | None]:
    (row,) = outbox_of(session)
    return row.state.value, row.outcome_reason


def turned_off(session: Session) -> list[str | None]:
    session.rollback()
    return list(
        session.scalars(
            sa.select(models.PushEndpoint.disabled_reason).where(models.PushEndpoint.disabled_at.is_not(None))
        )
    )


def outcomes(session: Session) -> list[tuple[str, str]]:
    return [(each.channel, each.outcome) for each in deliveries_of(session)]


def test_taken_is_sent_once_and_the_next_channel_is_not_used(
    session: Session, waiting: uuid.UUID, deliver: Any, way: Any, fallback: FakeChannel
) -> None:
    deliver()
    deliver()
    assert state(session) == ("sent", None)
    assert (len(way.sent), fallback.sent) == (1, [])


def test_refused_for_good_gives_the_next_channel_its_turn_and_turns_a_gone_address_off(
    session: Session, waiting: uuid.UUID, deliver: Any, way: Any, fallback: FakeChannel
) -> None:
    way.knows_no_such_address()
    deliver()
    deliver()
    assert outcomes(session) == [(way.name, "failed"), (SECOND, "accepted")]
    assert state(session) == ("sent", None)
    assert bool(turned_off(session)) is (way.when_gone.value == "address_gone")


def test_busy_is_tried_again_not_before_the_provider_says_and_then_sent_once(
    session: Session, waiting: uuid.UUID, deliver: Any, way: Any, fallback: FakeChannel, clock: FrozenClock
) -> None:
    way.asks_to_wait()
    deliver()
    way.accepts()
    if way.when_busy.value != "retry":
        deliver()
        assert outcomes(session)[-1] == (SECOND, "accepted")
        return
    (row,) = outbox_of(session)
    assert row.due_at >= clock.now() + dt.timedelta(seconds=way.waits_seconds or 0)
    before = len(way.sent)
    clock.move_to(row.due_at)
    deliver()
    assert state(session) == ("sent", None)
    assert (len(way.sent) - before, fallback.sent, turned_off(session)) == (1, [], [])


def test_refused_credentials_alarm_the_operator_and_turn_no_address_off(
    session: Session, waiting: uuid.UUID, deliver: Any, way: Any, caplog: pytest.LogCaptureFixture
) -> None:
    way.refuses_us()
    deliver()
    assert turned_off(session) == []
    alarms = [record for record in caplog.records if record.levelno == logging.CRITICAL]
    assert bool(alarms) is (way.when_refused.value == "broken")
    assert all(vars(record)["channel"] == way.name for record in alarms)


def test_no_answer_is_repeated_only_where_a_second_copy_is_not_seen(
    session: Session, waiting: uuid.UUID, deliver: Any, way: Any, fallback: FakeChannel, clock: FrozenClock
) -> None:
    way.is_silent()
    deliver()
    clock.advance(minutes=15)
    if way.channel.replaces_first_copy:
        assert state(session)[0] == "pending"
        return
    way.accepts()
    deliver()
    assert state(session) == ("unknown", "no_answer")
    assert (turned_off(session), fallback.sent) == ([], [])
