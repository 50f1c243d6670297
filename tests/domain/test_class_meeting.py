"""What may be said in front of a class."""

import pytest

from backend.domain.class_meeting import Share, ShareBand, mean_of, share_of


def nights(*facts: bool) -> list[tuple[int, bool]]:
    """A night a student."""
    return list(enumerate(facts))


@pytest.mark.parametrize(
    ("yes", "no", "expected"),
    [
        (4, 0, Share(ShareBand.withheld)),
        (5, 0, Share(ShareBand.nearly_all)),
        (30, 4, Share(ShareBand.nearly_all)),
        (4, 30, Share(ShareBand.few)),
        (0, 12, Share(ShareBand.few)),
        (30, 5, Share(ShareBand.nearly_all, 85)),
        (20, 10, Share(ShareBand.most, 65)),
        (10, 10, Share(ShareBand.half, 50)),
        (6, 20, Share(ShareBand.some, 25)),
        (5, 40, Share(ShareBand.few, 10)),
    ],
)
def test_a_share_is_said_only_as_far_as_it_points_at_nobody(yes: int, no: int, expected: Share) -> None:
    assert share_of(nights(*[True] * yes, *[False] * no)) == expected


def test_it_is_children_who_are_counted_and_not_nights() -> None:
    late = [(0, False)] * 10
    assert share_of([*nights(*[True] * 12), *late]).band is ShareBand.nearly_all
    assert share_of([(0, True)] * 12) == Share(ShareBand.withheld)


def test_a_mean_needs_five_children() -> None:
    assert mean_of([(n, 30) for n in range(4)] + [(0, 60)]) is None
    assert mean_of([(n, 30 + n) for n in range(6)]) == 33
