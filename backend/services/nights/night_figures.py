"""The figures that a sheet keeps: minutes, crossings of the cap, sleep; computed at every write (rules 2, 3, 6)."""

import datetime as dt
from collections.abc import Iterable, Mapping

from sqlalchemy.orm import Session

from backend.domain.load import (
    CapScope,
    Load,
    LoadEntry,
    Source,
    cap_crossings,
    capped_minutes,
    counts_against_cap,
    night_load,
)
from backend.domain.sleep import DayKind, SleepFigure, project
from backend.services.nights.night_state import NightState, cap_scope_of, load_entry
from backend.storage.queries.night_reading import waking_history


def add_up(state: NightState) -> None:
    """The sheet's minutes, each entry's own, and the instants at which the cap is near and exceeded."""
    rows = state.standing_entries()
    entries = [load_entry(row) for row in rows]
    sheet, scope = state.sheet, cap_scope_of(state.sheet)
    load = state.load = night_load(entries, **state.evening)
    crossings = cap_crossings(entries, cap=sheet["cap_minutes"], scope=scope, **state.evening)
    for row, minutes in zip(rows, load.by_entry, strict=True):
        if row["actual_minutes"] != minutes:
            state.entries[row["id"]] = row | {"actual_minutes": minutes}
            state.touched.add(row["id"])
    sheet |= {
        "capped_minutes": capped_minutes(load, scope),
        "written_minutes": load.written_minutes,
        "assigned_minutes": load.assigned_minutes,
        "study_minutes": load.study_minutes,
        "school_minutes": load.school_minutes,
        "unclosed": load.unclosed,
        "entry_count": len(rows),
        "running_written": crossings.running,
        "cap_near_at": crossings.near_at,
        "cap_reached_at": crossings.reached_at,
        "cap_reached_by_timer": _by_timer(entries, scope, crossings.reached_at),
        "is_amended": any(row["is_amended"] for row in rows),
    }


def load_of(state: NightState) -> Load:
    """The night's figures as they were saved, or as of now where nothing was."""
    if state.load is not None:
        return state.load
    return night_load([load_entry(row) for row in state.standing_entries()], **state.evening)


def _by_timer(entries: Iterable[LoadEntry], scope: CapScope, reached_at: dt.datetime | None) -> bool | None:
    """Whether the work that crosses the cap is timed; None where it is not crossed."""
    if reached_at is None:
        return None
    segments = (s for entry in entries if counts_against_cap(entry, scope) for s in entry.segments)
    return any(
        s.source is Source.timer and s.started_at <= reached_at <= (s.finished_at or reached_at) for s in segments
    )


def add_up_sleep(session: Session, state: NightState) -> None:
    """The sheet's sleep, logged or projected; asks for earlier wakings only where a projection needs them."""
    figure = _sleep_figure(session, state)
    known = figure.sleep_minutes is not None
    state.sheet |= {
        "sleep_minutes": figure.sleep_minutes,
        "sleep_is_projected": figure.projected if known else None,
        "sleep_short_by_minutes": figure.short_by_minutes,
    }


def _sleep_figure(session: Session, state: NightState) -> SleepFigure:
    sleep, student = state.sleep or {"lights_out_at": None, "woke_at": None}, state.read.student or {}
    wakings: list[tuple[dt.date, dt.datetime]] = []
    days: Mapping[dt.date, bool] = {}
    if sleep["lights_out_at"] is not None and sleep["woke_at"] is None:
        wakings, days = waking_history(
            session, school_id=state.school_id, student_id=state.student_id, before=state.night
        )
    kind = _day_kind(state.night, days)
    return project(
        night=state.night,
        zone=state.zone,
        lights_out_at=sleep["lights_out_at"],
        woke_at=sleep["woke_at"],
        history=[(_day_kind(night, days), woke_at.astimezone(state.zone).time()) for night, woke_at in wakings],
        kind=kind,
        stated=student.get("waking_school_day" if kind is DayKind.school_day else "waking_free_day"),
        target_minutes=state.sheet["sleep_target_minutes"],
        latest_lights_out=state.sheet["latest_lights_out"],
    )


def _day_kind(night: dt.date, days: Mapping[dt.date, bool]) -> DayKind:
    """Of the day after the night; by the weekday where the calendar says nothing."""
    day = night + dt.timedelta(days=1)
    return DayKind.school_day if days.get(day, day.isoweekday() < 6) else DayKind.free_day
