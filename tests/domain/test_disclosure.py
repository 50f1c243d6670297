"""Which sums may stand beside one another (rule 11), held against a search for what gives a few students away."""

from __future__ import annotations

import itertools
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from backend.domain.disclosure import may_replace, safe_forms, sheets_apart

SUBJECTS = ("maths", "chinese", "music")


def rank(rows: list[list[int]]) -> int:
    """The rank of a matrix, by plain elimination with fractions."""
    matrix = [[Fraction(value) for value in row] for row in rows]
    found = 0
    for column in range(len(matrix[0]) if matrix else 0):
        pivot = next((row for row in range(found, len(matrix)) if matrix[row][column]), None)
        if pivot is None:
            continue
        matrix[found], matrix[pivot] = matrix[pivot], matrix[found]
        for row in range(found + 1, len(matrix)):
            factor = matrix[row][column] / matrix[found][column]
            matrix[row] = [a - factor * b for a, b in zip(matrix[row], matrix[found], strict=True)]
        found += 1
    return found


def gives_away(students: dict[str, set[int]], forms: list[list[str]]) -> set[int] | None:
    """One to four students of whom alone something can be worked out from the sums; None when there are none.

    Unknown are every student's minutes in every cell. A combination of sums that holds only unknowns of `few`
    exists exactly when leaving these out makes the rank smaller.
    """
    unknowns = [(cell, student) for cell, those in students.items() for student in sorted(those)]
    rows = [[int(cell in form) for cell, _ in unknowns] for form in forms]
    everybody = sorted({student for _, student in unknowns})
    whole = rank(rows)
    for size in range(1, 5):
        for few in itertools.combinations(everybody, size):
            kept = [i for i, (_, student) in enumerate(unknowns) if student not in few]
            if rank([[row[i] for i in kept] for row in rows]) < whole:
                return set(few)
    return None


class TestSafeForms:
    def test_a_subject_of_three_is_withheld_and_another_with_it(self) -> None:
        sizes = {"maths": 20, "chinese": 18, "music": 3}
        forms = [("total", list(sizes)), *((each, [each]) for each in SUBJECTS)]
        assert safe_forms(sizes, forms, always="total") == {"total", "maths"}

    def test_where_every_cell_is_large_everything_stands(self) -> None:
        sizes = {"maths": 20, "chinese": 18, "music": 5}
        forms = [("total", list(sizes)), *((each, [each]) for each in SUBJECTS)]
        assert safe_forms(sizes, forms, always="total") == {"total", *SUBJECTS}

    def test_two_tables_do_not_give_away_together_what_neither_does(self) -> None:
        sizes = {"maths written": 9, "chinese written": 2, "chinese reading": 9}
        forms = [
            ("maths", ["maths written"]),
            ("chinese", ["chinese written", "chinese reading"]),
            ("reading", ["chinese reading"]),
        ]
        assert safe_forms(sizes, forms) == {"maths", "chinese"}

    def test_the_whole_of_a_small_class_stands_and_nothing_else_with_it(self) -> None:
        sizes = {"maths": 3, "chinese": 3}
        forms = [("total", list(sizes)), ("maths", ["maths"]), ("chinese", ["chinese"])]
        assert safe_forms(sizes, forms, always="total") == {"total"}


@st.composite
def evenings(draw: st.DrawFn) -> dict[str, set[int]]:
    """Up to nine students, each with work in some of five cells of two tables, subject and kind."""
    cells = ["maths written", "maths oral", "chinese written", "chinese oral", "music oral"]
    count = draw(st.integers(5, 9))
    found = {cell: draw(st.sets(st.integers(0, count - 1), max_size=count)) for cell in cells}
    found["nothing"] = set(range(count)) - set().union(*found.values())
    return {cell: those for cell, those in found.items() if those}


def tables(cells: list[str]) -> list[tuple[str, list[str]]]:
    """The whole, each subject and each kind."""
    words = sorted({word for cell in cells if cell != "nothing" for word in cell.split()})
    return [("total", cells), *((word, [cell for cell in cells if word in cell.split()]) for word in words)]


@settings(max_examples=60, deadline=None)
@given(evenings())
def test_nothing_about_one_to_four_students_can_be_worked_out(students: dict[str, set[int]]) -> None:
    forms = tables(list(students))
    safe = safe_forms({cell: len(those) for cell, those in students.items()}, forms, always="total")
    assert gives_away(students, [cells for name, cells in forms if name in safe]) is None


def test_the_search_finds_what_a_careless_table_gives_away() -> None:
    students = {"maths": set(range(8)), "music": {1, 2}}
    assert gives_away(students, [["maths", "music"], ["maths"]]) == {1, 2}


class TestMayReplace:
    FORMS = (("total", ["maths", "chinese"]), ("maths", ["maths"]), ("chinese", ["chinese"]))
    BEFORE = {"maths": [10] * 9, "chinese": [20] * 9}  # noqa: RUF012

    def may(self, after: dict[str, list[int]], whole_apart: int) -> bool:
        return may_replace(self.BEFORE, after, self.FORMS, whole="total", whole_apart=whole_apart)

    def test_27_sheets_then_28_may_not(self) -> None:
        assert not self.may({"maths": [10] * 9 + [15], "chinese": [20] * 9}, 1)

    def test_five_changed_in_one_subject_may(self) -> None:
        assert self.may({"maths": [10] * 4 + [15] * 5, "chinese": [20] * 9}, 5)

    def test_five_in_one_subject_and_one_in_another_may_not(self) -> None:
        assert not self.may({"maths": [10] * 4 + [15] * 5, "chinese": [20] * 8 + [40]}, 6)


def test_sheets_apart_counts_the_least_that_must_have_changed() -> None:
    assert (sheets_apart([1, 2, 3], [1, 2, 4, 5]), sheets_apart([1, 2], [2, 1])) == (2, 0)
