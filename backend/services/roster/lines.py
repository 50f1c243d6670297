"""One line below a header: a student with class, numbers and guardians, or the reasons why not.

Which lines are read at all is decided in ``sheet_rows``; what compares lines with each other is in ``rows``.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field, replace
from functools import cached_property

from backend.services.roster import fields
from backend.services.roster.class_names import ClassKey, ClassUnread, Surroundings, read_class, read_grade, with_title
from backend.services.roster.headers import GuardianColumns, Header, Meaning
from backend.services.roster.problems import Problem, Severity, column_letter, refused, warning
from backend.services.roster.rows import Guardian, RosterRow
from backend.services.roster.workbook import NATIONAL_IDENTITY, CellKind, Sheet

_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z\-_/.]{0,39}")
_SHOWN = 30  # characters of a cell that a message repeats


@dataclass
class LineReader:
    """Reads the lines of one block; collects rows and problems, and each distinct class once."""

    sheet: Sheet
    header: Header
    around: Surroundings
    rows: list[RosterRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    classes: dict[tuple[str, str, str], tuple[ClassKey, bool]] = field(default_factory=dict)

    def read(self, row: int) -> None:
        """Read one line (from 0). A refused line tells only why it is refused."""
        before = len(self.problems)
        name, key = self._name(row), self._class(row)
        if name is None or key is None:
            told = [problem for problem in self.problems[before:] if problem.severity is Severity.REFUSED]
            self.problems[before:] = told
            return
        number, national = self._numbers(row)
        self.rows.append(
            RosterRow(
                sheet=self.sheet.title,
                row=row + 1,
                name=name,
                class_key=key,
                number=number,
                national_number=national,
                guardians=self._guardians(row),
                boards=self._boards(row),
                under_14_until=self._under_14(row),
                places=self._places,
            )
        )

    @cached_property
    def _places(self) -> dict[str, tuple[str, str]]:
        meanings = {"name": Meaning.NAME, "number": Meaning.NUMBER, "national_number": Meaning.NATIONAL}
        columns = {place: self.header.columns.get(meaning) for place, meaning in meanings.items()}
        return {
            place: (column_letter(column), self.header.texts[column][:_SHOWN])
            for place, column in columns.items()
            if column is not None
        }

    def text(self, row: int, meaning: Meaning) -> str:
        """The text of the column with a meaning; empty when there is no such column."""
        column = self.header.columns.get(meaning)
        return "" if column is None else self.sheet.text(row, column)

    def filled(self, row: int, column: int | None) -> str:
        """The text of a cell, or of the merged cell that covers it from above."""
        if column is None:
            return ""
        return self.sheet.text(self.sheet.above.get((row, column), row), column)

    def _refuse(self, row: int, column: int | None, code: str, **params: str | int) -> None:
        letter = None if column is None else column_letter(column)
        self.problems.append(refused(self.sheet.title, row + 1, letter, code, **params))

    def _warn(self, row: int, column: int | None, code: str, **params: str | int) -> None:
        letter = None if column is None else column_letter(column)
        self.problems.append(warning(self.sheet.title, row + 1, letter, code, **params))

    def _name(self, row: int) -> str | None:
        column = self.header.columns[Meaning.NAME]
        name, told = fields.person_name(self.sheet.text(row, column))
        if name is None:
            self._refuse(row, column, "no_name")
        elif len(name) > fields.MAX_NAME_LENGTH:
            self._refuse(row, column, "name_too_long", limit=fields.MAX_NAME_LENGTH)
            return None
        elif told:
            self._warn(row, column, told)
        return name

    def _class(self, row: int) -> ClassKey | None:
        """The class of a line, from its own cells or from the title; None after saying why not."""
        column = self.header.columns.get(Meaning.CLASS)
        if column is None:
            return self._class_of_title()
        text = self.filled(row, column)
        if not text:
            self._refuse(row, column, "no_class")
            return None
        if self.sheet.kind(row, column) is CellKind.DATE:
            self._refuse(row, column, "class_became_date")
            return None
        grade = self.filled(row, self.header.columns.get(Meaning.GRADE))
        stage = self.filled(row, self.header.columns.get(Meaning.STAGE))
        try:
            return self._class_of_cells(row, column, (stage, grade, text))
        except ClassUnread as error:
            shown = f"{grade} {text}".strip()[:_SHOWN]
            self._refuse(row, column, error.code, text=shown, year=self.around.school_year)
            return None

    def _class_of_title(self) -> ClassKey | None:
        around = self.around
        if around.grade is None or around.number is None:
            return None
        return ClassKey(around.stage_of(around.grade).value, around.grade, around.number)

    def _class_of_cells(self, row: int, column: int, said: tuple[str, str, str]) -> ClassKey:
        if said not in self.classes:
            self.classes[said] = key, inferred = self._parse_class(*said)
            shown = said[2][:_SHOWN]
            if inferred:
                self._warn(row, column, "grade_inferred", text=shown, year=self.around.school_year, grade=key.grade)
            if self.around.grade not in (None, key.grade):
                self._warn(row, column, "class_differs_from_sheet", text=shown)
        return self.classes[said][0]

    def _parse_class(self, stage: str, grade: str, text: str) -> tuple[ClassKey, bool]:
        around = with_title(stage, self.around) if stage else self.around
        if not grade:
            return read_class(text, around)
        own = read_grade(grade, around)
        key, _ = read_class(text, replace(around, grade=own.grade))
        if key.grade != own.grade:
            raise ClassUnread("grade_contradicted")
        return key, own.inferred

    def _numbers(self, row: int) -> tuple[str | None, str | None]:
        """The school's number and the national one; eighteen digits after a letter are national in any column."""
        number, national = self._number(row, Meaning.NUMBER), self._number(row, Meaning.NATIONAL)
        if number and NATIONAL_IDENTITY.fullmatch(number):
            return None, national or number
        return number, national

    def _number(self, row: int, meaning: Meaning) -> str | None:
        column = self.header.columns.get(meaning)
        if column is None:
            return None
        heading = self.header.texts[column][:_SHOWN]
        kind = self.sheet.kind(row, column)
        text = fields.number(self.sheet.text(row, column))
        if kind is CellKind.IDENTITY:
            self._warn(row, column, "identity_number", header=heading)
            return None
        if kind is CellKind.ROUNDED or (text and not _NUMBER.fullmatch(text)):
            self._warn(row, column, "number_unreadable", header=heading)
            return None
        return text or None

    def _guardians(self, row: int) -> tuple[Guardian, ...]:
        before = len(self.problems)
        found: dict[tuple[str, str | None], Guardian] = {}
        for columns in self.header.guardians:
            guardian = self._guardian(row, columns)
            if guardian is not None:
                found.setdefault(guardian.key, guardian)
        if not found and len(self.problems) == before and self.header.guardians:
            first = self.header.guardians[0]
            self._warn(row, first.telephone if first.name is None else first.name, "no_guardian")
        return tuple(found.values())

    def _guardian(self, row: int, columns: GuardianColumns) -> Guardian | None:
        name, told = fields.person_name(self.filled(row, columns.name))
        telephone, trouble = fields.telephone(self.filled(row, columns.telephone))
        said = self.filled(row, columns.relation_column)
        at = columns.name if columns.telephone is None else columns.telephone
        if name is None or len(name) > fields.MAX_NAME_LENGTH:
            self._tell_of_nobody(row, columns, trouble, said)
            return None
        if told:
            self._warn(row, columns.name, told)
        if trouble:
            self._warn(row, at, trouble)
        relation = fields.relation(said) or columns.relation
        return Guardian(name=name, relation=relation, telephone=telephone, column=column_letter(at or 0))

    def _tell_of_nobody(self, row: int, columns: GuardianColumns, trouble: str | None, said: str) -> None:
        if trouble != "no_telephone":
            self._warn(row, columns.telephone, "guardian_no_name")
        elif said:
            self._warn(row, columns.name, "guardian_incomplete")

    def _boards(self, row: int) -> bool | None:
        try:
            return fields.boards(self.text(row, Meaning.BOARDS))
        except ValueError:
            self._warn(row, self.header.columns[Meaning.BOARDS], "boards_unclear")
            return None

    def _under_14(self, row: int) -> dt.date | None:
        column = self.header.columns.get(Meaning.BIRTH)
        if column is None:
            return None
        try:
            kind = self.sheet.kind(row, column)
            return fields.under_14(self.sheet.text(row, column), kind, self.around.school_year)
        except ValueError:
            self._warn(row, column, "bad_birth_month")
            return None
