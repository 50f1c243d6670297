"""What the clock shows in each school's zone at one instant: the parameters of every reminder's statement.

Zones are arithmetic and stay in Python: one `LocalMoment` for each zone in use, handed to SQL as a small table.
So a statement compares stored instants and dates, and needs no zone functions, which the two databases do not share.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.night import days_after, evening_instant, local_instant, midnight_after, night_of, zone_of
from backend.domain.silence import FREE_DAY_ENDS, SCHOOL_DAY_ENDS, STRICTEST_LIGHTS_OUT
from backend.storage.base import UtcDateTime
from backend.storage.models import School


@dataclass(frozen=True, slots=True)
class LocalMoment:
    """One zone at one instant. `tonight` is the night that runs; `ended_night` the one whose morning is today.

    Between midnight and 06:00 `tonight` is yesterday's date. `six_*_at`, `noon_at`, `two_at` (14:00) belong to `today`,
    `wakes_*_at` (the end of silence on school and free days) to the date `tonight`. `evening_minutes` is the evening's
    clock: 1290 at 21:30, 1470 at half past midnight, -1 before noon of `tonight`. `hour_ago` is what the clock showed
    then, 00:00 where that was yesterday.
    """

    zone: str
    today: dt.date
    clock: dt.time
    hour_ago: dt.time
    tonight: dt.date
    last_night: dt.date
    ended_night: dt.date
    midnight_at: dt.datetime
    six_yesterday_at: dt.datetime
    six_at: dt.datetime
    six_tomorrow_at: dt.datetime
    noon_at: dt.datetime
    two_at: dt.datetime
    wakes_school_at: dt.datetime
    wakes_free_at: dt.datetime
    strictest_at: dt.datetime
    evening_minutes: int


def local_moment(zone: str, now: dt.datetime) -> LocalMoment:
    """The moment `now` (aware) in an IANA zone. Raises Invalid for an unknown zone."""
    local = now.astimezone(zone_of(zone))
    today, tonight = local.date(), night_of(now, zone)
    return LocalMoment(
        zone=zone,
        today=today,
        clock=local.time(),
        hour_ago=_hour_before(local.time()),
        tonight=tonight,
        last_night=days_after(tonight, -1),
        ended_night=days_after(today, -1),
        midnight_at=midnight_after(tonight, zone),
        six_yesterday_at=local_instant(days_after(today, -1), dt.time(6), zone),
        six_at=local_instant(today, dt.time(6), zone),
        six_tomorrow_at=local_instant(days_after(today, 1), dt.time(6), zone),
        noon_at=local_instant(today, dt.time(12), zone),
        two_at=local_instant(today, dt.time(14), zone),
        wakes_school_at=local_instant(tonight, SCHOOL_DAY_ENDS, zone),
        wakes_free_at=local_instant(tonight, FREE_DAY_ENDS, zone),
        strictest_at=evening_instant(tonight, STRICTEST_LIGHTS_OUT, zone),
        evening_minutes=_evening_minutes(local, tonight),
    )


def _hour_before(clock: dt.time) -> dt.time:
    return clock.replace(hour=clock.hour - 1) if clock.hour else dt.time(0)


def _evening_minutes(local: dt.datetime, tonight: dt.date) -> int:
    minutes = local.hour * 60 + local.minute
    if local.date() > tonight:
        return minutes + 24 * 60
    return minutes if local.hour >= 12 else -1


_TYPES: dict[str, Any] = {
    "str": sa.String(),
    "int": sa.Integer(),
    "dt.date": sa.Date(),
    "dt.time": sa.Time(),
    "dt.datetime": UtcDateTime(),
}


_COLUMNS: dict[str, Any] = {field.name: _TYPES[str(field.type)] for field in fields(LocalMoment)}


def moments_table(zones: int) -> sa.CTE:
    """The moments of so many zones (at least one) as a common table expression ``moments``, one row a zone.

    Rows are SELECTs of parameters (`moments_parameters`), not VALUES: a statement is built once and serves every tick.
    """
    rows = [
        sa.select(*(sa.bindparam(f"zone{zone}_{name}", type_=kind).label(name) for name, kind in _COLUMNS.items()))
        for zone in range(zones)
    ]
    return sa.union_all(*rows).cte("moments")


def moments_parameters(moments: Iterable[LocalMoment]) -> dict[str, Any]:
    """The values of `moments_table`, in the order of its rows."""
    return {f"zone{zone}_{name}": getattr(moment, name) for zone, moment in enumerate(moments) for name in _COLUMNS}


def bound_parameters(moments: Iterable[LocalMoment], dates: Mapping[str, tuple[str, int]]) -> dict[str, dt.date]:
    """The least or greatest of a date over all zones, moved by days: the values of `Asking.within`."""
    listed, values = list(moments), {}
    for parameter, (name, days) in dates.items():
        choose = min if parameter.startswith("least_") else max
        values[parameter] = days_after(choose(getattr(moment, name) for moment in listed), days)
    return values


def zones_in_use(session: Session) -> Sequence[str]:
    """Every zone that some school lives in."""
    return session.scalars(sa.select(School.zone).distinct().order_by(School.zone)).all()
