"""Days of a small school with a weekend, an outage, deaths and faults: every reminder once, or a stated reason."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from tests.simulation.played import Plan, Play

FRIDAY = dt.date(2026, 11, 6)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Refused credentials are part of the play."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def played(url: str, plan: Plan) -> Play:
    """The play of a plan."""
    play = Play(url, plan)
    play.run()
    return play


def test_over_a_weekend_with_an_outage_every_reminder_goes_out_once_or_has_a_stated_reason(database_url: str) -> None:
    plan = Plan(seed=7, students=48, first=FRIDAY, days=4, every_minutes=10, deaths_a_day=25)
    play = played(database_url, plan)
    assert play.account.wrong == []
    codes = {row.due.code for row in play.account.rows.values()}
    assert codes >= {"cap_reached", "cap_near", "confirm_sheet", "bedtime_passed", "sleep_short", "publish_estimates"}
    assert play.counts.deaths > 10
    assert play.oracle.passed_by.keys() - play.oracle.told.keys(), "the outage passed nothing by"
    assert len(play.phones.shown) > 200


@pytest.mark.parametrize(
    ("zone", "first"),
    [
        ("Europe/Berlin", dt.date(2026, 10, 24)),
        ("America/New_York", dt.date(2027, 3, 13)),
        ("Australia/Lord_Howe", dt.date(2026, 10, 3)),
    ],
    ids=["an hour back", "an hour ahead", "half an hour ahead"],
)
def test_over_a_change_of_the_clocks_nothing_is_lost_or_told_twice_and_children_sleep(
    database_url: str, zone: str, first: dt.date
) -> None:
    plan = Plan(seed=5, students=30, first=first, days=2, zone=ZoneInfo(zone), every_minutes=20, outage=None)
    play = played(database_url, plan)
    assert play.account.wrong == []
    assert len(play.account.rows) > 20
