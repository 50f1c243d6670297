"""Sleep and bedtimes of many sheets at once (rule 6), on nights before a school day; withheld below five (rule 11)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from backend.domain.night import days_after
from backend.domain.percentiles import half_up, median_minutes
from backend.domain.trends import MINIMUM, suppress
from backend.services.figures.class_figures import Cell
from backend.services.figures.trend_parts import monday_of

#: A week's sleep debt from which it is counted.
DEBT_MINUTES = 60
BIN_MINUTES = 30
_NOON = 12 * 60
#: In place of a half hour: those who logged a bedtime and no homework.
_WITHOUT = -1
_DAY = 24 * 60
_NAMES = (
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
)


def percent(part: int, whole: int) -> int | None:
    """A share in whole per cent, half up; None of nothing."""
    return half_up(Fraction(100 * part, whole)) if whole else None


def clock_of(minutes_after_noon: int) -> str:
    """A time on the wall: 580 minutes after noon are 21:40."""
    minutes = (_NOON + minutes_after_noon) % _DAY
    return f"{minutes // 60:02}:{minutes % 60:02}"


def sleep_figure(cells: Iterable[Cell], *, live: bool, tolerance: int) -> dict[str, Any]:
    """Shares and medians over all nights of some cells; each kind of figure only from cells that may show it."""
    every = list(cells)
    lights = _rows(every, "lights", live)
    sleep = _rows(every, "sleep", live)
    debts = _rows(every, "debts", live)
    if not (lights or sleep or debts):
        hidden = any(cell.rows(name) for cell in every for name in ("lights", "sleep", "debts"))
        return dict.fromkeys((*_NAMES, "enrolled")) | {"withheld": hidden and not live}
    return {
        "enrolled": sum(cell.enrolled for cell in every),
        "n_bedtime": len(lights),
        "on_time_percent": percent(sum(not late for _, late in lights), len(lights)),
        "median_lights_out": clock_of(median_minutes(at for at, _ in lights)) if lights else None,
        "n_sleep": len(sleep),
        "projected": sum(projected for _, _, projected in sleep),
        "median_sleep_minutes": median_minutes(slept for slept, _, _ in sleep) if sleep else None,
        "target_met_percent": percent(sum(short == 0 for _, short, _ in sleep), len(sleep)),
        "short_percent": percent(sum(short > tolerance for _, short, _ in sleep), len(sleep)),
        "n_weeks": len(debts),
        "debt_percent": percent(sum(debt >= DEBT_MINUTES for (debt,) in debts), len(debts)),
        "withheld": False,
    }


def _rows(cells: Iterable[Cell], name: str, live: bool) -> list[Sequence[int]]:
    return [row for cell in cells if live or len(cell.rows(name)) >= MINIMUM for row in cell.rows(name)]


def sleep_weeks(cells: Iterable[Cell], *, live: bool, tolerance: int) -> list[dict[str, Any]]:
    """The same week by week."""
    weeks: dict[dt.date, list[Cell]] = defaultdict(list)
    for cell in cells:
        weeks[monday_of(cell.stretch.until)].append(cell)
    return [
        {"from": monday, "to": days_after(monday, 6)} | sleep_figure(weeks[monday], live=live, tolerance=tolerance)
        for monday in sorted(weeks)
    ]


def bedtimes(cells: Iterable[Cell], *, live: bool) -> dict[str, Any]:
    """When homework ended against lights-out: pairs for those who see the class, half hours for everybody.

    Not live, a half hour of a class's night stands on five sheets or more, and hides no fewer beside the others and
    beside `sleep_figure`, in which those without homework count too.
    """
    bins: dict[int, list[Sequence[int]]] = defaultdict(list)
    hidden: set[int] = set()
    pairs: list[Sequence[int]] = []
    for cell in cells:
        pairs += cell.rows("bedtimes")
        for start, rows in _bins(cell).items():
            if live or start not in _withheld(cell):
                bins[start] += rows
            else:
                hidden.add(start)
    shown = [
        {"finish": clock_of(finish), "lights_out": clock_of(lights)} for finish, lights, _ in sorted(map(tuple, pairs))
    ]
    return {
        "pairs": shown if live else None,
        "bins": [_bin(start, bins.get(start, [])) for start in sorted({*bins, *hidden})],
    }


def _bins(cell: Cell) -> dict[int, list[Sequence[int]]]:
    found: dict[int, list[Sequence[int]]] = defaultdict(list)
    for row in cell.rows("bedtimes"):
        found[row[0] // BIN_MINUTES * BIN_MINUTES].append(row)
    return found


def _withheld(cell: Cell) -> frozenset[int]:
    sizes: dict[int, int] = {start: len(rows) for start, rows in _bins(cell).items()}
    without_homework = len(cell.rows("lights")) - sum(sizes.values())
    return suppress(sizes | ({_WITHOUT: without_homework} if without_homework > 0 else {})).withheld


def _bin(start: int, rows: Sequence[Sequence[int]]) -> dict[str, Any]:
    head = {"from": clock_of(start), "to": clock_of(start + BIN_MINUTES)}
    if not rows:
        return head | {"n": None, "median_lights_out": None, "late_percent": None, "withheld": True}
    return head | {
        "n": len(rows),
        "median_lights_out": clock_of(median_minutes(row[1] for row in rows)),
        "late_percent": percent(sum(row[2] for row in rows), len(rows)),
        "withheld": False,
    }
