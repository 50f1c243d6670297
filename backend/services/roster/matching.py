"""Which stored student a row of the file is: by national number, else the school's number, else class and name.

A name alone never makes two children one, and two numbers that differ are two children. Where several of one name stand
in one class, their guardians decide. What then differs is found in ``difference``.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from backend.domain.people import normalise_name
from backend.services.roster.problems import Problem, refused
from backend.services.roster.rows import RosterRow
from backend.services.roster.stored import StoredSchool, national_number_hash
from backend.storage.queries.roster import StudentRow

_T = TypeVar("_T")
_K = TypeVar("_K", bound=Hashable)


@dataclass
class Matches:
    """Each row with the student it is, None for a new one; rows whose numbers contradict what is stored are refused."""

    pairs: list[tuple[RosterRow, StudentRow | None]] = field(default_factory=list)
    hashes: dict[int, bytes] = field(default_factory=dict)
    """The hash of each row's national number, by the row's ``id()``."""
    problems: list[Problem] = field(default_factory=list)


def match_rows(rows: list[RosterRow], stored: StoredSchool, *, secret_key: str) -> Matches:
    """Match every row once; a stored student is taken by one row at most."""
    matches = Matches()
    matcher = _Matcher(stored, matches)
    for row in rows:
        if row.national_number:
            matches.hashes[id(row)] = national_number_hash(row.national_number, secret_key=secret_key)
    left = [row for row in rows if not matcher.take_by_number(row)]
    for find in (matcher.by_class_and_name, matcher.by_guardian_and_name):
        left = find(left)
    matcher.found.update(dict.fromkeys(map(id, left)))
    matcher.refuse_taken_numbers(rows)
    matches.pairs = [(row, matcher.found[id(row)]) for row in rows if id(row) in matcher.found]
    return matches


class _Matcher:
    """The search, row by row and then group by group."""

    def __init__(self, stored: StoredSchool, matches: Matches) -> None:
        self.stored, self.matches = stored, matches
        self.found: dict[int, StudentRow | None] = {}
        self.taken: set[uuid.UUID] = set()

    def take_by_number(self, row: RosterRow) -> bool:
        """Match by one of the numbers."""
        hashed = self.matches.hashes.get(id(row))
        student = self.stored.by_hash.get(hashed) if hashed else None
        if student is None and row.number:
            student = self.stored.by_number.get(row.number)
            if student is not None and (self._is_another(row, student) or _is_used_again(row, student)):
                student = None
        return student is not None and self._take(row, student)

    def by_class_and_name(self, rows: list[RosterRow]) -> list[RosterRow]:
        """Match those who are alone with their name in their class, or whose guardians tell them apart."""
        free = (s for s in self.stored.students if s.left_at is None and s.id in self.stored.keys)
        candidates = _grouped(free, lambda student: (self.stored.keys[student.id], student.name_key))
        groups = _grouped(rows, lambda row: (row.class_key, normalise_name(row.name)))
        return [row for key, group in groups.items() for row in self._match_group(group, candidates.get(key, []))]

    def by_guardian_and_name(self, rows: list[RosterRow]) -> list[RosterRow]:
        """Match who has moved to another class: the same name and a guardian with the same name and telephone."""
        candidates = _grouped((s for s in self.stored.students if s.left_at is None), lambda s: s.name_key)
        left = []
        for row in rows:
            possible = self._free(row, candidates.get(normalise_name(row.name), []))
            same = [student for student in possible if self._shares_guardian(row, student)]
            if len(same) != 1 or not self._take(row, same[0]):
                left.append(row)
        return left

    def refuse_taken_numbers(self, rows: list[RosterRow]) -> None:
        """A number that stays with another stored student cannot be given to this row."""
        new_numbers = {
            student.id: row.number for row in rows if row.number and (student := self.found.get(id(row))) is not None
        }
        for row in rows:
            holder = self.stored.by_number.get(row.number) if row.number else None
            student = self.found.get(id(row))
            if holder is None or (student is not None and student.id == holder.id):
                continue
            if new_numbers.get(holder.id, row.number) == row.number:
                column, header = row.place("number")
                self.matches.problems.append(refused(row.sheet, row.row, column, "number_taken", header=header))
                self.found.pop(id(row), None)

    def _match_group(self, rows: list[RosterRow], candidates: list[StudentRow]) -> list[RosterRow]:
        """The rows of one class and name that stay unmatched."""
        if len(rows) == 1 and len(possible := self._free(rows[0], candidates)) == 1:
            self._take(rows[0], possible[0])
            return []
        left = []
        for row in rows:
            possible = self._free(row, candidates)
            same = [student for student in possible if self._shares_guardian(row, student)]
            same += [student for student in possible if self._nothing_tells(row, student)]
            if not same or not self._take(row, same[0]):
                left.append(row)
        return left

    def _free(self, row: RosterRow, candidates: list[StudentRow]) -> list[StudentRow]:
        return [s for s in candidates if s.id not in self.taken and not self._is_another(row, s)]

    def _is_another(self, row: RosterRow, student: StudentRow) -> bool:
        """Whether both have a national number, or failing that a school number, and the two differ."""
        hashed = self.matches.hashes.get(id(row))
        if hashed and student.national_number_hash:
            return hashed != student.national_number_hash
        return bool(row.number and student.school_number and row.number != student.school_number)

    def _shares_guardian(self, row: RosterRow, student: StudentRow) -> bool:
        return bool({guardian.key for guardian in row.guardians} & self.stored.guardian_keys(student.id))

    def _nothing_tells(self, row: RosterRow, student: StudentRow) -> bool:
        return not row.guardians and not self.stored.guardian_keys(student.id)

    def _take(self, row: RosterRow, student: StudentRow) -> bool:
        if student.id in self.taken:
            return False
        self.taken.add(student.id)
        self.found[id(row)] = student
        return True


def _is_used_again(row: RosterRow, student: StudentRow) -> bool:
    """A number of somebody who left, under another name: a new child must not inherit that child's record."""
    return student.left_at is not None and normalise_name(row.name) != student.name_key


def _grouped(items: Iterable[_T], key: Callable[[_T], _K]) -> dict[_K, list[_T]]:
    groups: defaultdict[_K, list[_T]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return groups
