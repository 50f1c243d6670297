"""Two weeks of Ada's class for the tests of charts, and what the tables behind the charts have to say."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa

from tests.api.planning import add_sheet
from tests.cast import TONIGHT, Cast, Holder
from tests.client.class_evening import furnish
from tests.client.conftest import Phone
from tests.client.serving import Served

#: Four school nights before tonight, each over the cap of sixty.
NIGHTS = [TONIGHT - dt.timedelta(days=n) for n in (1, 5, 6, 8)]
PERIOD = {"from": (TONIGHT - dt.timedelta(days=27)).isoformat(), "to": TONIGHT.isoformat()}
#: Minutes until half past seven next morning, when the night's figures are fixed.
MORNING = 13 * 60


def furnish_weeks(engine: sa.Engine, cast: Cast) -> list[uuid.UUID]:
    """Twelve sheets on six nights, four of them over the cap."""
    pupils = furnish(engine, cast)
    for night in NIGHTS:
        for number, pupil in enumerate(pupils):
            add_sheet(engine, cast.shiyan.id, cast.class_31.id, pupil, night, 58 + 3 * number)
    return pupils


def figures(served: Served, who: Holder, path: str, **query: str) -> Any:
    return served.ask(who, "GET", f"{path}?{urlencode(PERIOD | query)}")


def shows(desk: Phone, chart: str) -> list[list[str]]:
    """The rows of the table behind a chart, as they stand there."""
    rows = desk.page.locator(f"[data-chart={chart}] tbody tr")
    rows.first.wait_for(state="attached")
    return [row.locator("th, td").all_text_contents() for row in rows.all()]


def said(*values: Any) -> list[str]:
    """Figures as a cell writes them."""
    return ["–" if value is None else f"{value:g}" if isinstance(value, float) else str(value) for value in values]
