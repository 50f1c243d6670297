"""What a file would change in a school: a list of things to write, found without writing anything.

Enrolments never change the past: a new one begins today, or with the school year for a school's or class's first list.
A guardianship is only ever added here: ending one is the academic office's act (rule 9, custody).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from backend.domain.people import normalise_name
from backend.services.roster.class_names import ClassKey, class_name
from backend.services.roster.matching import Matches
from backend.services.roster.problems import Problem, warning
from backend.services.roster.rows import Guardian, RosterRow
from backend.services.roster.stored import StoredSchool
from backend.storage.base import new_id
from backend.storage.queries.roster import EnrolmentRow, GuardianRow, GuardianshipRow, StudentRow

Values = dict[str, Any]


@dataclass
class Difference:
    """Rows to insert and columns to set, by table; ids are made here so that rows can name each other."""

    classes: dict[ClassKey, uuid.UUID] = field(default_factory=dict)
    students: list[tuple[RosterRow, uuid.UUID, bytes | None]] = field(default_factory=list)
    people_changed: dict[uuid.UUID, Values] = field(default_factory=dict)
    students_changed: dict[uuid.UUID, Values] = field(default_factory=dict)
    enrolments: list[tuple[uuid.UUID, ClassKey, dt.date]] = field(default_factory=list)
    enrolments_changed: dict[uuid.UUID, Values] = field(default_factory=dict)
    guardians: dict[uuid.UUID, Guardian] = field(default_factory=dict)
    guardianships: list[tuple[uuid.UUID, uuid.UUID, str]] = field(default_factory=list)
    relations: list[tuple[uuid.UUID, uuid.UUID, str]] = field(default_factory=list)
    moved: set[uuid.UUID] = field(default_factory=set)
    left: set[uuid.UUID] = field(default_factory=set)
    what: dict[uuid.UUID, list[str]] = field(default_factory=dict)
    """Per changed student the codes of what changed, for the audit log."""
    problems: list[Problem] = field(default_factory=list)

    @property
    def added(self) -> set[uuid.UUID]:
        """The students who are new."""
        return {student_id for _, student_id, _ in self.students}

    def note(self, student_id: uuid.UUID, what: str) -> None:
        """Remember that something of a stored student changes."""
        self.what.setdefault(student_id, []).append(what)


def compare(matches: Matches, stored: StoredSchool, *, today: dt.date) -> Difference:
    """Everything that differs between the matched rows and what is stored."""
    comparison = _Comparison(stored, matches, today)
    for row, student in matches.pairs:
        comparison.compare_class(row)
        student_id = comparison.compare_student(row, student)
        comparison.compare_enrolment(row, student_id)
        comparison.compare_guardians(row, student_id)
    return comparison.difference


def find_leavers(
    difference: Difference, matches: Matches, stored: StoredSchool, *, today: dt.date, now: dt.datetime
) -> None:
    """Students of the file's grades who are not in it have left; nobody of another grade ever does."""
    grades = {(row.class_key.stage, row.class_key.grade) for row, _ in matches.pairs}
    here = {student.id for _, student in matches.pairs if student is not None}
    for student in stored.students:
        key = stored.keys.get(student.id)
        if student.left_at is None and student.id not in here and key and (key.stage, key.grade) in grades:
            difference.left.add(student.id)
            difference.people_changed[student.id] = {"left_at": now}
            enrolment = stored.enrolments[student.id]
            if enrolment.to_on is None or enrolment.to_on > today:
                difference.enrolments_changed[enrolment.id] = {"to_on": max(today, enrolment.from_on)}


class _Comparison:
    """One comparison, row by row."""

    def __init__(self, stored: StoredSchool, matches: Matches, today: dt.date) -> None:
        self.stored, self.matches, self.today = stored, matches, today
        self.difference = Difference()
        self.new_guardians: dict[tuple[str, str | None], uuid.UUID] = {}
        self.told_stages: set[str] = set()
        self.enrolled_this_year = {row.class_id for row in stored.enrolments.values()}

    def compare_class(self, row: RosterRow) -> None:
        """A class that the school year has not yet is made; a stage that the school has not yet is told."""
        key = row.class_key
        if key in self.stored.classes or key in self.difference.classes:
            return
        self.difference.classes[key] = new_id()
        stages = {stage.value for stage in self.stored.stages}
        if stages and key.stage not in stages | self.told_stages:
            self.told_stages.add(key.stage)
            self.difference.problems.append(warning(row.sheet, row.row, None, "new_stage", text=class_name(key)))

    def compare_student(self, row: RosterRow, student: StudentRow | None) -> uuid.UUID:
        """A new student, or what the file states otherwise; what it does not state stays."""
        hashed = self.matches.hashes.get(id(row))
        if student is None:
            student_id = new_id()
            self.difference.students.append((row, student_id, hashed))
            return student_id
        self._compare_person(row, student)
        said: Values = {
            "school_number": row.number,
            "national_number_hash": hashed,
            "under_14_until": row.under_14_until,
            "boards": row.boards,
        }
        changed = {name: value for name, value in said.items() if value not in (None, getattr(student, name))}
        if changed:
            self.difference.students_changed[student.id] = changed
            for name in changed:
                self.difference.note(student.id, name)
        return student.id

    def _compare_person(self, row: RosterRow, student: StudentRow) -> None:
        values: Values = {}
        if row.name != student.name:
            values |= {"name": row.name, "name_key": normalise_name(row.name)}
            if values["name_key"] != student.name_key:
                column, _ = row.place("name")
                self.difference.problems.append(warning(row.sheet, row.row, column, "name_changed"))
            self.difference.note(student.id, "name")
        if student.left_at is not None:
            values["left_at"] = None
            self.difference.note(student.id, "returned")
        if values:
            self.difference.people_changed[student.id] = values

    def compare_enrolment(self, row: RosterRow, student_id: uuid.UUID) -> None:
        """Open an enrolment where the class differs, and close the one before it on the day before."""
        old = self.stored.enrolments.get(student_id)
        class_id = self.stored.classes.get(row.class_key)
        begins = self._begins(class_id, old)
        if old is None:
            self.difference.enrolments.append((student_id, row.class_key, begins))
            return
        ended = old.to_on is not None and old.to_on < begins
        if old.class_id == class_id and not ended:
            if old.to_on is not None:  # left and came back before the enrolment had ended
                self.difference.enrolments_changed[old.id] = {"to_on": None}
                self.difference.note(student_id, "class")
            return
        self.difference.note(student_id, "class")
        if old.class_id != class_id:
            self.difference.moved.add(student_id)
        if not ended:
            self._close(old, row.class_key, begins, student_id)
        else:
            self.difference.enrolments.append((student_id, row.class_key, begins))

    def _begins(self, class_id: uuid.UUID | None, old: EnrolmentRow | None) -> dt.date:
        """Today, or the coming year's first day; a class's first list reaches back to the beginning of the year."""
        first_list = old is None and class_id not in self.enrolled_this_year
        return self.stored.year_begins if first_list else max(self.today, self.stored.year_begins)

    def _close(self, old: EnrolmentRow, key: ClassKey, begins: dt.date, student_id: uuid.UUID) -> None:
        if old.from_on >= begins:  # corrected on the day itself: the old one never counted
            self.difference.enrolments_changed[old.id] = {"class_key": key}
            return
        self.difference.enrolments_changed[old.id] = {"to_on": begins - dt.timedelta(days=1)}
        self.difference.enrolments.append((student_id, key, begins))

    def compare_guardians(self, row: RosterRow, student_id: uuid.UUID) -> None:
        """Add the guardians the student has not; tell, and keep, those whom the file does not name."""
        stored = {g.guardian_id: g for g in self.stored.guardianships_by_student.get(student_id, [])}
        named = set()
        for guardian in row.guardians:
            guardian_id = self._guardian_id(row, guardian, stored)
            named.add(guardian_id)
            self._compare_guardianship(row, guardian, guardian_id, student_id, stored.get(guardian_id))
        standing = {guardian_id for guardian_id, g in stored.items() if g.ended_at is None}
        if row.guardians and standing - named:
            column = row.guardians[0].column
            self.difference.problems.append(warning(row.sheet, row.row, column, "guardian_not_in_file"))

    def _compare_guardianship(
        self,
        row: RosterRow,
        guardian: Guardian,
        guardian_id: uuid.UUID,
        student_id: uuid.UUID,
        stored: GuardianshipRow | None,
    ) -> None:
        if stored is None:
            self.difference.guardianships.append((guardian_id, student_id, guardian.relation))
            self.difference.note(student_id, "guardian")
        elif stored.ended_at is not None:
            self.difference.problems.append(warning(row.sheet, row.row, guardian.column, "guardianship_ended"))
        elif guardian.relation and guardian.relation != stored.relation:
            self.difference.relations.append((guardian_id, student_id, guardian.relation))
            self.difference.note(student_id, "relation")

    def _guardian_id(self, row: RosterRow, guardian: Guardian, own: Iterable[uuid.UUID]) -> uuid.UUID:
        """The stored guardian of that name and telephone, else the student's own of that name without telephone."""
        known = self.stored.guardian_by_key.get(guardian.key) if guardian.telephone else None
        known = known or self._own_guardian(guardian, own)
        if known is not None:
            if guardian.telephone and not known.telephone:
                self.difference.people_changed[known.id] = {"telephone": guardian.telephone}
            return known.id
        if guardian.telephone is None or guardian.key not in self.new_guardians:
            self._add_guardian(row, guardian)
        return self.new_guardians[guardian.key]

    def _own_guardian(self, guardian: Guardian, own: Iterable[uuid.UUID]) -> GuardianRow | None:
        rows = (self.stored.guardian_by_id.get(guardian_id) for guardian_id in own)
        same = [row for row in rows if row is not None and row.name_key == guardian.key[0]]
        return next((row for row in same if guardian.telephone is None or row.telephone is None), None)

    def _add_guardian(self, row: RosterRow, guardian: Guardian) -> None:
        guardian_id = new_id()
        self.new_guardians[guardian.key] = guardian_id
        self.difference.guardians[guardian_id] = guardian
        if guardian.telephone and self.stored.names_by_telephone.get(guardian.telephone):
            told = warning(row.sheet, row.row, guardian.column, "phone_shared")
            self.difference.problems.append(Problem(**(vars(told) | {"about_stored": True})))
