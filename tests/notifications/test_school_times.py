"""A school moves its reminders: each comes at the chosen time, and other schools' stay where they are."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.sheet import SheetState
from backend.storage import models
from notifications.worker import Worker
from tests.cast import TONIGHT, Cast
from tests.notifications.evening import at, due_of, put_preference, put_sheet, told

FRIDAY = dt.date(2026, 11, 20)


def choose(session: Session, cast: Cast, **times: Any) -> None:
    """The cast's school moves some of its times."""
    session.execute(sa.update(models.School).where(models.School.id == cast.shiyan.id).values(**times))


def codes_at(session: Session, cast: Cast, worker: Worker, now: dt.datetime) -> set[str]:
    session.commit()
    worker.tick(now)
    return {code for code, _, _ in told(session, cast)}


@pytest.mark.parametrize(("time", "comes"), [("15:59", False), ("16:00", True), ("17:59", True), ("18:00", False)])
def test_publish_estimates(session: Session, cast: Cast, worker: Worker, time: str, comes: bool) -> None:
    choose(session, cast, publish_estimates_at=dt.time(16))
    assert ("publish_estimates" in codes_at(session, cast, worker, at(time))) is comes


@pytest.mark.parametrize(("time", "comes"), [("+06:29", False), ("+06:30", True), ("+11:59", True)])
def test_confirm_again(session: Session, cast: Cast, worker: Worker, time: str, comes: bool) -> None:
    choose(session, cast, confirm_again_at=dt.time(6, 30))
    put_sheet(session, cast, cast.ada, state=SheetState.submitted, submitted_at=at("20:00"))
    codes_at(session, cast, worker, at(time))
    assert (("confirm_sheet", "mother", 2) in told(session, cast)) is comes


@pytest.mark.parametrize(("time", "comes"), [("+10:29", False), ("+10:30", True)])
def test_sleep_short(session: Session, cast: Cast, worker: Worker, time: str, comes: bool) -> None:
    choose(session, cast, sleep_short_at=dt.time(10, 30))
    put_sheet(session, cast, cast.ada, sleep_short_by_minutes=75)
    assert ("sleep_short" in codes_at(session, cast, worker, at(time))) is comes


@pytest.mark.parametrize(("time", "comes"), [("+07:59", False), ("+08:00", True)])
def test_streak(session: Session, cast: Cast, worker: Worker, time: str, comes: bool) -> None:
    choose(session, cast, streak_at=dt.time(8))
    for days in (0, 1, 2):
        put_sheet(session, cast, cast.ada, night=TONIGHT - dt.timedelta(days=days), capped_minutes=61)
    assert ("streak" in codes_at(session, cast, worker, at(time))) is comes


@pytest.mark.parametrize(("time", "comes"), [("17:59", False), ("18:00", True), ("19:59", True), ("20:00", False)])
def test_weekly_digest(session: Session, cast: Cast, worker: Worker, time: str, comes: bool) -> None:
    choose(session, cast, weekly_digest_at=dt.time(18))
    put_sheet(session, cast, cast.ada, capped_minutes=61)
    assert ("weekly_digest" in codes_at(session, cast, worker, at(time, day=FRIDAY))) is comes


@pytest.mark.parametrize(
    ("minutes", "time", "comes"), [(60, "20:19", False), (60, "20:20", True), (35, "20:44", False)]
)
def test_wind_down(session: Session, cast: Cast, worker: Worker, minutes: int, time: str, comes: bool) -> None:
    choose(session, cast, wind_down_before_minutes=minutes)
    put_sheet(session, cast, cast.ada)
    assert ("wind_down" in codes_at(session, cast, worker, at(time))) is comes


def test_a_child_who_is_allowed_still_hears_of_winding_down_at_the_shortest_choice(
    session: Session, cast: Cast, worker: Worker
) -> None:
    choose(session, cast, wind_down_before_minutes=35)
    put_sheet(session, cast, cast.ada)
    put_preference(session, cast.ada, "wind_down", enabled=True)
    session.commit()
    worker.tick(at("20:45"))
    assert "ada about ada" in due_of(session, cast, "wind_down")


@pytest.mark.parametrize("sheet", [True, False], ids=["with a sheet", "without a sheet, asked for"])
@pytest.mark.parametrize(("time", "comes"), [("21:39", False), ("21:40", True), ("23:39", True), ("23:40", False)])
def test_bedtime_passed(session: Session, cast: Cast, worker: Worker, time: str, comes: bool, sheet: bool) -> None:
    choose(session, cast, bedtime_passed_after_minutes=20)
    put_preference(session, cast.mother, "bedtime_passed", enabled=True)
    if sheet:
        put_sheet(session, cast, cast.ada)
    session.commit()
    worker.tick(at(time))
    assert ("mother about ada" in due_of(session, cast, "bedtime_passed")) is comes


def test_another_schools_time_stays(session: Session, cast: Cast, worker: Worker) -> None:
    choose(session, cast, sleep_short_at=dt.time(13))
    put_sheet(session, cast, cast.ada, sleep_short_by_minutes=75)
    put_sheet(session, cast, cast.zed, sleep_short_by_minutes=75)
    session.commit()
    worker.tick(at("+09:00"))
    assert due_of(session, cast, "sleep_short") == {"zed_mother about zed"}
