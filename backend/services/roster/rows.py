"""What a roster file is handed on as: a guardian, a student's row, the file. How they are read is elsewhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from backend.domain.people import normalise_name
from backend.services.roster.class_names import ClassKey
from backend.services.roster.problems import Problem, Severity


@dataclass(frozen=True)
class Guardian:
    """One guardian of one row; ``relation`` is the roster's word or empty. Without telephone nobody can sign in yet."""

    name: str
    relation: str
    telephone: str | None
    column: str
    """The letter of the column with the telephone (or the name): where a problem points."""

    @property
    def key(self) -> tuple[str, str | None]:
        """Who it is: a guardian is the same person only when normalised name and telephone are equal."""
        return normalise_name(self.name), self.telephone


@dataclass(frozen=True)
class RosterRow:
    """One student as the file states it. ``row`` is the spreadsheet's own row number.

    ``national_number`` lives in memory only, for its keyed hash: it is in no repr, message or log.
    ``boards`` is None where the file does not say; ``under_14_until`` None where the age is unknown.
    """

    sheet: str
    row: int
    name: str
    class_key: ClassKey
    number: str | None
    national_number: str | None = field(repr=False)
    guardians: tuple[Guardian, ...]
    boards: bool | None
    under_14_until: dt.date | None
    places: Mapping[str, tuple[str, str]] = field(default_factory=dict, repr=False, compare=False)
    """Column letter and heading of ``name``, ``number`` and ``national_number``, where the file has them."""

    def place(self, kind: str) -> tuple[str | None, str]:
        """Column letter and heading of one of them; a national number may stand in the column of the number."""
        return self.places.get(kind) or self.places.get("number") or (None, "")


@dataclass
class RosterFile:
    """What a file holds: the rows that can be imported, and everything somebody should know."""

    rows: list[RosterRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def refused(self) -> list[Problem]:
        """The problems that keep a row, or the whole file, from being imported."""
        return [problem for problem in self.problems if problem.severity is Severity.REFUSED]
