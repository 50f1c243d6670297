"""Which tables go into a file, their columns and rows: for a class, a school or a district.

The rows come from the very use cases whose answers the screens draw, so a file withholds what they withhold. How codes
are worded is `export_words`, what a file looks like `spreadsheets`.
"""

import datetime as dt
import enum
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.policy import Stage
from backend.services.actor import Actor
from backend.services.figures import early_warnings, estimates_by_week, reports, trend_overviews, trends
from backend.services.figures.sleep_figures import percent
from backend.services.figures.trend_parts import TrendBy

Row = Mapping[str, Any]
Document = dict[str, Any]


class ExportTable(enum.Enum):
    """Which table; `monthly` is several."""

    figures = "figures"
    heat_map = "heat_map"
    calibration = "calibration"
    calibration_weeks = "calibration_weeks"
    tiers = "tiers"
    distribution = "distribution"
    places = "places"
    sleep = "sleep"
    bedtimes = "bedtimes"
    warnings = "warnings"
    upward = "upward"
    monthly = "monthly"


class ExportOf(enum.Enum):
    """Of what."""

    classes = "class"
    schools = "school"
    districts = "district"


@dataclass(frozen=True)
class Asked:
    """Whose figures somebody wants over which dates; ``id`` is the class's, the school's or the district's."""

    session: Session
    actor: Actor
    of: ExportOf
    id: uuid.UUID
    first: dt.date | None
    last: dt.date | None
    by: TrendBy
    now: dt.datetime
    stage: Stage | None = None
    grade: int | None = None

    @property
    def place(self) -> Document:
        """What the use cases of one place take."""
        return {"session": self.session, "actor": self.actor, f"{self.of.value}_id": self.id, "now": self.now}

    @property
    def period(self) -> Document:
        """The same over the dates."""
        return self.place | {"first": self.first, "last": self.last}

    @property
    def charts(self) -> Document:
        """What the charts' use cases take: of a school, one grade where it is named."""
        grade = {"stage": self.stage, "grade": self.grade} if self.of is ExportOf.schools else {}
        return self.period | grade


_Read = Mapping[ExportOf, Callable[..., Document]]
_TRENDS: _Read = {
    ExportOf.classes: trends.class_trends,
    ExportOf.schools: trends.school_trends,
    ExportOf.districts: trends.district_trends,
}
_OVERVIEW: _Read = {
    ExportOf.classes: trend_overviews.class_overview,
    ExportOf.schools: trend_overviews.school_overview,
    ExportOf.districts: trend_overviews.district_overview,
}
_ESTIMATES: _Read = {
    ExportOf.classes: estimates_by_week.class_estimates,
    ExportOf.schools: estimates_by_week.school_estimates,
    ExportOf.districts: estimates_by_week.district_estimates,
}

FIGURE = (
    "n",
    "enrolled",
    "coverage_percent",
    "mean_minutes",
    "median_minutes",
    "p90_minutes",
    "share_within_percent",
    "cap_minutes",
    "cap_state",
    "amended",
    "withheld",
)
_ESTIMATE = (
    "n_finished",
    "n_censored",
    "stopped_for_sleep",
    "estimated_minutes",
    "median_minutes",
    "p10_minutes",
    "p90_minutes",
    "ratio",
    "km_median_minutes",
    "withheld",
)
SLEEP = (
    "enrolled",
    "n_bedtime",
    "on_time_percent",
    "median_lights_out",
    "n_sleep",
    "projected",
    "median_sleep_minutes",
    "target_met_percent",
    "short_percent",
    "n_weeks",
    "debt_percent",
    "withheld",
)
UPWARD = (
    "n",
    "enrolled",
    "response_percent",
    "mean_minutes",
    "share_within_percent",
    "in_bed_on_time_percent",
    "n_bedtime",
    "sleep_target_met_percent",
    "n_sleep",
    "publication_days",
    "school_days",
    "withheld",
)
_WARNING = ("class_name", "warning", "subject", "from", "to", "count", "of", "value", "limit", "state", "action")
#: The columns of each table, in order; each is a heading's name too. Those of `figures` and `upward` begin with more.
COLUMNS: Mapping[ExportTable, Sequence[str]] = {
    ExportTable.figures: FIGURE,
    ExportTable.heat_map: ("subject", "weekday", "n", "median_minutes", "ratio", "withheld"),
    ExportTable.calibration: ("subject", *_ESTIMATE),
    ExportTable.calibration_weeks: ("from", "to", "subject", *_ESTIMATE),
    ExportTable.tiers: ("from", "to", "tier", *_ESTIMATE),
    ExportTable.distribution: ("share_up_to_percent", "minutes", "n", "cap_minutes", "withheld"),
    ExportTable.places: ("place", "mean_minutes", "share_percent", "n", "withheld"),
    ExportTable.sleep: ("from", "to", *SLEEP),
    ExportTable.bedtimes: ("finished_from", "finished_to", "n", "median_lights_out", "late_percent", "withheld"),
    ExportTable.warnings: _WARNING,
    ExportTable.upward: UPWARD,
}


def columns_of(asked: Asked, table: ExportTable) -> Sequence[str]:
    """The columns of one table for one kind of place."""
    if table is ExportTable.figures:
        head = ("from", "to", "weekday") if asked.by is TrendBy.day else ("from", "to")
        named = head if asked.by.table is None else (asked.by.value,)
        part = {ExportOf.schools: ("class",), ExportOf.districts: ("school",)}.get(asked.of, ())
        return [*named, *part, *FIGURE]
    if table is ExportTable.upward:
        return [*(("school",) if asked.of is ExportOf.districts else ("stage", "grade")), *UPWARD]
    return COLUMNS[table]


def rows_of(asked: Asked, table: ExportTable, total: str) -> list[Row]:
    """The rows of one table; ``total`` names the line of all together. Raises ``NotFound``, ``Invalid``."""
    return [*_ROWS[table](asked, total)]


def tables_for(of: ExportOf, *, sees_warnings: bool) -> frozenset[ExportTable]:
    """What there is of one kind of place; a class reports nothing upward, a district warns of nothing."""
    missing = {
        ExportOf.classes: {ExportTable.upward, ExportTable.monthly},
        ExportOf.schools: set(),
        ExportOf.districts: {ExportTable.warnings, ExportTable.monthly},
    }[of]
    return frozenset({*ExportTable} - missing - (set() if sees_warnings else {ExportTable.warnings}))


def _figures(asked: Asked, total: str) -> Iterable[Row]:
    """A line a row and class or school, and one a row for all."""
    for row in _TRENDS[asked.of](**asked.charts, by=asked.by)["items"]:
        head = {name: row[name] for name in ("from", "to", asked.by.value) if name in row}
        head |= {"weekday": head["from"].isoweekday()} if "from" in head else {}
        yield figure_row(row) | head | {"class": total, "school": total}
        for cell in (*row.get("classes", ()), *row.get("schools", ())):
            yield figure_row(cell) | head | {"class": cell["name"], "school": cell["name"]}


def figure_row(figure: Row) -> Document:
    """A figure with its coverage as a share, and whether it is over the cap as a word's name."""
    coverage = percent(figure["n"], figure["enrolled"]) if figure["n"] is not None and figure["enrolled"] else None
    over = None if figure["over_cap"] is None or figure["cap_minutes"] is None else figure["over_cap"]
    state = None if over is None else "over" if over else "within"
    return {**figure, "coverage_percent": coverage, "cap_state": state}


def _overview(asked: Asked) -> Document:
    return _OVERVIEW[asked.of](**asked.charts)


def _heat_map(asked: Asked, _total: str) -> Iterable[Row]:
    found: list[Row] = _overview(asked)["heat_map"]
    return found


def _calibration(asked: Asked, _total: str) -> Iterable[Row]:
    return estimate_rows(_overview(asked)["calibration"])


def estimate_rows(rows: Iterable[Row]) -> list[Row]:
    """Rows of work against its estimates, whose ``n`` counts pieces of work and not sheets."""
    return [{**row, "n_finished": row["n"]} for row in rows]


def _weeks(rows: Iterable[Row], period: Row) -> Iterable[Row]:
    """Each row's weeks, then its whole period."""
    for row in rows:
        name = {key: row[key] for key in ("subject", "tier") if key in row}
        yield from estimate_rows({**week, **name} for week in row["weeks"])
        yield from estimate_rows([{**row, "from": period["from"], "to": period["to"]}])


def _calibration_weeks(asked: Asked, _total: str) -> Iterable[Row]:
    found = _ESTIMATES[asked.of](**asked.charts)
    return _weeks(found["subjects"], found)


def _tiers(asked: Asked, _total: str) -> Iterable[Row]:
    found = _ESTIMATES[asked.of](**asked.charts)
    return _weeks(found["tiers"], found)


def _distribution(asked: Asked, _total: str) -> Iterable[Row]:
    """Of a class as it stands, how many sheets took how long; else the box, a line a share."""
    found = _overview(asked)["distribution"]
    if found is None:
        return []
    cap = {"cap_minutes": found["cap_minutes"], "withheld": False}
    if found["values"] is not None:
        return [{"minutes": minutes, "n": n} | cap for minutes, n in sorted(Counter(found["values"]).items())]
    if found["box"] is not None:
        box = found["box"].items()
        return [{"share_up_to_percent": int(at[1:]), "minutes": value, "n": found["n"]} | cap for at, value in box]
    return [{"withheld": found["basis"] == "withheld"}]


def _places(asked: Asked, _total: str) -> Iterable[Row]:
    found = _overview(asked)["places"]
    return [] if found is None else place_rows(found)


def place_rows(places: Row) -> list[Row]:
    """A line for school and one for home."""
    share = places["school_share_percent"]
    shares = {"school": share, "home": None if share is None else 100 - share}
    rest = {"n": places["n"], "withheld": places["withheld"]}
    return [
        {"place": name, "mean_minutes": places[f"{name}_minutes"], "share_percent": shares[name]} | rest
        for name in ("school", "home")
    ]


def _sleep(asked: Asked, _total: str) -> Iterable[Row]:
    found = _overview(asked)
    whole = [] if found["sleep"] is None else [{"from": found["from"], "to": found["to"]} | found["sleep"]]
    return [*found["sleep_weeks"], *whole]


def _bedtimes(asked: Asked, _total: str) -> Iterable[Row]:
    found = _overview(asked)["bedtimes"]
    bins = [] if found is None else found["bins"]
    return [{**each, "finished_from": each["from"], "finished_to": each["to"]} for each in bins]


def _warnings(asked: Asked, _total: str) -> Iterable[Row]:
    read = early_warnings.class_warnings if asked.of is ExportOf.classes else early_warnings.school_warnings
    for row in read(**asked.place)["items"]:
        closed = row["closed"]
        state = "closed" if closed else "open"
        yield {**row, "warning": row["code"], "state": state, "action": closed and closed["action"], "withheld": False}


def _upward(asked: Asked, total: str) -> Iterable[Row]:
    if asked.of is ExportOf.districts:
        found = reports.district_upward(**asked.period)
        return [*({**each, "school": each["name"]} for each in found["schools"]), {"school": total} | found["total"]]
    found = reports.school_upward(**asked.period)
    return [*found["grades"], {"stage": total} | found["total"]]


_ROWS: Mapping[ExportTable, Callable[[Asked, str], Iterable[Row]]] = {
    ExportTable.figures: _figures,
    ExportTable.heat_map: _heat_map,
    ExportTable.calibration: _calibration,
    ExportTable.calibration_weeks: _calibration_weeks,
    ExportTable.tiers: _tiers,
    ExportTable.distribution: _distribution,
    ExportTable.places: _places,
    ExportTable.sleep: _sleep,
    ExportTable.bedtimes: _bedtimes,
    ExportTable.warnings: _warnings,
    ExportTable.upward: _upward,
}
