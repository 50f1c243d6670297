"""What the school already holds, read once before a file is compared with it. Nothing is decided here."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import uuid
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy.orm import Session

from backend.domain.policy import SchoolSystem, Stage, stage_of
from backend.services.roster.class_names import LAST_GRADE, ClassKey
from backend.storage.models import Class
from backend.storage.queries import founding
from backend.storage.queries import roster as queries
from backend.storage.queries.roster import EnrolmentRow, GuardianRow, GuardianshipRow, StudentRow


def national_number_hash(number: str, *, secret_key: str) -> bytes:
    """HMAC-SHA-256 of a national student number under the installation's secret (rule 11, privacy): 32 bytes."""
    return hmac.new(secret_key.encode(), b"national\0" + number.encode(), hashlib.sha256).digest()


@dataclass(frozen=True)
class StoredSchool:
    """One school as it stands: students, latest enrolments, guardians, guardianships, classes of the year."""

    school_id: uuid.UUID
    school_year: int
    system: SchoolSystem
    stages: frozenset[Stage]
    year_begins: dt.date
    students: list[StudentRow]
    enrolments: dict[uuid.UUID, EnrolmentRow]
    guardians: list[GuardianRow]
    guardianships: list[GuardianshipRow]
    classes: dict[ClassKey, uuid.UUID]

    @cached_property
    def by_number(self) -> dict[str, StudentRow]:
        """Students by the school's number."""
        return {student.school_number: student for student in self.students if student.school_number}

    @cached_property
    def by_hash(self) -> dict[bytes, StudentRow]:
        """Students by the hash of the national number."""
        return {student.national_number_hash: student for student in self.students if student.national_number_hash}

    @cached_property
    def guardian_by_id(self) -> dict[uuid.UUID, GuardianRow]:
        """Guardians by id."""
        return {guardian.id: guardian for guardian in self.guardians}

    @cached_property
    def guardian_by_key(self) -> dict[tuple[str, str | None], GuardianRow]:
        """Guardians by name and telephone, the oldest record of each; none without telephone."""
        return {(g.name_key, g.telephone): g for g in reversed(self.guardians) if g.telephone}

    @cached_property
    def names_by_telephone(self) -> dict[str, set[str]]:
        """The names under which a telephone is known."""
        names: defaultdict[str, set[str]] = defaultdict(set)
        for guardian in self.guardians:
            if guardian.telephone:
                names[guardian.telephone].add(guardian.name_key)
        return names

    @cached_property
    def guardianships_by_student(self) -> dict[uuid.UUID, list[GuardianshipRow]]:
        """Guardianships of each student, ended ones too."""
        found: defaultdict[uuid.UUID, list[GuardianshipRow]] = defaultdict(list)
        for guardianship in self.guardianships:
            found[guardianship.student_id].append(guardianship)
        return found

    @cached_property
    def keys(self) -> dict[uuid.UUID, ClassKey]:
        """The class in which each student would be this school year: last year's 三(1)班 is 四(1)班 now."""
        return {student_id: key for student_id, row in self.enrolments.items() if (key := self._key_now(row))}

    def guardian_keys(self, student_id: uuid.UUID) -> set[tuple[str, str | None]]:
        """Name and telephone of each standing guardian of a student."""
        standing = (g for g in self.guardianships_by_student.get(student_id, []) if g.ended_at is None)
        rows = (self.guardian_by_id.get(guardianship.guardian_id) for guardianship in standing)
        return {(row.name_key, row.telephone) for row in rows if row is not None}

    def _key_now(self, row: EnrolmentRow) -> ClassKey | None:
        grade = row.grade + self.school_year - row.school_year
        if not 1 <= grade <= LAST_GRADE:
            return None
        stage = row.stage if grade == row.grade else stage_of(grade, self.system)
        return ClassKey(stage.value, grade, row.number)


def read_stored(session: Session, school_id: uuid.UUID, system: SchoolSystem, school_year: int) -> StoredSchool:
    """The school as it stands, in six statements whatever its size."""
    classes: dict[tuple[Stage, int, int], Class] = founding.classes_of_year(session, school_id, school_year)
    return StoredSchool(
        school_id=school_id,
        school_year=school_year,
        system=system,
        stages=queries.stages_of(session, school_id),
        year_begins=queries.first_term_begins(session, school_id, school_year) or dt.date(school_year, 9, 1),
        students=queries.students_of(session, school_id),
        enrolments=queries.latest_enrolments(session, school_id),
        guardians=queries.guardians_of(session, school_id),
        guardianships=queries.guardianships_of(session, school_id),
        classes={ClassKey(stage.value, grade, number): row.id for (stage, grade, number), row in classes.items()},
    )
