"""Which rows of a staff list speak of the same person. Who of them is stored already is `comparing`'s matter."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from backend.services.roster.problems import Severity
from backend.services.staff.reading import PostKey, StaffProblem, StaffRow


@dataclass
class Identity:
    """One person of the list: its rows joined."""

    name: str
    name_key: str
    telephone: str | None
    rows: list[StaffRow]

    @property
    def alias(self) -> str | None:
        """The first alias that a row gives."""
        return next((row.alias for row in self.rows if row.alias), None)

    @property
    def posts(self) -> dict[PostKey, tuple[int, ...]]:
        """Every post of the rows with its weekdays; of a post that stands in several rows, all of them."""
        wanted: dict[PostKey, tuple[int, ...]] = {}
        for row in self.rows:
            for key, weekdays in row.posts.items():
                wanted[key] = tuple(sorted({*wanted.get(key, ()), *weekdays}))
        return wanted


def join_rows(rows: Iterable[StaffRow]) -> list[Identity]:
    """The same name is the same person unless telephones tell them apart."""
    by_name: dict[str, list[StaffRow]] = {}
    for row in rows:
        by_name.setdefault(row.name_key, []).append(row)
    return [identity for same in by_name.values() for identity in _split(same)]


def unclear_rows(rows: Sequence[StaffRow]) -> list[StaffProblem]:
    """Rows without a telephone whose name several telephones share: they could be anybody's."""
    numbers: dict[str, set[str]] = {}
    for row in rows:
        numbers.setdefault(row.name_key, set()).update([row.telephone] if row.telephone else [])
    return [
        row_problem(row, "staff_ambiguous", Severity.REFUSED)
        for row in rows
        if row.telephone is None and len(numbers[row.name_key]) > 1
    ]


def row_problem(row: StaffRow, code: str, severity: Severity) -> StaffProblem:
    """A problem of a whole row."""
    return StaffProblem(row.sheet, row.row, None, code, severity)


def _split(rows: list[StaffRow]) -> list[Identity]:
    numbers = list(dict.fromkeys(row.telephone for row in rows if row.telephone))
    if len(numbers) <= 1:
        return [Identity(rows[0].name, rows[0].name_key, numbers[0] if numbers else None, rows)]
    return [
        Identity(rows[0].name, rows[0].name_key, number, [row for row in rows if row.telephone == number])
        for number in numbers
    ]
