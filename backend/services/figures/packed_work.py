"""A class's work on its assignments over a stretch, as it is kept: equal work once, with how often (rule 5).

``{"maths|written|standard": [minutes, estimated_minutes, ended, how often, ...]}``, four numbers each, no estimate as
-1, ``ended`` a place in `ENDED`. What was kept before is a list of ``[subject, kind, tier, minutes, estimated_minutes,
outcome]``, which is also how it is taken in and given out one by one.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from backend.domain.estimates import Judged
from backend.domain.load import Outcome

ENDED = (Outcome.finished, Outcome.stopped_for_sleep, Outcome.unfinished)
#: Minutes, estimate, how it ended and how often, four numbers each; of several classes one after another.
Fours = Sequence[int]
Row = Sequence[Any]
Packed = Mapping[str, Fours] | Sequence[Row]
_PLACE = {outcome.value: place for place, outcome in enumerate(ENDED)}
_NONE = -1


def packed(rows: Iterable[Row]) -> dict[str, list[int]]:
    """Rows as they are kept."""
    counts = Counter(tuple(row) for row in rows)
    found: dict[str, list[int]] = defaultdict(list)
    for (subject, kind, tier, minutes, estimate, outcome), times in sorted(counts.items(), key=repr):
        known = _NONE if estimate is None else estimate
        found[f"{subject}|{kind}|{tier}"] += (minutes, known, _PLACE[outcome], times)
    return dict(found)


def rows_of(work: Packed) -> list[list[Any]]:
    """One row a student and assignment, in order."""
    if not isinstance(work, Mapping):
        return sorted((list(row) for row in work), key=repr)
    rows = [
        [*name.split("|"), minutes, None if estimate == _NONE else estimate, ENDED[ended].value]
        for name, numbers in work.items()
        for minutes, estimate, ended, times in _fours(numbers)
        for _ in range(times)
    ]
    return sorted(rows, key=repr)


def work_of(work: Packed, part: int | slice) -> dict[str, Fours]:
    """Work by subject (part 0), kind (1) or tier (2), or all three; what belongs to no subject has the empty name."""
    kept = work if isinstance(work, Mapping) else packed(work)
    found: dict[str, Fours] = {}
    for name, numbers in kept.items():
        named = name.split("|")[part]
        part_of = named if isinstance(named, str) else "|".join(named)
        found[part_of] = [*found[part_of], *numbers] if part_of in found else numbers
    return found


def counted(fours: Fours) -> dict[Judged, int]:
    """Work as the rules know it, equal work once."""
    tally: dict[tuple[int, int, int], int] = {}
    for minutes, estimate, ended, times in _fours(fours):
        key = (minutes, estimate, ended)
        tally[key] = tally.get(key, 0) + times
    return {judged(*key): times for key, times in tally.items()}


def finished_in(fours: Fours) -> int:
    """How much of it was finished."""
    return sum([times for ended, times in zip(fours[2::4], fours[3::4], strict=True) if ended == 0])


def _fours(numbers: Fours) -> Iterable[tuple[int, int, int, int]]:
    each = iter(numbers)
    return zip(each, each, each, each, strict=True)


@lru_cache(maxsize=16384)
def judged(minutes: int, estimate: int, ended: int) -> Judged:
    """Made once for all equal work: a term has a hundred thousand pieces and a few thousand different ones."""
    return Judged(minutes, None if estimate == _NONE else estimate, ENDED[ended])
