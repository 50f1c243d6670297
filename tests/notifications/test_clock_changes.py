"""Where the clocks change, every reminder comes once at its local time, and every silence begins and ends once.

A day is played on the worker's own clock, over the change, in zones of both hemispheres and in two that have none,
with a tick in the minute of each reminder and in the one before. What a table says is the school's wall clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.sheet import SheetState
from backend.domain.silence import is_silent, silent_window
from backend.services.reminders import outbox
from backend.storage import models
from notifications.rules import REASONS
from tests.cast import Cast
from tests.notifications.evening import put_setting, put_sheet

MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
#: Of each hour, or of the half hour that a clock may be moved by.
TICKS = (0, 29, 30, 34, 35, 59)
#: The zone and the date on which its clocks change in the night, or would if it had such nights.
CHANGES = [
    ("Europe/Berlin", dt.date(2026, 10, 25)),
    ("Europe/Berlin", dt.date(2027, 3, 28)),
    ("America/New_York", dt.date(2026, 11, 1)),
    ("America/New_York", dt.date(2027, 3, 14)),
    ("Australia/Sydney", dt.date(2026, 10, 4)),
    ("Australia/Sydney", dt.date(2027, 4, 4)),
    ("Australia/Lord_Howe", dt.date(2027, 4, 4)),
    ("Africa/Cairo", dt.date(2026, 10, 30)),  # at midnight: 30 October has 00:00 to 01:00 twice at its very end
    ("Africa/Cairo", dt.date(2027, 4, 30)),
    ("Asia/Shanghai", dt.date(2026, 10, 25)),
    ("America/Sao_Paulo", dt.date(2026, 10, 18)),
]
over_each_change = pytest.mark.parametrize(("zone", "changes_on"), CHANGES, ids=[f"{z} {d}" for z, d in CHANGES])


def wall(zone: str, day: dt.date, clock: str) -> dt.datetime:
    """The instant of a local time that comes once."""
    return dt.datetime.combine(day, dt.time.fromisoformat(clock), ZoneInfo(zone)).astimezone(dt.UTC)


def shown(zone: str, at: dt.datetime) -> str:
    """What the school's wall shows."""
    return f"{at.astimezone(ZoneInfo(zone)):%a %H:%M}"


def sheets_over(session: Session, cast: Cast, zone: str, changes_on: dt.date) -> None:
    """Emil misses his sleep every night around the change, hands in at 20:00 and is in bed by nobody's account."""
    session.execute(sa.update(models.School).values(zone=zone))
    session.execute(sa.delete(models.SchoolDay))
    for days in range(-9, 9):
        day = {"school_id": cast.emil.school_id, "day": changes_on + days * DAY}
        session.execute(
            sa.insert(models.SchoolDay).values(**day, is_school_day=True, timetable_weekday=None, status="announced")
        )
    for days in (-3, -2, -1, 0):
        night = changes_on + days * DAY
        put_sheet(
            session,
            cast,
            cast.emil,
            night=night,
            state=SheetState.submitted,
            submitted_at=wall(zone, night, "20:00"),
            changed_at=wall(zone, night, "20:00"),
            latest_lights_out_at=wall(zone, night, "21:20"),
            sleep_short_by_minutes=60,
        )


def ticks(zone: str, first: dt.datetime, last: dt.datetime) -> Iterator[dt.datetime]:
    """The minutes that matter, as often as the wall clock shows them."""
    return (now for now in minutes(first, last) if now.astimezone(ZoneInfo(zone)).minute in TICKS)


def minutes(first: dt.datetime, last: dt.datetime) -> Iterator[dt.datetime]:
    """Every full minute of the worker's clock."""
    while first < last:
        yield first
        first += MINUTE


@over_each_change
def test_each_reminder_comes_once_at_its_local_time(
    session: Session, cast: Cast, zone: str, changes_on: dt.date
) -> None:
    sheets_over(session, cast, zone, changes_on)
    before = changes_on - DAY
    session.commit()
    outbox.put_due(session, reasons=REASONS, now=wall(zone, before, "19:59"))
    session.execute(sa.delete(models.OutboxRow))
    for now in ticks(zone, wall(zone, before, "19:59"), wall(zone, changes_on, "22:00")):
        outbox.put_due(session, reasons=REASONS, now=now)
    rows = session.scalars(
        sa.select(models.OutboxRow).where(models.OutboxRow.recipient_id == cast.mother.id).order_by("created_at")
    )
    came = [(row.code, row.occasion, shown(zone, row.created_at)) for row in rows]
    eve, day = f"{before:%a}", f"{changes_on:%a}"
    assert came == [
        ("confirm_sheet", 1, f"{eve} 20:00"),
        ("wind_down", 1, f"{eve} 20:35"),
        ("bedtime_passed", 1, f"{eve} 21:30"),
        ("confirm_sheet", 2, f"{day} 07:30"),
        *sorted([("sleep_short", 1, f"{day} 09:00"), ("streak", 1, f"{day} 09:00")]),
        *([("weekly_digest", 1, f"{day} 17:00")] if changes_on.weekday() == 4 else []),
        ("confirm_sheet", 1, f"{day} 20:00"),
        ("wind_down", 1, f"{day} 20:35"),
        ("bedtime_passed", 1, f"{day} 21:30"),
    ]


@over_each_change
@pytest.mark.parametrize("latest", ["20:00", "21:20", "23:30", "00:15"])
def test_a_silence_begins_once_and_ends_once_at_its_local_times(zone: str, changes_on: dt.date, latest: str) -> None:
    clock = dt.time.fromisoformat(latest)
    night = changes_on - DAY
    windows = [
        silent_window(clock, night + n * DAY, zone, next_day_is_school_day=True) for n in (-1, 0, 1)
    ]  # fmt: skip
    turns, was = [], True
    for now in minutes(wall(zone, night, "06:00"), wall(zone, changes_on, "19:00")):
        silent = is_silent(now, windows)
        if silent != was:
            turns.append((silent, now))
        was = silent
    begins = wall(zone, night if clock.hour > 12 else changes_on, latest) - 30 * MINUTE
    assert [silent for silent, _ in turns] == [False, True, False]
    assert turns[1][1] == begins
    assert shown(zone, turns[0][1]) == f"{night:%a} 07:00"
    assert shown(zone, turns[2][1]) == f"{changes_on:%a} 07:00"


@pytest.mark.sqlite
@over_each_change
def test_quiet_hours_over_the_change_keep_to_the_wall_clock(
    session: Session, cast: Cast, zone: str, changes_on: dt.date
) -> None:
    sheets_over(session, cast, zone, changes_on)
    put_setting(session, cast.mother, quiet_from=dt.time(20, 30), quiet_to=dt.time(9, 30))
    session.commit()
    for now in ticks(zone, wall(zone, changes_on - DAY, "20:30"), wall(zone, changes_on, "09:31")):
        outbox.put_due(session, reasons=REASONS, now=now)
    rows = session.scalars(sa.select(models.OutboxRow).where(models.OutboxRow.recipient_id == cast.mother.id))
    assert {shown(zone, row.created_at) for row in rows} == {f"{changes_on:%a} 09:30"}
