"""A law: after any evening the sheet's figures are those of its stored segments, counted here by another method."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.domain.load import Kind, Place
from backend.services.nights.changes import Change, Submit
from backend.storage import models
from tests.cast import Cast
from tests.services.recording.nights import Evenings, Phone, at, segment

Step = tuple[str, Any]
BEGINS = at("17:00")


def _clock_time(minute: int) -> str:
    return f"{17 + minute // 60}:{minute % 60:02}"


SPANS = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 99)), max_size=3)
PUTS = st.tuples(st.sampled_from("abcd"), SPANS, st.integers(0, 3), st.sampled_from([None, *Place]))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), PUTS),
        st.tuples(st.just("delete"), st.sampled_from("abcd")),
        st.tuples(st.just("nap"), st.integers(0, 60)),
        st.tuples(st.just("submit"), st.none()),
    ),
    min_size=1,
    max_size=8,
)


def _change(phone: Phone, step: Step, assignments: list[uuid.UUID | None]) -> Change:
    what, given_ = step
    if what == "put":
        name, spans, number, place = given_
        segments = [segment(_clock_time(begin), _clock_time(begin + length)) for begin, length in spans]
        return phone.entry(name, segments=segments, on=assignments[number], place=place)
    if what == "delete":
        return phone.deletion(given_)
    return phone.sleep(nap=given_) if what == "nap" else Submit()


def _minutes(rows: list[dict[str, Any]]) -> int:
    """By ticking off every minute that was worked; all times here are whole minutes."""
    worked: set[int] = set()
    for row in rows:
        for part in row["segments"]:
            first, last = (
                int((dt.datetime.fromisoformat(part[name]) - BEGINS).total_seconds()) // 60
                for name in ("started_at", "finished_at")
            )
            worked.update(range(first, last))
    return len(worked)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS, at_once=st.booleans())
def test_the_sheet_s_figures_equal_a_recount_of_the_stored_segments(
    evenings: Evenings, cast: Cast, steps: list[Step], at_once: bool
) -> None:
    evenings.wipe()
    phone = Phone("ada")
    assignments = [None, *(evenings.assign("maths", kind=kind) for kind in (Kind.written, Kind.written, Kind.oral))]
    changes = [_change(phone, step, assignments) for step in steps]
    for batch in [changes] if at_once else [[change] for change in changes]:
        evenings.record(cast.ada, *batch)
    rows = [row for row in evenings.rows(models.Entry) if row["deleted_at"] is None]
    written = [row for row in rows if row["kind"] is Kind.written]
    sheet = evenings.sheet()
    assert sheet["written_minutes"] == sheet["capped_minutes"] == _minutes(written)
    assert sheet["assigned_minutes"] == _minutes([row for row in rows if not row["is_self_study"]])
    assert sheet["study_minutes"] == _minutes(rows)
    assert sheet["school_minutes"] == _minutes([row for row in rows if row["place"] is Place.school])
    assert sheet["entry_count"] == len(rows)
    assert [row["actual_minutes"] for row in rows] == [_minutes([row]) for row in rows]
    assert (sheet["cap_reached_at"] is not None) == (_minutes(written) > 60)
    assert (sheet["cap_near_at"] is not None) == (_minutes(written) >= 48)
