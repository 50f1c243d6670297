"""What a class meeting may be told in front of the whole class: figures of many, and shares in words (rule 11).

Everybody in the room knows everybody, so a share is said only as far as it points at nobody: where fewer than five
children stand on one side of it, it is "nearly all" or "few", and else it is rounded to the next 5 percent.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from backend.domain.percentiles import half_up
from backend.domain.trends import MINIMUM

STEP = 5


class ShareBand(Enum):
    """A share in words."""

    withheld = "withheld"
    few = "few"
    some = "some"
    half = "half"
    most = "most"
    nearly_all = "nearly_all"


@dataclass(frozen=True, slots=True)
class Share:
    """A share of the nights of a group; ``percent`` in steps of 5, null where only the word may be said."""

    band: ShareBand
    percent: int | None = None


def share_of(nights: Iterable[tuple[Hashable, bool]]) -> Share:
    """The share of true among ``(student, fact)``, one pair a night of a student."""
    pairs = list(nights)
    if len({student for student, _ in pairs}) < MINIMUM:
        return Share(ShareBand.withheld)
    if len({student for student, fact in pairs if not fact}) < MINIMUM:
        return Share(ShareBand.nearly_all)
    if len({student for student, fact in pairs if fact}) < MINIMUM:
        return Share(ShareBand.few)
    percent = Fraction(100 * sum(fact for _, fact in pairs), len(pairs))
    return Share(_band(percent), STEP * half_up(percent / STEP))


def _band(percent: Fraction) -> ShareBand:
    for least, band in ((85, ShareBand.nearly_all), (60, ShareBand.most), (40, ShareBand.half), (15, ShareBand.some)):
        if percent >= least:
            return band
    return ShareBand.few


def mean_of(minutes: Sequence[tuple[Hashable, int]]) -> int | None:
    """The mean of ``(student, minutes)`` in whole minutes; None below five students."""
    if len({student for student, _ in minutes}) < MINIMUM:
        return None
    return half_up(Fraction(sum(each for _, each in minutes), len(minutes)))
