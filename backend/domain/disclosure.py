"""Rule 11 (privacy of aggregates): which sums over a class may stand beside one another, and when they may be renewed.

A class's evening falls into *cells*: what its students did of one subject, kind, tier and place. Every published sum is
a sum of whole cells. Whatever can be worked out from published sums by adding and subtracting is again a sum of cells;
none of these may speak of fewer than five students. Who may see names is not decided here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from backend.domain.trends import MINIMUM

Cell = TypeVar("Cell", bound=Hashable)
Form = TypeVar("Form", bound=Hashable)

#: A prime beyond every coefficient that can arise: sums are compared exactly, without fractions.
_PRIME = (1 << 61) - 1


class _Span:
    """What a growing list of vectors can add up to, in echelon form."""

    def __init__(self) -> None:
        self._rows: dict[int, list[int]] = {}

    def remainder(self, vector: Sequence[int]) -> list[int] | None:
        """What of a vector is new; None when the others add up to it."""
        rest = list(vector)
        for index, value in enumerate(rest):
            if not value:
                continue
            row = self._rows.get(index)
            if row is None:
                return rest
            for at in range(index, len(rest)):
                rest[at] = (rest[at] - value * row[at]) % _PRIME
        return None

    def take(self, rest: list[int]) -> None:
        """Add a remainder."""
        lead = next(index for index, value in enumerate(rest) if value)
        inverse = pow(rest[lead], -1, _PRIME)
        self._rows[lead] = [value * inverse % _PRIME for value in rest]


def safe_forms(
    sizes: Mapping[Cell, int],
    forms: Sequence[tuple[Form, Iterable[Cell]]],
    *,
    always: Form | None = None,
    minimum: int = MINIMUM,
) -> frozenset[Form]:
    """Which sums may stand beside one another, taken in the order given: each if, with those taken before, nothing

    can be worked out that lies only in cells of fewer than `minimum` students. `sizes` are students a cell; a form is a
    name and the cells it sums. `always` names a form that stands on enough students by itself, however small its cells
    are: it is taken first, and multiples of it are no secret.
    """
    cells = sorted(sizes, key=lambda cell: sizes[cell] < minimum)
    big = sum(sizes[cell] >= minimum for cell in cells)
    every, among_big = _Span(), _Span()
    taken: set[Form] = set()
    for name, parts in sorted(forms, key=lambda form: form[0] != always):
        held = set(parts)
        vector = [int(cell in held) for cell in cells]
        new = every.remainder(vector)
        new_among_big = None if new is None else among_big.remainder(vector[:big])
        if new is not None and new_among_big is None and name != always:
            continue
        if new is not None:
            every.take(new)
        if new_among_big is not None:
            among_big.take(new_among_big)
        taken.add(name)
    return frozenset(taken)


def sheets_apart(before: Iterable[object], after: Iterable[object]) -> int:
    """How many sheets, at the least, differ between two lists of values, of which nobody knows whose they are."""
    gone, come = Counter(before), Counter(after)
    return max((gone - come).total(), (come - gone).total())


def may_replace(
    before: Mapping[Cell, Sequence[int]],
    after: Mapping[Cell, Sequence[int]],
    forms: Sequence[tuple[Form, Iterable[Cell]]],
    *,
    whole: Form,
    whole_apart: int,
    minimum: int = MINIMUM,
) -> bool:
    """Whether sums may be published anew so that no difference between old and new speaks of fewer than five students.

    `before` and `after` are each cell's values, a student each; `whole` names the form of which `whole_apart` sheets
    differ. That must be `minimum` or more, and every sum must be safe beside the others in what changed.
    """
    if whole_apart < minimum:
        return False
    changed = {cell: sheets_apart(before.get(cell, ()), after.get(cell, ())) for cell in {*before, *after}}
    sizes = {cell: apart for cell, apart in changed.items() if apart}
    moving = [(name, [cell for cell in parts if cell in sizes]) for name, parts in forms]
    return len(safe_forms(sizes, moving, always=whole, minimum=minimum)) == len({name for name, _ in moving})
