"""The words of a file: codes of subjects, kinds, tiers, places, weekdays, grades and reasons as people say them.

No code is left in a cell: programs read the API. The catalogue is the asker's side's and comes in as a function.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: A word by its name, such as ``kind.written``, in the asker's language.
Words = Callable[[str], str]
#: Columns whose values are codes, with what their words' names begin with.
_CODED = {
    "kind": "kind",
    "tier": "tier",
    "place": "place",
    "weekday": "weekday",
    "stage": "stage",
    "grade": "grade",
    "cap_state": "cap_state",
    "state": "state",
    "warning": "warning",
}


@dataclass(frozen=True)
class Wording:
    """Words in one language, and the school's own names of its subjects."""

    words: Words
    subjects: Mapping[str, str]

    def headings(self, columns: Sequence[str]) -> list[str]:
        """A heading a column."""
        return [self.words(name) for name in columns]

    def line(self, row: Mapping[str, Any], columns: Sequence[str]) -> list[Any]:
        """A row's cells; in place of what is withheld stands nothing, with a remark."""
        return [self._cell(name, row) for name in columns]

    def in_order(self, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Rows of subjects in the school's own order, others as they come."""
        order = list(self.subjects)
        return sorted(rows, key=lambda row: order.index(row["subject"]) if row.get("subject") in order else -1)

    def _cell(self, column: str, row: Mapping[str, Any]) -> Any:
        value = row.get(column)
        if column == "withheld":
            return self.words("is_withheld") if value else ""
        if value is None:
            return None
        if column == "subject":
            return self.subjects.get(value, value)
        return self._coded(column, value)

    def _coded(self, column: str, value: Any) -> Any:
        code = getattr(value, "value", value)
        if column not in _CODED or code == self.words("total"):
            return code
        return self.words(f"{_CODED[column]}.{code}")
