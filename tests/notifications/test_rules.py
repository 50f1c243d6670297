"""Each reminder around its boundaries: whom a tick tells at a minute, and whom it does not.

A case is a sheet, a local time and who is told then. Rows that are true an hour later are told an hour later.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.domain.sheet import SheetState
from backend.storage import models
from notifications.worker import Worker
from tests.cast import TONIGHT, Cast
from tests.notifications.evening import (
    at,
    move,
    outbox_of,
    put_preference,
    put_setting,
    put_sheet,
    put_sleep,
    told,
)

OF_THE_NIGHT = {"cap_near", "cap_reached", "bedtime_passed", "confirm_sheet", "sleep_short"}
LAST_NIGHT = TONIGHT - dt.timedelta(days=1)
RUNNING: dict[str, Any] = {"running_written": True, "cap_near_at": at("19:48"), "cap_reached_at": at("20:00:30")}


def told_at(session: Session, cast: Cast, worker: Worker, clock: FrozenClock, time: str) -> set[str]:
    """``code:person`` of these five reminders in the outbox after a tick; occasion 2 as ``code2:person``."""
    session.commit()
    worker.tick(move(clock, time).now())
    return {
        f"{code}{'' if occasion == 1 else occasion}:{who}"
        for code, who, occasion in told(session, cast)
        if code in OF_THE_NIGHT
    }


BOTH = {"cap_reached:ada", "cap_reached:mother", "cap_reached:father"}
GUARDIANS = BOTH - {"cap_reached:ada"}


@pytest.mark.parametrize(
    ("sheet", "time", "expected"),
    [
        (RUNNING, "19:47:59", set()),
        (RUNNING, "19:48", {"cap_near:ada"}),
        (RUNNING, "20:00:29", {"cap_near:ada"}),
        (RUNNING, "20:00:30", BOTH),
        (RUNNING | {"running_written": False}, "19:50", set()),
        (RUNNING | {"cap_minutes": 0, "cap_reached_at": None}, "19:50", set()),
        (RUNNING | {"cap_reached_at": None}, "20:30", {"cap_near:ada"}),
        (RUNNING | {"latest_lights_out": dt.time(20, 18)}, "19:47", set()),
        (RUNNING | {"latest_lights_out": dt.time(20, 19)}, "19:48", {"cap_near:ada"}),
        (RUNNING | {"latest_lights_out": dt.time(20, 18)}, "19:48", set()),
    ],
    ids=[
        "a second before 80 % nobody",
        "at 80 % the student",
        "a second before the cap is passed still only that it is near",
        "past the cap both, and not any more that it is near",
        "nothing runs: nobody",
        "cap 0 has no near",
        "the cap will not be passed: still near",
        "before 80 % nobody, whatever bedtime",
        "31 minutes before lights-out the student may hear it",
        "30 minutes before lights-out the student hears nothing",
    ],
)
def test_cap_near(
    session: Session,
    cast: Cast,
    worker: Worker,
    clock: FrozenClock,
    sheet: dict[str, Any],
    time: str,
    expected: set[str],
) -> None:
    put_sheet(session, cast, cast.ada, **sheet)
    assert told_at(session, cast, worker, clock, time) == expected


TYPED: dict[str, Any] = {"cap_reached_at": at("19:30"), "cap_reached_by_timer": False}


@pytest.mark.parametrize(
    ("sheet", "time", "expected"),
    [
        (TYPED | {"changed_at": at("20:10")}, "20:11", GUARDIANS),
        (TYPED | {"changed_at": at("20:10"), "cap_reached_by_timer": True}, "20:11", BOTH),
        (TYPED | {"changed_at": at("20:10"), "cap_reached_by_timer": None}, "20:11", GUARDIANS),
        (TYPED | {"changed_at": at("21:20")}, "21:21", GUARDIANS),
        (TYPED | {"changed_at": at("21:20:01")}, "21:21", set()),
        (TYPED | {"changed_at": at("20:10")}, "23:59", GUARDIANS),
        (TYPED | {"changed_at": at("20:10")}, "+00:00", set()),
        (RUNNING | {"cap_minutes": 0, "cap_near_at": None, "cap_reached_at": at("19:00:30")}, "19:01", BOTH),
        (RUNNING | {"latest_lights_out": dt.time(20, 30)}, "20:01", GUARDIANS),
        ({"cap_reached_at": None}, "21:00", set()),
    ],
    ids=[
        "typed afterwards: the guardians alone",
        "finished by its timer: the student too",
        "nobody says how it was recorded: the guardians alone",
        "recorded at bedtime, to the second: the guardians",
        "recorded after bedtime: nobody",
        "an hour and more late it is still true",
        "at midnight it is over",
        "cap 0: any written work",
        "within the student's silence: the guardians alone",
        "within the cap: nobody",
    ],
)
def test_cap_reached(
    session: Session,
    cast: Cast,
    worker: Worker,
    clock: FrozenClock,
    sheet: dict[str, Any],
    time: str,
    expected: set[str],
) -> None:
    put_sheet(session, cast, cast.ada, **sheet)
    found = told_at(session, cast, worker, clock, time)
    assert {each for each in found if each.startswith("cap_")} == expected


def test_the_cap_reached_at_1940_with_lights_out_at_2000_tells_the_guardian_only(
    session: Session, cast: Cast, worker: Worker, clock: FrozenClock
) -> None:
    put_sheet(
        session,
        cast,
        cast.ada,
        running_written=True,
        cap_near_at=at("19:28"),
        cap_reached_at=at("19:40"),
        latest_lights_out=dt.time(20, 0),
    )
    assert told_at(session, cast, worker, clock, "19:40") == GUARDIANS


def test_work_that_was_recorded_before_lights_out_was_logged_counts_as_before_bedtime(
    session: Session, cast: Cast, worker: Worker, clock: FrozenClock
) -> None:
    put_sheet(session, cast, cast.ada, **TYPED, changed_at=at("20:50"))
    put_sleep(session, cast.ada, lights_out_at=at("20:45"))
    assert told_at(session, cast, worker, clock, "20:51") == set()


ASKED = {"bedtime_passed:mother", "bedtime_passed:father"}


@pytest.mark.parametrize(
    ("time", "expected"),
    [("21:29:59", set()), ("21:30", ASKED), ("22:30", ASKED), ("23:29:59", ASKED), ("23:30", set()), ("+06:30", set())],
)
def test_bedtime_passed_from_ten_minutes_after_latest_lights_out_for_two_hours(
    session: Session, cast: Cast, worker: Worker, clock: FrozenClock, time: str, expected: set[str]
) -> None:
    put_sheet(session, cast, cast.ada)
    assert told_at(session, cast, worker, clock, time) == expected


def test_bedtime_passed_is_not_told_once_lights_out_is_logged(
    session: Session, cast: Cast, worker: Worker, clock: FrozenClock
) -> None:
    put_sheet(session, cast, cast.ada)
    put_sleep(session, cast.ada, lights_out_at=at("21:25"))
    assert told_at(session, cast, worker, clock, "21:30") == set()


def test_bedtime_passed_knows_a_bedtime_after_midnight(
    session: Session, cast: Cast, worker: Worker, clock: FrozenClock
) -> None:
    put_sheet(session, cast, cast.ada, latest_lights_out=dt.time(0, 10))
    assert told_at(session, cast, worker, clock, "+00:19") == set()
    assert told_at(session, cast, worker, clock, "+00:20") == ASKED


@pytest.mark.parametrize(
    ("time", "expected"), [("21:29", set()), ("21:30", {"bedtime_passed:mother"}), ("23:30", set())]
)
def test_without_a_sheet_bedtime_passed_goes_to_the_guardian_who_asked(
    session: Session, cast: Cast, worker: Worker, clock: FrozenClock, time: str, expected: set[str]
) -> None:
    put_preference(session, cast.mother, "bedtime_passed", enabled=True)
    assert told_at(session, cast, worker, clock, time) == expected


def test_whoever_asked_is_left_in_peace_too_once_lights_out_is_logged(
    session: Session, cast: Cast, worker: Worker, clock: FrozenClock
) -> None:
    put_preference(session, cast.father, "bedtime_passed", enabled=True)
    put_sheet(session, cast, cast.ada)
    put_sleep(session, cast.ada, lights_out_at=at("21:25"))
    assert told_at(session, cast, worker, clock, "21:30") == set()


SUBMITTED: dict[str, Any] = {"state": SheetState.submitted, "submitted_at": at("20:30")}
FIRST = {"confirm_sheet:mother", "confirm_sheet:father"}
SECOND = {"confirm_sheet2:mother", "confirm_sheet2:father"}


@pytest.mark.parametrize(
    ("sheet", "time", "expected"),
    [
        (SUBMITTED, "20:29:59", set()),
        (SUBMITTED, "20:30", FIRST),
        (SUBMITTED, "+05:59", FIRST),
        (SUBMITTED, "+06:00", set()),
        (SUBMITTED, "+07:29:59", set()),
        (SUBMITTED, "+07:30", SECOND),
        (SUBMITTED, "+11:59", SECOND),
        (SUBMITTED, "+12:00", set()),
        (SUBMITTED | {"submitted_at": at("+00:40")}, "+07:30", SECOND),
        (SUBMITTED | {"submitted_at": at("+07:10")}, "+07:30", FIRST),
        (SUBMITTED | {"state": SheetState.confirmed}, "20:31", set()),
        (SUBMITTED | {"state": SheetState.confirmed}, "+07:30", set()),
        ({"state": SheetState.open}, "20:31", set()),
    ],
    ids=[
        "before submission nobody",
        "at submission",
        "late, but still in the night",
        "the night is over: not any more",
        "not yet again",
        "once more at half past seven",
        "late, but still in the morning",
        "at noon no more",
        "submitted after midnight: once more the same morning",
        "submitted in the morning: that is its first time, not its second",
        "confirmed: nobody in the evening",
        "confirmed: nobody in the morning",
        "still open: nobody",
    ],
)
def test_confirm_sheet(
    session: Session,
    cast: Cast,
    worker: Worker,
    clock: FrozenClock,
    sheet: dict[str, Any],
    time: str,
    expected: set[str],
) -> None:
    put_sheet(session, cast, cast.ada, **sheet, latest_lights_out=None)
    assert told_at(session, cast, worker, clock, time) == expected


def test_confirm_sheet_is_told_twice_in_all_however_often_the_worker_ticks(
    session: Session, cast: Cast, worker: Worker, clock: FrozenClock
) -> None:
    put_sheet(session, cast, cast.ada, **SUBMITTED, latest_lights_out=None)
    for time in ("20:30", "20:31", "20:32", "+07:30", "+07:31", "+07:32"):
        told_at(session, cast, worker, clock, time)
    assert len(outbox_of(session)) == 4


SHORT: dict[str, Any] = {"state": SheetState.confirmed, "sleep_minutes": 569, "sleep_short_by_minutes": 31}
TOLD = {"sleep_short:mother", "sleep_short:father"}


@pytest.mark.parametrize(
    ("sheet", "woke", "time", "expected"),
    [
        (SHORT, None, "08:59:59", set()),
        (SHORT, None, "09:00", TOLD),
        (SHORT, "06:50", "06:51", TOLD),
        (SHORT, "05:10", "05:11", TOLD),
        (SHORT | {"sleep_short_by_minutes": 30}, "06:50", "09:00", set()),
        (SHORT | {"sleep_short_by_minutes": None}, None, "09:00", set()),
        (SHORT, "06:50", "13:59", TOLD),
        (SHORT, "06:50", "14:00", set()),
    ],
    ids=[
        "waking not logged: not before nine",
        "waking not logged: at nine",
        "waking logged: at once",
        "an early waking counts to the night before",
        "within the tolerance: nobody",
        "not known: nobody",
        "late, but the same morning",
        "in the afternoon no more",
    ],
)
def test_sleep_short(
    session: Session,
    cast: Cast,
    worker: Worker,
    clock: FrozenClock,
    sheet: dict[str, Any],
    woke: str | None,
    time: str,
    expected: set[str],
) -> None:
    put_sheet(session, cast, cast.ada, night=LAST_NIGHT, **sheet)
    put_sleep(
        session,
        cast.ada,
        night=LAST_NIGHT,
        lights_out_at=at("21:40", day=LAST_NIGHT),
        woke_at=at(woke) if woke else None,
    )
    assert told_at(session, cast, worker, clock, time) == expected


def test_sleep_short_carries_minutes_and_says_what_they_rest_on(
    session: Session, cast: Cast, worker: Worker, clock: FrozenClock
) -> None:
    put_sheet(session, cast, cast.ada, night=LAST_NIGHT, **SHORT, sleep_is_projected=True)
    told_at(session, cast, worker, clock, "09:00")
    expected = {"short_by_minutes": 31, "sleep_minutes": 569, "sleep_target_minutes": 600, "basis": "projected"}
    assert [row.params for row in outbox_of(session)] == [expected, expected]


def test_each_school_is_asked_by_its_own_clock(
    session: Session, cast: Cast, worker: Worker, clock: FrozenClock
) -> None:
    session.execute(sa.update(models.School).where(models.School.id == cast.other_school.id).values(zone="Asia/Urumqi"))
    put_sheet(session, cast, cast.ada, **SUBMITTED, latest_lights_out=None)
    put_sheet(session, cast, cast.zed, **SUBMITTED, latest_lights_out=None)
    told_at(session, cast, worker, clock, "20:30")
    assert told_at(session, cast, worker, clock, "+07:30") - FIRST == SECOND | {"confirm_sheet:zed_mother"}
    assert "confirm_sheet2:zed_mother" in told_at(session, cast, worker, clock, "+09:30")


def test_a_guardian_whose_guardianship_has_ended_hears_nothing(
    session: Session, cast: Cast, worker: Worker, clock: FrozenClock
) -> None:
    put_sheet(session, cast, cast.ada, **RUNNING)
    assert "cap_reached:grandfather" not in told_at(session, cast, worker, clock, "20:01")


def test_without_consent_nobody_is_written_to_about_the_child(
    session: Session, cast: Cast, worker: Worker, clock: FrozenClock
) -> None:
    put_sheet(session, cast, cast.dora, **RUNNING)
    assert told_at(session, cast, worker, clock, "20:01") == set()


def test_another_familys_guardian_hears_nothing(
    session: Session, cast: Cast, worker: Worker, clock: FrozenClock
) -> None:
    put_sheet(session, cast, cast.ben, **RUNNING)
    assert told_at(session, cast, worker, clock, "20:01") == {"cap_reached:ben", "cap_reached:ben_mother"}


@pytest.mark.parametrize(
    ("setting", "time", "is_told"),
    [
        ({"quiet_from": dt.time(20, 30), "quiet_to": dt.time(7, 0)}, "20:29", True),
        ({"quiet_from": dt.time(20, 30), "quiet_to": dt.time(7, 0)}, "20:30", False),
        ({"quiet_from": dt.time(20, 0), "quiet_to": dt.time(20, 31)}, "20:30", False),
        ({"quiet_from": dt.time(20, 0), "quiet_to": dt.time(20, 31)}, "20:31", True),
        ({"quiet_from": dt.time(20, 30), "quiet_to": dt.time(20, 30)}, "20:30", True),
        ({"paused_from": TONIGHT, "paused_to": TONIGHT}, "20:31", False),
        ({"paused_from": TONIGHT, "paused_to": None}, "20:31", False),
        ({"paused_from": None, "paused_to": TONIGHT}, "20:31", True),
        ({"paused_from": LAST_NIGHT, "paused_to": LAST_NIGHT}, "20:31", True),
    ],
    ids=[
        "before quiet hours",
        "in quiet hours that go across midnight",
        "in quiet hours of the evening",
        "at their end",
        "equal times are no quiet hours",
        "paused today",
        "paused without an end",
        "a pause without a beginning is none",
        "the pause is over",
    ],
)
def test_quiet_hours_and_pauses_are_heeded(
    session: Session,
    cast: Cast,
    worker: Worker,
    clock: FrozenClock,
    setting: dict[str, Any],
    time: str,
    is_told: bool,
) -> None:
    put_sheet(session, cast, cast.ada, state=SheetState.submitted, submitted_at=at("20:10"), latest_lights_out=None)
    put_setting(session, cast.mother, **setting)
    found = told_at(session, cast, worker, clock, time)
    assert ("confirm_sheet:mother" in found) is is_told
    assert "confirm_sheet:father" in found


def test_a_pause_of_the_child_is_a_pause_for_everybody(
    session: Session, cast: Cast, worker: Worker, clock: FrozenClock
) -> None:
    put_sheet(session, cast, cast.ada, **SUBMITTED, latest_lights_out=None)
    put_setting(session, cast.ada, paused_from=TONIGHT)
    assert told_at(session, cast, worker, clock, "20:31") == set()


def test_a_code_that_is_switched_off_does_not_come(
    session: Session, cast: Cast, worker: Worker, clock: FrozenClock
) -> None:
    put_sheet(session, cast, cast.ada, **RUNNING)
    put_preference(session, cast.father, "cap_reached", enabled=False)
    put_preference(session, cast.mother, "confirm_sheet", enabled=False)
    assert told_at(session, cast, worker, clock, "20:01") == BOTH - {"cap_reached:father"}


def test_what_is_settled_is_never_told(session: Session, cast: Cast, worker: Worker, clock: FrozenClock) -> None:
    put_sheet(session, cast, cast.ada, **SUBMITTED, latest_lights_out=None)
    session.commit()
    assert worker.settle(move(clock, "20:40").now())["confirm_sheet"] == 2
    told_at(session, cast, worker, clock, "20:41")
    assert {(row.state.value, row.outcome_reason) for row in outbox_of(session)} == {("dropped", "before_our_time")}
