"""One message in the evening instead of many: what waits for it, what does not, and what it says."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.domain.reminder_times import CAN_WAIT
from backend.domain.sheet import SheetState
from backend.storage import models
from notifications.rules import ALL
from notifications.worker import Worker
from tests.cast import TONIGHT, Cast
from tests.notifications.evening import (
    FakeChannel,
    at,
    change_sheet,
    due_of,
    move,
    outbox_of,
    put_endpoint,
    put_preference,
    put_setting,
    put_sheet,
    put_sleep,
    told,
)

DIGEST = "evening_digest"
YESTERDAY = TONIGHT - dt.timedelta(days=1)
SUBMITTED: dict[str, Any] = {"state": SheetState.submitted, "submitted_at": at("20:00")}


def tick(session: Session, worker: Worker, now: dt.datetime) -> None:
    session.commit()
    worker.tick(now)


def wants_digest(session: Session, cast: Cast, digest_at: dt.time | None = dt.time(20, 30), **more: Any) -> None:
    """Ada's mother wants one message; her father does not."""
    put_setting(session, cast.mother, evening_digest=True, digest_at=digest_at, **more)


def digest(session: Session) -> dict[str, int] | None:
    """What the one digest says, None where there is none."""
    found = [row.params for row in outbox_of(session) if row.code == DIGEST]
    assert len(found) < 2
    return found[0] if found else None


def says(**counts: int) -> dict[str, int]:
    return {"to_confirm": 0, "sleep_short": 0, "streaks": 0, "missed_nights": 0} | counts


@pytest.mark.parametrize(("time", "comes"), [("20:29:59", False), ("20:30", True), ("21:29", True), ("21:30", False)])
def test_it_comes_at_the_chosen_hour_and_for_an_hour(
    session: Session, cast: Cast, worker: Worker, time: str, comes: bool
) -> None:
    wants_digest(session, cast)
    put_sheet(session, cast, cast.ada, **SUBMITTED)
    tick(session, worker, at(time))
    assert due_of(session, cast, DIGEST) == ({"mother"} if comes else set())


def test_without_an_hour_of_ones_own_it_is_half_past_eight(session: Session, cast: Cast, worker: Worker) -> None:
    wants_digest(session, cast, None)
    put_sheet(session, cast, cast.ada, **SUBMITTED)
    tick(session, worker, at("20:29"))
    assert digest(session) is None
    worker.tick(at("20:30"))
    assert digest(session) == says(to_confirm=1)


def test_what_can_wait_waits_for_whoever_wants_that_and_for_nobody_else(
    session: Session, cast: Cast, worker: Worker
) -> None:
    wants_digest(session, cast)
    put_sheet(session, cast, cast.ada, **SUBMITTED)
    for time in ("20:01", "20:30", "20:31", "+07:30"):
        tick(session, worker, at(time))
    assert told(session, cast) == {
        (DIGEST, "mother", 1),
        ("confirm_sheet", "father", 1),
        ("confirm_sheet", "father", 2),
    }


def test_what_speaks_of_this_minute_never_waits(session: Session, cast: Cast, worker: Worker) -> None:
    wants_digest(session, cast)
    put_sheet(session, cast, cast.ada, running_written=True, cap_near_at=at("19:00"), cap_reached_at=at("19:30"))
    tick(session, worker, at("20:40"))
    worker.tick(at("21:31"))
    assert {("cap_reached", "mother", 1), ("wind_down", "mother", 1), ("bedtime_passed", "mother", 1)} <= told(
        session, cast
    )


def test_only_codes_about_what_is_over_can_wait() -> None:
    assert set(CAN_WAIT) == {"confirm_sheet", "sleep_short", "streak", "weekly_digest"}
    assert set(CAN_WAIT) < {rule.code for rule in ALL}


def test_all_of_a_familys_children_are_in_one_message(session: Session, cast: Cast, worker: Worker) -> None:
    wants_digest(session, cast)
    put_sheet(session, cast, cast.ada, **SUBMITTED)
    put_sheet(session, cast, cast.emil, **SUBMITTED)
    put_sheet(session, cast, cast.ada, night=YESTERDAY, sleep_short_by_minutes=31)
    put_sheet(session, cast, cast.ben, **SUBMITTED)
    tick(session, worker, at("20:30"))
    assert digest(session) == says(to_confirm=2, sleep_short=1)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"submitted_at": at("20:30", day=YESTERDAY)}, None),
        ({"submitted_at": at("20:31", day=YESTERDAY)}, says(to_confirm=1)),
        ({"submitted_at": at("20:30")}, says(to_confirm=1)),
        ({"submitted_at": at("20:31")}, None),
        ({"state": SheetState.confirmed}, None),
        ({"state": SheetState.open, "submitted_at": None}, None),
    ],
)
def test_a_sheet_waits_for_one_digest_and_for_no_second(
    session: Session, cast: Cast, worker: Worker, values: dict[str, Any], expected: dict[str, int] | None
) -> None:
    wants_digest(session, cast)
    put_sheet(session, cast, cast.ada, **(SUBMITTED | values))
    tick(session, worker, at("20:30"))
    assert digest(session) == expected


@pytest.mark.parametrize(("short", "expected"), [(30, None), (31, says(sleep_short=1))])
def test_short_sleep_counts_beyond_the_schools_tolerance(
    session: Session, cast: Cast, worker: Worker, short: int, expected: dict[str, int] | None
) -> None:
    wants_digest(session, cast)
    put_sheet(session, cast, cast.ada, night=YESTERDAY, sleep_short_by_minutes=short)
    tick(session, worker, at("20:30"))
    assert digest(session) == expected


def test_a_run_counts_on_the_day_on_which_it_begins(session: Session, cast: Cast, worker: Worker) -> None:
    wants_digest(session, cast)
    for days in (1, 2, 5):
        night = TONIGHT - dt.timedelta(days=days)
        put_sheet(session, cast, cast.ada, night=night, capped_minutes=61)
    tick(session, worker, at("20:30"))
    assert digest(session) == says(streaks=1)
    put_sheet(session, cast, cast.ada, capped_minutes=61)
    tick(session, worker, at("+20:30"))
    assert [row.params for row in outbox_of(session) if row.code == DIGEST] == [says(streaks=1)]


@pytest.mark.parametrize(("day", "missed"), [(19, None), (20, 2), (21, None)])
def test_on_fridays_it_counts_the_weeks_missed_nights(
    session: Session, cast: Cast, worker: Worker, day: int, missed: int | None
) -> None:
    wants_digest(session, cast)
    for night in (15, 16):
        put_sheet(session, cast, cast.ada, night=dt.date(2026, 11, night), capped_minutes=61)
    friday = dt.date(2026, 11, day)
    tick(session, worker, at("17:00", day=friday))
    worker.tick(at("20:30", day=friday))
    assert digest(session) == (says(missed_nights=missed) if missed else None)
    assert ("weekly_digest", "mother", 1) not in told(session, cast)
    assert (("weekly_digest", "father", 1) in told(session, cast)) is bool(missed)


def test_a_code_that_was_switched_off_is_not_in_it(session: Session, cast: Cast, worker: Worker) -> None:
    wants_digest(session, cast)
    put_preference(session, cast.mother, "sleep_short", enabled=False)
    put_sheet(session, cast, cast.ada, **SUBMITTED)
    put_sheet(session, cast, cast.ada, night=YESTERDAY, sleep_short_by_minutes=75)
    tick(session, worker, at("20:30"))
    assert digest(session) == says(to_confirm=1)


@pytest.mark.parametrize(
    "quiet",
    [
        {"quiet_from": dt.time(20), "quiet_to": dt.time(7)},
        {"paused_from": TONIGHT, "paused_to": TONIGHT},
    ],
    ids=["quiet hours", "a pause of her own"],
)
def test_quiet_hours_and_a_pause_hold_for_it_too(
    session: Session, cast: Cast, worker: Worker, quiet: dict[str, Any]
) -> None:
    wants_digest(session, cast, **quiet)
    put_sheet(session, cast, cast.ada, **SUBMITTED)
    tick(session, worker, at("20:30"))
    assert digest(session) is None


@pytest.mark.parametrize("gone", ["child paused", "guardianship ended", "consent withdrawn"])
def test_a_child_who_is_not_to_be_spoken_of_is_not_counted(
    session: Session, cast: Cast, worker: Worker, gone: str
) -> None:
    wants_digest(session, cast)
    put_sheet(session, cast, cast.ada, **SUBMITTED)
    if gone == "child paused":
        put_setting(session, cast.ada, paused_from=TONIGHT, paused_to=TONIGHT)
    elif gone == "guardianship ended":
        held = models.Guardianship.guardian_id == cast.mother.id
        session.execute(sa.update(models.Guardianship).where(held).values(ended_at=at("12:00")))
    else:
        session.execute(sa.update(models.Student).where(models.Student.id == cast.ada.id).values(may_write=False))
    tick(session, worker, at("20:30"))
    assert digest(session) is None


def test_what_was_settled_before_it_goes_out_drops_it(
    session: Session, cast: Cast, worker: Worker, channel: FakeChannel, clock: FrozenClock
) -> None:
    wants_digest(session, cast)
    put_endpoint(session, cast.mother, "mothers phone")
    put_sheet(session, cast, cast.ada, **SUBMITTED)
    tick(session, worker, move(clock, "20:30").now())
    change_sheet(session, cast.ada, state=SheetState.confirmed)
    session.commit()
    worker.deliver()
    assert channel.sent == []
    assert [row.outcome_reason for row in outbox_of(session) if row.code == DIGEST] == ["reason_gone"]


@pytest.mark.parametrize(
    ("changed", "arrives"), [({}, True), ({"state": SheetState.confirmed}, False)], ids=["still true", "settled"]
)
def test_a_copy_that_was_asked_for_again_goes_out_only_while_it_is_true(
    session: Session,
    cast: Cast,
    worker: Worker,
    channel: FakeChannel,
    clock: FrozenClock,
    changed: dict[str, Any],
    arrives: bool,
) -> None:
    put_endpoint(session, cast.mother, "mothers phone")
    put_sheet(session, cast, cast.ada, **SUBMITTED)
    tick(session, worker, move(clock, "20:01").now())
    worker.deliver()
    assert len(channel.sent) == 1
    (first,) = [row for row in outbox_of(session) if row.recipient_id == cast.mother.id]
    copy = {name: getattr(first, name) for name in ("school_id", "code", "recipient_id", "subject_id", "night")}
    due = {"due_at": at("20:16"), "created_at": at("20:16"), "expires_at": first.expires_at, "occasion": 11}
    session.execute(sa.insert(models.OutboxRow).values(**copy, **due, params={}))
    if changed:
        change_sheet(session, cast.ada, **changed)
    session.commit()
    move(clock, "20:15")
    worker.deliver()
    assert len(channel.sent) == 1
    move(clock, "20:16")
    worker.deliver()
    assert len(channel.sent) == (2 if arrives else 1)


def test_a_copy_never_reaches_a_child_in_its_silence(
    session: Session, cast: Cast, worker: Worker, channel: FakeChannel, clock: FrozenClock
) -> None:
    put_endpoint(session, cast.ada, "adas phone")
    put_sheet(session, cast, cast.ada, running_written=True, cap_near_at=at("20:00"), cap_reached_at=at("20:10"))
    put_sleep(session, cast.ada)
    tick(session, worker, move(clock, "20:40").now())
    worker.deliver()
    (row,) = [row for row in outbox_of(session) if row.recipient_id == cast.ada.id]
    # As if it had been put there past the end of what can be snoozed.
    late = {"due_at": at("20:55"), "created_at": at("20:55"), "expires_at": at("23:00"), "occasion": 11}
    copy = {name: getattr(row, name) for name in ("school_id", "code", "recipient_id", "subject_id", "night")}
    session.execute(sa.insert(models.OutboxRow).values(**copy, **late, params={}))
    session.commit()
    move(clock, "20:55")
    worker.deliver()
    assert [message.address for message in channel.sent].count("adas phone") == 1
