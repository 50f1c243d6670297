"""Pooled figures from sorted minutes say to the minute what the plain reckoning of rule 4 says."""

from hypothesis import given
from hypothesis import strategies as st

from backend.domain.pooled_figures import NOBODY, figures_of_one, pooled_figures
from backend.domain.trends import Group, pooled_average

MINUTES = st.lists(st.integers(0, 600), max_size=30).map(sorted)
CAPS = st.none() | st.integers(0, 300)
GROUPS = st.lists(st.builds(Group, minutes=MINUTES, nights=st.integers(1, 4), cap=CAPS), max_size=6)


@given(groups=GROUPS, cap=CAPS)
def test_they_equal_the_plain_reckoning(groups: list[Group], cap: int | None) -> None:
    found, plain = pooled_figures(groups, cap), pooled_average(groups, 0, cap)
    assert (found.n, found.mean_tenths, found.median, found.p90, found.share_within_percent, found.over_cap) == (
        plain.n,
        plain.mean_tenths,
        plain.median,
        plain.p90,
        plain.share_within_percent,
        plain.over_cap,
    )


@given(group=st.builds(Group, minutes=MINUTES, nights=st.integers(1, 4), cap=CAPS), cap=CAPS)
def test_one_group_by_itself_is_pooled_with_none(group: Group, cap: int | None) -> None:
    assert figures_of_one(group.minutes, group.nights, group.cap, cap) == pooled_figures([group], cap)


def test_a_weekend_of_three_nights_counts_a_night_and_exactly_on_the_cap_is_within() -> None:
    found = pooled_figures([Group([90, 180, 182], 3, 60)], 60)
    assert found == (3, 502, 60, 61, 67, False)


def test_nobody_is_no_figure() -> None:
    assert pooled_figures([], 60) == pooled_figures([Group([])], None) == NOBODY
