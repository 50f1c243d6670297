"""An attacker's means against published figures: every sum that can be had, and what they give away together.

Nothing here knows how the product decides what to withhold. `gives_away` tries every group of one to four students.
"""

import itertools
from collections.abc import Sequence
from typing import Any

PRIME = (1 << 31) - 1
#: One unknown: a student, what was done of a subject, kind, tier and place, and the minutes (another after a change).
Unknown = tuple[Any, ...]


def rank(rows: Sequence[Sequence[int]]) -> int:
    """The rank of a matrix, by plain elimination modulo a large prime."""
    matrix = [list(row) for row in rows]
    found = 0
    for column in range(len(matrix[0]) if matrix else 0):
        pivot = next((row for row in range(found, len(matrix)) if matrix[row][column]), None)
        if pivot is None:
            continue
        matrix[found], matrix[pivot] = matrix[pivot], matrix[found]
        inverse = pow(matrix[found][column], -1, PRIME)
        for row in range(found + 1, len(matrix)):
            if matrix[row][column]:
                factor = matrix[row][column] * inverse % PRIME
                matrix[row] = [(a - factor * b) % PRIME for a, b in zip(matrix[row], matrix[found], strict=True)]
        found += 1
    return found


def gives_away(sums: Sequence[frozenset[Unknown]]) -> tuple[Any, ...] | None:
    """One to four students about whom alone something can be worked out from sums of unknowns; None when nobody.

    An unknown's first element is its student. A combination of sums that holds unknowns of `few` alone exists exactly
    when leaving these out makes the rank smaller.
    """
    unknowns = sorted(frozenset().union(*sums), key=repr)
    rows = [[int(unknown in each) for unknown in unknowns] for each in sums]
    whole = rank(rows)
    students = sorted({unknown[0] for unknown in unknowns}, key=repr)
    for size in range(1, 5):
        for few in itertools.combinations(students, size):
            kept = [i for i, unknown in enumerate(unknowns) if unknown[0] not in few]
            if rank([[row[i] for i in kept] for row in rows]) < whole:
                return few
    return None
