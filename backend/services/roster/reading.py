"""A whole roster file becomes clean rows and problems; nothing here knows the database.

``read_roster`` is the way in. How one sheet is read stands in ``sheet_rows``; here is what can only be seen
across rows: numbers used twice, telephones shared, repeated rows.
"""

from __future__ import annotations

from backend.domain.people import normalise_name
from backend.domain.policy import SchoolSystem, Stage
from backend.services.roster.class_names import Surroundings
from backend.services.roster.problems import Problem, Severity, refused, warning
from backend.services.roster.rows import Guardian, RosterFile, RosterRow
from backend.services.roster.sheet_rows import read_sheets
from backend.services.roster.workbook import read_workbook


def read_roster(
    content: bytes,
    filename: str,
    *,
    school_year: int,
    system: SchoolSystem = SchoolSystem.six_three,
    stages: frozenset[Stage] = frozenset(),
) -> RosterFile:
    """Read a workbook of any supported kind; never raises for what is in it.

    ``school_year`` is the year in which the school year begins; ``stages`` are those in which the school already has
    classes (empty for a new school). Problems come in the order of sheets and rows.
    """
    workbook = read_workbook(content, filename)
    if any(problem.severity is Severity.REFUSED for problem in workbook.problems):
        return RosterFile(problems=workbook.problems)
    roster = read_sheets(workbook.sheets, Surroundings(school_year=school_year, system=system, stages=stages))
    roster.problems[:0] = workbook.problems
    _refuse_numbers_used_twice(roster)
    _warn_of_shared_telephones(roster)
    _warn_of_repeated_rows(roster)
    _sort(roster, [sheet.title for sheet in workbook.sheets])
    return roster


def _refuse_numbers_used_twice(roster: RosterFile) -> None:
    """Of two rows with one number the second is refused, wherever in the file it stands."""
    seen: dict[tuple[str, str], RosterRow] = {}
    kept = []
    for row in roster.rows:
        numbers = {kind: value for kind in ("number", "national_number") if (value := getattr(row, kind))}
        twice = next(((kind, seen[kind, value]) for kind, value in numbers.items() if (kind, value) in seen), None)
        if twice is None:
            seen.update(dict.fromkeys(numbers.items(), row))
            kept.append(row)
        else:
            roster.problems.append(_number_twice(row, *twice))
    _drop_warnings_of_refused(roster, kept)
    roster.rows = kept


def _drop_warnings_of_refused(roster: RosterFile, kept: list[RosterRow]) -> None:
    """A refused row tells only why it is refused: the rest is seen when it is imported."""
    gone = {(row.sheet, row.row) for row in roster.rows} - {(row.sheet, row.row) for row in kept}
    told = roster.problems
    roster.problems = [p for p in told if p.severity is Severity.REFUSED or (p.sheet, p.row) not in gone]


def _number_twice(row: RosterRow, kind: str, first: RosterRow) -> Problem:
    column, header = row.place(kind)
    params: dict[str, str | int] = {"header": header, "other_sheet": first.sheet, "other_row": first.row}
    return refused(row.sheet, row.row, column, "number_twice", **params)


def _warn_of_shared_telephones(roster: RosterFile) -> None:
    """One telephone under two names is two guardians; the second place is told, once for each name."""
    first: dict[str, tuple[str, RosterRow]] = {}
    told: set[tuple[str, str | None]] = set()
    for row in roster.rows:
        for guardian in row.guardians:
            if guardian.telephone is None:
                continue
            name, place = first.setdefault(guardian.telephone, (guardian.key[0], row))
            if name != guardian.key[0] and guardian.key not in told:
                told.add(guardian.key)
                roster.problems.append(_phone_shared(row, guardian, place))


def _phone_shared(row: RosterRow, guardian: Guardian, other: RosterRow) -> Problem:
    place: dict[str, str | int] = {"other_sheet": other.sheet, "other_row": other.row}
    return warning(row.sheet, row.row, guardian.column, "phone_shared", **place)


def _warn_of_repeated_rows(roster: RosterFile) -> None:
    """Equal names are two children; only when nothing at all tells two rows apart is somebody asked to look."""
    seen: dict[tuple[object, ...], RosterRow] = {}
    for row in roster.rows:
        if row.number or row.national_number:
            continue
        key = (row.class_key, normalise_name(row.name), tuple(guardian.key for guardian in row.guardians))
        first = seen.setdefault(key, row)
        if first is not row:
            column, _ = row.place("name")
            roster.problems.append(warning(row.sheet, row.row, column, "maybe_twice", other_row=first.row))


def _sort(roster: RosterFile, titles: list[str]) -> None:
    order = {title: index for index, title in enumerate(titles)}
    roster.problems.sort(key=lambda problem: (order.get(problem.sheet, -1), problem.row or 0))
