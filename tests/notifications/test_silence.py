"""No reminder ever wakes a child: whatever the code, the policy, the zone and the time."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.domain.night import days_after, evening_instant, night_of
from backend.domain.silence import NightSilence, is_silent_for, next_silence_at
from backend.storage import models
from backend.storage.engine import build_engine, session_factory
from notifications.rules import ALL
from notifications.worker import Worker
from tests.cast import TONIGHT, Cast, the_cast
from tests.databases import Databases
from tests.notifications.evening import (
    FakeChannel,
    at,
    move,
    put_endpoint,
    put_exception,
    put_homework,
    put_preference,
    put_sheet,
    put_sleep,
)

ZONES = (
    "Asia/Shanghai",
    "Asia/Urumqi",
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
)
LATEST = st.sampled_from([None, *(dt.time(h, m) for h in (19, 20, 21, 22, 23, 0, 1) for m in (0, 20, 45))])
#: Around both changes of daylight saving: spring and autumn of the north and of Lord Howe (4 October and 4 April).
DAYS = st.one_of(
    st.dates(dt.date(2026, 10, 20), dt.date(2026, 11, 10)),
    st.dates(dt.date(2026, 10, 2), dt.date(2026, 10, 6)),
    st.dates(dt.date(2027, 3, 12), dt.date(2027, 3, 16)),
    st.dates(dt.date(2027, 3, 26), dt.date(2027, 4, 6)),
)
CLOCKS = st.one_of(
    st.times(),
    st.builds(
        dt.time, st.sampled_from([5, 6, 7, 8, 9, 18, 19, 20, 21, 22, 23, 0, 1]), st.sampled_from([0, 1, 29, 30, 59])
    ),
)


@pytest.fixture(scope="module")
def place(databases: Databases) -> Iterator[sa.Engine]:
    """One database for all examples; each clears what it put there."""
    url = databases.fresh(with_cast=True)
    engine = build_engine(url, pool_size=4)
    yield engine
    engine.dispose()
    databases.drop(url)


#: Rows that a test puts there itself have such occasions; modulo ten all of them are there.
BY_HAND = 1000
numbers = itertools.count(BY_HAND)


def clear(session: Session, cast: Cast) -> None:
    """Leave nothing of the example before."""
    used = (models.Delivery, models.OutboxRow, models.NightSheet, models.PushEndpoint, models.WorkerLease)
    for model in (*used, models.ReminderPreference, models.Assignment):
        session.execute(sa.delete(model))


def put_wishes(session: Session, cast: Cast, clock: dt.time, before: int) -> None:
    """A guardian allows everything on the child's phone, and the school winds down as early as it likes."""
    session.execute(sa.update(models.School).values(wind_down_before_minutes=before))
    put_preference(session, cast.ada, "wind_down", enabled=True)
    chosen = {"code": "start_homework", "enabled": True, "chosen_time": clock, "set_by": cast.ada.id}
    ids = {"school_id": cast.ada.school_id, "person_id": cast.ada.id}
    session.execute(sa.insert(models.ReminderPreference).values(**ids, **chosen))


def put_by_tick(engine: sa.Engine, cast: Cast) -> list[str]:
    """The codes that a tick itself has put in for Ada."""
    mine = (models.OutboxRow.recipient_id == cast.ada.id, models.OutboxRow.occasion < BY_HAND)
    with session_factory(engine)() as session:
        return list(session.scalars(sa.select(models.OutboxRow.code).where(*mine)))


def lay_out(
    session: Session, cast: Cast, *, zone: str, now: dt.datetime, latest: dt.time | None, woke: list[bool]
) -> dict[dt.date, NightSilence]:
    """Ada past her cap tonight, with last night behind her; returns what decides her silence, told by hand."""
    session.execute(sa.update(models.School).values(zone=zone))
    tonight = night_of(now, zone)
    facts = {}
    for night, wakes in zip((days_after(tonight, -1), tonight), woke, strict=True):
        at = evening_instant(night, latest, zone) if latest else None
        running = {"running_written": True, "cap_near_at": now, "cap_reached_at": now, "changed_at": now}
        put_sheet(session, cast, cast.ada, night=night, latest_lights_out=None, **running)
        session.execute(
            sa.update(models.NightSheet)
            .where(models.NightSheet.night == night)
            .values(latest_lights_out=latest, latest_lights_out_at=at)
        )
        woke_at = evening_instant(night, dt.time(5, 30), zone)
        logged = wakes and woke_at <= now
        put_sleep(session, cast.ada, night=night, woke_at=woke_at if logged else None)
        next_day = session.get(models.SchoolDay, (cast.shiyan.id, days_after(night, 1)))
        facts[night] = NightSilence(latest, bool(next_day and next_day.is_school_day), woke_at if logged else None)
    return facts


def put_row(session: Session, cast: Cast, code: str, now: dt.datetime, night: dt.date) -> None:
    """A row to Ada as if some reminder, of today or of a later release, had put it there."""
    session.execute(
        sa.insert(models.OutboxRow).values(
            school_id=cast.ada.school_id,
            code=code,
            recipient_id=cast.ada.id,
            subject_id=cast.ada.id,
            night=night,
            occasion=next(numbers),
            params={},
            created_at=now,
            due_at=now,
            expires_at=now + dt.timedelta(hours=30),
        )
    )


@settings(max_examples=100)
@given(
    zone=st.sampled_from(ZONES),
    day=DAYS,
    clock=CLOCKS,
    latest=LATEST,
    woke=st.lists(st.booleans(), min_size=2, max_size=2),
    before=st.integers(35, 120),
    code=st.sampled_from(["test", *(rule.code for rule in ALL)]),
)
def test_no_students_device_gets_anything_in_its_silent_hours_nor_anything_that_could_arrive_then(
    place: sa.Engine,
    zone: str,
    day: dt.date,
    clock: dt.time,
    latest: dt.time | None,
    woke: list[bool],
    before: int,
    code: str,
) -> None:
    cast = the_cast()
    now = dt.datetime.combine(day, clock.replace(microsecond=0), ZoneInfo(zone)).astimezone(dt.UTC)
    with session_factory(place).begin() as session:
        clear(session, cast)
        facts = lay_out(session, cast, zone=zone, now=now, latest=latest, woke=woke)
        put_wishes(session, cast, now.astimezone(ZoneInfo(zone)).time(), before)
        put_homework(session, cast.class_31, "maths", by=cast.maths_teacher, given_on=day)
        put_row(session, cast, code, now, night_of(now, zone))
        put_endpoint(session, cast.ada, "adas own phone")
    channel = FakeChannel()
    worker = Worker(place, clock=FrozenClock(now), channels=[channel], public_url="https://school.example")
    worker.tick()
    put = put_by_tick(place, cast)
    worker.deliver()

    def facts_of(night: dt.date) -> NightSilence:
        return facts.get(night, NightSilence())

    silent = is_silent_for(now, zone, facts_of)
    assert not (silent and channel.sent)
    assert not (silent and put), "already the tick leaves out a child who is silent"
    for message in channel.sent:
        assert now + dt.timedelta(seconds=message.ttl_seconds) <= next_silence_at(now, zone, facts_of)
    if not silent and code == "test":
        assert "test" in [message.code for message in channel.sent]


@pytest.mark.parametrize(
    ("time", "woke", "arrives"),
    [
        ("20:49:59", None, True),
        ("20:50", None, False),
        ("+06:59:59", None, False),
        ("+07:00", None, True),
        ("+06:31", "06:30", True),
    ],
)
def test_a_child_without_a_sheet_is_silent_by_policy(
    session: Session,
    cast: Cast,
    worker: Worker,
    channel: FakeChannel,
    clock: FrozenClock,
    time: str,
    woke: str | None,
    arrives: bool,
) -> None:
    if woke:
        put_sheet(session, cast, cast.ada)
        put_sleep(session, cast.ada, woke_at=at(f"+{woke}"))
    now = move(clock, time).now()
    put_row(session, cast, "test", now, TONIGHT)
    put_endpoint(session, cast.ada, "adas own phone")
    session.commit()
    worker.deliver()
    assert bool(channel.sent) is arrives


def test_a_childs_own_policy_decides_also_without_a_sheet(
    session: Session, cast: Cast, worker: Worker, channel: FakeChannel, clock: FrozenClock
) -> None:
    put_exception(session, cast, cast.ada, "20:00")
    put_row(session, cast, "test", move(clock, "19:30").now(), TONIGHT)
    put_endpoint(session, cast.ada, "adas own phone")
    session.commit()
    worker.deliver()
    assert channel.sent == []
