"""What every reason's query must select, and the two sources that the family reminders share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from backend.storage.base import Document, UtcDateTime
from backend.storage.models import NightSheet, School
from backend.storage.queries.moments import LocalMoment, bound_parameters, moments_parameters


@dataclass(frozen=True)
class Now:
    """The instant at which a statement asks: a parameter, because a statement is built once. Moved with + and -."""

    used: dict[str, dt.timedelta]
    moved: dt.timedelta = dt.timedelta(0)

    def __add__(self, by: dt.timedelta) -> Now:
        return Now(self.used, self.moved + by)

    def __sub__(self, by: dt.timedelta) -> Now:
        return Now(self.used, self.moved - by)

    def __clause_element__(self) -> sa.BindParameter[dt.datetime]:
        """What SQLAlchemy puts in its place."""
        name = f"now_{int(self.moved.total_seconds())}".replace("-", "less_")
        self.used[name] = self.moved
        return sa.bindparam(name, type_=UtcDateTime)


@dataclass(frozen=True)
class Asking:
    """When reasons are asked for, as parameters of a statement: `now`, and the clocks of the zones then."""

    moments: sa.CTE
    used: dict[str, dt.timedelta] = field(default_factory=dict)
    """Which moved `now` the statement has taken, by parameter."""
    dates: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Which date of the moments a bound of `within` is, and how many days it is moved, by parameter."""

    def within(self, night: Any, first: str, last: str | None = None, *, back: int = 0) -> Any:
        """That a night lies between two dates of the moments (one, unless said), the first by `back` days earlier.

        Taken over all zones: it leaves out nothing that the joined moment would let in. But these are parameters, and
        a planner that sees them reads the nights in question and not a school's whole history.
        """
        least, most = f"least_{first}_{back}", f"most_{last or first}_0"
        self.dates.update({least: (first, -back), most: (last or first, 0)})
        return night.between(sa.bindparam(least, type_=sa.Date), sa.bindparam(most, type_=sa.Date))

    def parameters(self, now: dt.datetime, local: Sequence[LocalMoment]) -> dict[str, Any]:
        """The values of everything that the statement has taken, once it is built."""
        instants = {name: now + moved for name, moved in self.used.items()}
        return {**instants, **moments_parameters(local), **bound_parameters(local, self.dates)}

    @property
    def now(self) -> Now:
        """The instant itself."""
        return Now(self.used)

    @property
    def at(self) -> sa.ColumnCollection[str, Any]:
        """The columns of the moment of the school's zone."""
        return self.moments.c


Reasons = Callable[[Asking], sa.Select[Any]]
"""Builds the query of one reminder: `reason(...)` with its conditions."""


_FIRST: sa.ColumnElement[int] = sa.literal_column("1", sa.Integer)


def reason(
    asking: Asking, *, school_id: Any, subject_id: Any, night: Any, expires_at: Any, params: Any, occasion: Any = _FIRST
) -> sa.Select[Any]:
    """Select a reason's columns. ``expires_at`` is when it ends by itself; ``params`` holds codes and minutes only."""
    at = asking.at
    return sa.select(
        school_id.label("school_id"),
        subject_id.label("subject_id"),
        night.label("night"),
        sa.type_coerce(occasion, sa.Integer).label("occasion"),
        sa.type_coerce(expires_at, UtcDateTime).label("expires_at"),
        sa.type_coerce(params, Document).label("params"),
        *(at[name].label(f"at_{name}") for name in _PASSED_ON),
    )


#: What the recipients' side needs to know of the moment: quiet hours, pauses, silence.
_PASSED_ON = (
    "today",
    "clock",
    "tonight",
    "last_night",
    "wakes_school_at",
    "wakes_free_at",
    "strictest_at",
)


def sheets(asking: Asking) -> tuple[type[NightSheet], type[School], sa.FromClause]:
    """The sheets with their school and its moment: ``(sheet, school, from clause)``."""
    sheet, school = aliased(NightSheet), aliased(School)
    source = sa.join(
        sa.join(asking.moments, school, school.zone == asking.at.zone), sheet, sheet.school_id == school.id
    )
    return sheet, school, source
