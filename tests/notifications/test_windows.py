"""What a tick leaves out: a reason whose hours are over costs no statement, and no reminder is lost by it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.reminder_times import CLOCKS, MINUTES
from backend.domain.sheet import SheetState
from backend.services.reminders import outbox
from backend.services.reminders.outbox import Reasons, Recipient
from backend.storage import models
from backend.storage.queries.reminder_reasons.windows import Windowed
from notifications.rules import REASONS
from tests.cast import Cast
from tests.notifications.evening import at, put_homework, put_preference, put_setting, put_sheet

FRIDAY = dt.date(2026, 11, 20)
DAY = dt.timedelta(days=1)


@contextmanager
def inserts(session: Session) -> Iterator[list[str]]:
    """The statements that put rows into the outbox."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "INSERT INTO outbox" in statement:
            found.append(statement)

    sa.event.listen(session.get_bind(), "before_cursor_execute", note)
    try:
        yield found
    finally:
        sa.event.remove(session.get_bind(), "before_cursor_execute", note)


@pytest.mark.parametrize(
    ("clock", "codes"),
    [
        ("03:00", {"wind_down", "bedtime_passed", "start_homework", "confirm_sheet", "sleep_short", "plan_over_cap"}),
        ("08:00", {"cap_reached", "cap_near", "start_homework", "confirm_sheet", "sleep_short", "plan_over_cap"}
         | {"streak", "class_over_cap"}),
        ("19:30", {"cap_reached", "cap_near", "wind_down", "bedtime_passed", "start_homework", "confirm_sheet"}
         | {"plan_over_cap", "evening_digest"}),
    ],
    ids=["at night", "in the morning", "in the evening"],
)  # fmt: skip
def test_a_tick_asks_only_for_what_its_hour_can_hold(session: Session, cast: Cast, clock: str, codes: set[str]) -> None:
    with inserts(session) as statements:
        outbox.put_due(session, reasons=REASONS, now=at(clock))
    assert len(statements) == len(codes)


def everybody_has_everything(session: Session, cast: Cast, latest: dt.time) -> None:
    """A run of nights after which every code has something to say at some minute."""
    for days in range(4):
        night = FRIDAY - days * DAY
        loads = {"capped_minutes": 90, "running_written": days == 0, "sleep_short_by_minutes": 60}
        loads |= {"cap_near_at": at("18:00", day=night), "cap_reached_at": at("18:30", day=night)}
        waits = {"state": SheetState.submitted, "submitted_at": at("19:45", day=night)}
        for child in (cast.ada, cast.finn, cast.dora):
            put_sheet(session, cast, child, night=night, latest_lights_out=latest, **loads, **waits)
    put_homework(session, cast.class_31, "maths", by=cast.maths_teacher, given_on=FRIDAY, over_cap_minutes=10)
    put_preference(session, cast.mother, "bedtime_passed", enabled=True)
    put_setting(session, cast.mother, evening_digest=True, digest_at=dt.time(22, 0))


def unbounded(reasons: Mapping[Recipient, Reasons]) -> dict[Recipient, Reasons]:
    """The same reasons, asked at any hour."""
    return {to: why.reasons if isinstance(why, Windowed) else why for to, why in reasons.items()}


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("end", "latest"),
    [("earliest", dt.time(12, 5)), ("latest", dt.time(21, 20)), ("earliest", dt.time(3, 0))],
    ids=["bed at noon", "bed in the evening", "bed at night"],
)
def test_no_reminder_is_lost_by_a_window_whatever_times_a_school_chooses(
    session: Session, cast: Cast, end: str, latest: dt.time
) -> None:
    times = {each.name: getattr(each, end) for each in CLOCKS}
    times |= {each.name: each.most if end == "earliest" else each.least for each in MINUTES}
    session.execute(sa.update(models.School).values(**times))
    everybody_has_everything(session, cast, latest)
    session.commit()
    wide = {code: unbounded(why) for code, why in REASONS.items()}
    found: Counter[str] = Counter()
    for minutes in range(45, 24 * 60, 60):
        now = at("06:00", day=FRIDAY) + dt.timedelta(minutes=minutes)
        by_window = outbox.put_due(session, reasons=REASONS, now=now)
        session.rollback()
        assert by_window == outbox.put_due(session, reasons=wide, now=now), now
        session.rollback()
        found.update(by_window)
    assert {code for code, rows in found.items() if rows} >= {
        "cap_reached", "wind_down", "bedtime_passed", "sleep_short", "streak", "evening_digest", "publish_estimates",
        "weekly_digest",
    }  # fmt: skip
