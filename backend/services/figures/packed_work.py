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
#: How often there was work of so many minutes, with such an estimate, that ended so.
Tally = dict[tuple[int, int, int], int]
Row = Sequence[Any]
Packed = Mapping[str, Sequence[int]] | Sequence[Row]
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


def tallies_of(work: Packed, part: int) -> dict[str, Tally]:
    """Work by subject (part 0), kind (1) or tier (2); what belongs to no subject has the empty name."""
    kept = work if isinstance(work, Mapping) else packed(work)
    found: dict[str, Tally] = {}
    for name, numbers in kept.items():
        own = dict(zip(zip(numbers[::4], numbers[1::4], numbers[2::4], strict=True), numbers[3::4], strict=True))
        part_of = name.split("|")[part]
        add(found.setdefault(part_of, {}), own)
    return found


def add(to: Tally, other: Tally) -> None:
    """Count one tally into another."""
    for key, times in other.items():
        to[key] = to.get(key, 0) + times


def counted(tally: Tally) -> dict[Judged, int]:
    """A tally as the rules know work."""
    return {judged(*key): times for key, times in tally.items()}


def finished_in(tally: Tally) -> int:
    """How much of it was finished."""
    return sum([times for (_, _, ended), times in tally.items() if ended == 0])


def _fours(numbers: Sequence[int]) -> Iterable[tuple[int, int, int, int]]:
    each = iter(numbers)
    return zip(each, each, each, each, strict=True)


@lru_cache(maxsize=16384)
def judged(minutes: int, estimate: int, ended: int) -> Judged:
    """Made once for all equal work: a term has a hundred thousand pieces and a few thousand different ones."""
    return Judged(minutes, None if estimate == _NONE else estimate, ENDED[ended])
