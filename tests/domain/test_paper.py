"""Where minutes typed in from paper are laid."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.paper import last_minute, lay_out

ZONE = ZoneInfo("Asia/Shanghai")
NIGHT = dt.date(2026, 11, 17)


def at(hour: int, minute: int = 0, day: dt.date = NIGHT) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), ZONE)


def test_minutes_lie_end_to_end_in_the_sheets_order() -> None:
    spans = lay_out([20, 30, 15], [], end=at(20, 30))
    assert spans == [(at(19, 25), at(19, 45)), (at(19, 45), at(20, 15)), (at(20, 15), at(20, 30))]


def test_they_pass_over_what_has_a_time() -> None:
    assert lay_out([20], [(at(20), at(20, 40))], end=at(20, 30)) == [(at(19, 40), at(20))]
    assert lay_out([20], [(at(20, 30), at(21))], end=at(20, 30)) == [(at(20, 10), at(20, 30))]


@pytest.mark.parametrize(
    ("lights_out_at", "now", "expected"),
    [
        (None, at(7, 0, NIGHT + dt.timedelta(days=1)), at(20, 30)),
        (at(19, 50), at(23), at(19, 50)),
        (at(22), at(23), at(20, 30)),
        (None, at(18, 30), at(18, 30)),
    ],
)
def test_they_end_at_bedtime_by_half_past_eight_and_never_in_time_to_come(
    lights_out_at: dt.datetime | None, now: dt.datetime, expected: dt.datetime
) -> None:
    assert last_minute(NIGHT, ZONE, lights_out_at=lights_out_at, now=now) == expected


@given(
    st.lists(st.integers(0, 90), max_size=6),
    st.lists(st.tuples(st.integers(0, 600), st.integers(1, 60)), max_size=4),
)
def test_their_union_with_what_is_taken_is_the_sum_of_the_minutes(
    minutes: list[int], busy: list[tuple[int, int]]
) -> None:
    begin = at(12)
    taken = [(begin + dt.timedelta(minutes=a), begin + dt.timedelta(minutes=a + n)) for a, n in busy]
    spans = lay_out(minutes, taken, end=at(20, 30))
    assert [round((b - a).total_seconds() / 60) for a, b in spans] == minutes
    everything = [*spans, *taken]
    for index, (a, b) in enumerate(spans):
        assert all(b <= c or d <= a or a == b for k, (c, d) in enumerate(everything) if k != index)
