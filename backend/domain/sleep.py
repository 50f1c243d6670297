"""Rule 6 (sleep): how long a child slept or will sleep, and whether that misses the target or bedtime was late.

Two facts, never one. Naps are shown elsewhere and never added here. Targets and times come from `policy.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum

from backend.domain.errors import FieldProblem, Invalid
from backend.domain.night import Zone, aware, days_after, evening_instant, local_instant
from backend.domain.percentiles import half_up, percentile
from backend.domain.segments import rounded_minutes

USUAL_NEEDS = 3
USUAL_LOOKS_AT = 14
WEEK_NIGHTS = 7
TOLERANCE_MINUTES = 30


class DayKind(Enum):
    """What sort of day one wakes to."""

    school_day = "school_day"
    free_day = "free_day"


class SleepBasis(Enum):
    """What a sleep figure rests on: logged waking, usual waking, what the guardian stated, or nothing."""

    logged = "logged"
    usual = "usual"
    stated = "stated"
    none = "none"


@dataclass(frozen=True, slots=True)
class SleepFigure:
    """One night's sleep. None means not known. `short_by_minutes` is 0 when the target is met."""

    sleep_minutes: int | None
    projected: bool
    basis: SleepBasis
    short_by_minutes: int | None
    target_missed: bool | None
    bedtime_late: bool | None


@dataclass(frozen=True, slots=True)
class SleepDebt:
    """A week's shortfalls added up over the nights known; `projected_nights` of these rest on a projection."""

    minutes: int
    nights_known: int
    nights: int = WEEK_NIGHTS
    projected_nights: int = 0


def sleep_minutes(lights_out_at: datetime, woke_at: datetime) -> int:
    """Waking minus lights-out in whole minutes, half up. Raises Invalid unless waking is later."""
    slept = aware(woke_at, "woke_at") - aware(lights_out_at, "lights_out_at")
    if slept <= timedelta():
        raise Invalid("waking before lights-out", fields=[FieldProblem("woke_at", "before_lights_out")])
    return rounded_minutes(slept // timedelta(seconds=1))


def usual_waking(history: Sequence[tuple[DayKind, time]], kind: DayKind) -> time | None:
    """Median of the last 14 logged waking times of this kind, oldest first, to the minute; None below 3."""
    same = [_seconds(at) for of, at in history if of is kind][-USUAL_LOOKS_AT:]
    if len(same) < USUAL_NEEDS:
        return None
    minutes = min(half_up(percentile(same, 50) / 60), 24 * 60 - 1)
    return time(minutes // 60, minutes % 60)


def _seconds(at: time) -> int:
    return (at.hour * 60 + at.minute) * 60 + at.second


def project(
    *,
    night: date,
    zone: Zone,
    lights_out_at: datetime | None,
    woke_at: datetime | None = None,
    history: Sequence[tuple[DayKind, time]] = (),
    kind: DayKind = DayKind.school_day,
    stated: time | None = None,
    target_minutes: int | None = None,
    latest_lights_out: time | None = None,
) -> SleepFigure:
    """The sleep of one night, logged or projected and marked so (rule 6).

    `kind` is that of the day after the night; `history` its earlier logged wakings, oldest first; `stated` the
    guardian's usual time. A guess that is not later than lights-out is passed over.
    """
    if lights_out_at is None:
        return SleepFigure(None, False, SleepBasis.none, None, None, None)
    late = None if latest_lights_out is None else lights_out_at > evening_instant(night, latest_lights_out, zone)
    if woke_at is not None:
        return _figure(sleep_minutes(lights_out_at, woke_at), SleepBasis.logged, target_minutes, late)
    for basis, at in ((SleepBasis.usual, usual_waking(history, kind)), (SleepBasis.stated, stated)):
        waking_at = None if at is None else local_instant(days_after(night, 1), at, zone)
        if waking_at is not None and waking_at > aware(lights_out_at):
            return _figure(sleep_minutes(lights_out_at, waking_at), basis, target_minutes, late)
    return SleepFigure(None, False, SleepBasis.none, None, None, late)


def _figure(minutes: int, basis: SleepBasis, target: int | None, late: bool | None) -> SleepFigure:
    short_by = None if target is None else max(0, target - minutes)
    missed = None if short_by is None else short_by > 0
    return SleepFigure(minutes, basis is not SleepBasis.logged, basis, short_by, missed, late)


def is_short(figure: SleepFigure, tolerance_minutes: int = TOLERANCE_MINUTES) -> bool:
    """Whether the shortfall is worth a reminder: more than the tolerance. Smaller ones wait for the digest."""
    return figure.short_by_minutes is not None and figure.short_by_minutes > tolerance_minutes


def sleep_debt(figures: Iterable[SleepFigure | None]) -> SleepDebt:
    """The sum of shortfalls; surplus gives no credit, and a night without a figure (or None) counts nothing."""
    known = [f for f in figures if f is not None and f.short_by_minutes is not None]
    return SleepDebt(
        minutes=sum(f.short_by_minutes or 0 for f in known),
        nights_known=len(known),
        projected_nights=sum(f.projected for f in known),
    )
