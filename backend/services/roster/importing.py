"""A roster file made true: compared with what is stored, told, and stored all at once or not at all.

Reading is in ``reading``, matching in ``matching``, what differs in ``difference``. Importing the same file again
changes nothing. Nothing is committed here.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backend.domain import policy
from backend.domain.people import PersonKind, consent_needed, normalise_name
from backend.domain.policy import Stage
from backend.services import audit
from backend.services.actor import Actor, ActorKind
from backend.services.reminders.contacts import keep_contacts
from backend.services.rights.consents import recompute_may_write
from backend.services.roster.class_names import ClassKey, class_name
from backend.services.roster.difference import Difference, compare, find_leavers
from backend.services.roster.import_report import ImportReport
from backend.services.roster.matching import match_rows
from backend.services.roster.problems import warning
from backend.services.roster.reading import read_roster
from backend.services.roster.rows import RosterFile, RosterRow
from backend.services.roster.stored import StoredSchool, read_stored
from backend.services.school.schools import get_school
from backend.storage.base import new_id
from backend.storage.models import AuditEvent, Class, Enrolment, Guardianship, Person, RosterImport, Student
from backend.storage.queries import roster as queries


@dataclass(kw_only=True)
class RosterReport(ImportReport):
    """How much a roster holds, how many students differ, and every problem; ``added`` to ``left`` count students."""

    classes: int = 0
    students: int = 0
    guardians: int = 0
    added: int = 0
    changed: int = 0
    moved: int = 0
    left: int = 0
    classes_added: int = 0
    guardians_added: int = 0

    def as_dict(self, locale: str = "zh-CN") -> dict[str, Any]:
        """The form in which the command and the API answer."""
        counts = {name: value for name, value in vars(self).items() if name != "problems"}
        return counts | {"problems": [problem.as_dict(locale) for problem in self.problems]}


def import_roster(
    session: Session,
    *,
    actor: Actor,
    school_id: uuid.UUID,
    content: bytes,
    filename: str,
    school_year: int,
    secret_key: str,
    now: dt.datetime,
    dry_run: bool = False,
    good_rows: bool = False,
    leavers: bool = False,
) -> RosterReport:
    """Import a roster into a school. With a refused row nothing is stored, unless ``good_rows``.

    ``leavers`` marks students of the file's grades who are not in it as having left, never while a row is refused.
    ``secret_key`` keys the hash of national numbers. Raises NotFound for the school; never for what is in the file.
    """
    place = get_school(session, school_id=school_id, now=now)
    if not dry_run:
        queries.lock_school(session, school_id)
    system = policy.SchoolSystem(place.school.system.value)
    stored = read_stored(session, school_id, system, school_year)
    file = read_roster(content, filename, school_year=school_year, system=system, stages=stored.stages)
    matches = match_rows(file.rows, stored, secret_key=secret_key)
    file.problems.extend(matches.problems)
    difference = compare(matches, stored, today=place.today)
    if leavers and file.refused:
        difference.problems.append(warning("", None, None, "leavers_not_made"))
    elif leavers:
        find_leavers(difference, matches, stored, today=place.today, now=now)
    report = _report(file, [row for row, _ in matches.pairs], difference, dry_run=dry_run)
    if report.is_to_be_stored(good_rows=good_rows, holds_rows=bool(file.rows)):
        _Storing(session, actor, stored, difference, now=now, today=place.today).store(filename, report)
        report.stored = True
    return report


def _report(file: RosterFile, rows: list[RosterRow], difference: Difference, *, dry_run: bool) -> RosterReport:
    order = {title: index for index, title in enumerate(dict.fromkeys(row.sheet for row in file.rows))}
    problems = sorted(
        [*file.problems, *difference.problems],
        key=lambda problem: (order.get(problem.sheet, -1), problem.row or 0),
    )
    guardians = {guardian.key if guardian.telephone else id(guardian) for row in rows for guardian in row.guardians}
    return RosterReport(
        classes=len({row.class_key for row in rows}),
        students=len(rows),
        guardians=len(guardians),
        added=len(difference.students),
        changed=len(difference.what.keys() - difference.added),
        moved=len(difference.moved),
        left=len(difference.left),
        classes_added=len(difference.classes),
        guardians_added=len(difference.guardians),
        dry_run=dry_run,
        problems=problems,
    )


class _Storing:
    """Writes a difference: a statement a table for what is new, one each for the few rows that change."""

    def __init__(
        self,
        session: Session,
        actor: Actor,
        stored: StoredSchool,
        difference: Difference,
        *,
        now: dt.datetime,
        today: dt.date,
    ) -> None:
        self.session, self.actor, self.stored, self.difference = session, actor, stored, difference
        self.now, self.today = now, today
        self.school_id = stored.school_id
        self.class_ids = stored.classes | difference.classes

    def store(self, filename: str, report: RosterReport) -> None:
        """Write everything, and what was done into the log."""
        self._insert_classes()
        self._insert_people()
        self._change_students()
        self._write_enrolments()
        self._write_guardianships()
        self._log(filename, report)
        self.session.flush()
        self.session.expire_all()
        self._recompute_consent()
        keep_contacts(self.session, school_id=self.school_id, now=self.now)

    def _insert(self, model: Any, rows: list[dict[str, Any]]) -> None:
        queries.insert_rows(self.session, model, [{"school_id": self.school_id} | row for row in rows])

    def _insert_classes(self) -> None:
        self._insert(Class, [self._class_row(key, class_id) for key, class_id in self.difference.classes.items()])

    def _class_row(self, key: ClassKey, class_id: uuid.UUID) -> dict[str, Any]:
        where = {"school_year": self.stored.school_year, "stage": Stage(key.stage), "grade": key.grade}
        return where | {"id": class_id, "number": key.number, "name": class_name(key)}

    def _insert_people(self) -> None:
        new = self.difference
        people = [self._person(student_id, PersonKind.student, row.name, None) for row, student_id, _ in new.students]
        people += [
            self._person(guardian_id, PersonKind.guardian, guardian.name, guardian.telephone)
            for guardian_id, guardian in new.guardians.items()
        ]
        self._insert(Person, people)

    def _person(self, person_id: uuid.UUID, kind: PersonKind, name: str, telephone: str | None) -> dict[str, Any]:
        names = {"name": name, "name_key": normalise_name(name)}
        return names | {"id": person_id, "kind": kind, "telephone": telephone, "created_at": self.now}

    def _change_students(self) -> None:
        """Numbers that change are taken away first: a new student may get a number that somebody gives up."""
        changed = self.difference.students_changed
        queries.forget_numbers(
            self.session, self.school_id, [row for row, values in changed.items() if "school_number" in values]
        )
        queries.update_rows(self.session, Student, self.school_id, changed)
        queries.update_rows(self.session, Person, self.school_id, self.difference.people_changed)
        self._insert(Student, [self._student(*student) for student in self.difference.students])

    def _student(self, row: RosterRow, student_id: uuid.UUID, hashed: bytes | None) -> dict[str, Any]:
        key = row.class_key
        needed = consent_needed(Stage(key.stage), key.grade, row.under_14_until, self.today)
        return {
            "id": student_id,
            "school_number": row.number,
            "national_number_hash": hashed,
            "under_14_until": row.under_14_until,
            "boards": bool(row.boards),
            "may_write": not needed,
        }

    def _write_enrolments(self) -> None:
        changes = {
            enrolment_id: {"class_id": self.class_ids[values["class_key"]], "to_on": None}
            if "class_key" in values
            else values
            for enrolment_id, values in self.difference.enrolments_changed.items()
        }
        queries.update_rows(self.session, Enrolment, self.school_id, changes)
        new = [
            {"id": new_id(), "student_id": student_id, "class_id": self.class_ids[key], "from_on": from_on}
            for student_id, key, from_on in self.difference.enrolments
        ]
        self._insert(Enrolment, new)

    def _write_guardianships(self) -> None:
        new = [
            {"guardian_id": guardian_id, "student_id": student_id, "relation": relation, "since_at": self.now}
            for guardian_id, student_id, relation in self.difference.guardianships
        ]
        self._insert(Guardianship, new)
        for guardian_id, student_id, relation in self.difference.relations:
            queries.set_relation(self.session, self.school_id, guardian_id, student_id, relation)

    def _log(self, filename: str, report: RosterReport) -> None:
        """One event for the import and one for each student it touched: codes and ids only."""
        counts = {name: getattr(report, name) for name in ("classes", "students", "added", "changed", "moved", "left")}
        audit.record(
            self.session,
            actor=self.actor,
            action="roster.imported",
            now=self.now,
            school_id=self.school_id,
            details=counts,
        )
        self.session.add(
            RosterImport(
                school_id=self.school_id,
                at=self.now,
                imported_by=self._actor_id,
                filename=filename[:200],
                school_year=self.stored.school_year,
                counts=counts,
            )
        )
        self._insert(AuditEvent, self._events())

    @property
    def _actor_id(self) -> uuid.UUID | None:
        return None if self.actor.kind is ActorKind.COMMAND else self.actor.id

    def _events(self) -> list[dict[str, Any]]:
        added = self.difference.added
        touched: list[tuple[uuid.UUID, str, list[str]]] = [(student_id, "added", []) for student_id in added]
        touched += [(s, "changed", what) for s, what in self.difference.what.items() if s not in added]
        touched += [(student_id, "left", []) for student_id in self.difference.left]
        return [
            {
                "id": new_id(),
                "at": self.now,
                "actor_id": self._actor_id,
                "actor_kind": self.actor.kind.value,
                "action": f"roster.student_{action}",
                "student_id": student_id,
                "details": {"changed": sorted(set(what))} if what else {},
            }
            for student_id, action, what in touched
        ]

    def _recompute_consent(self) -> None:
        """A move to senior high or a birth month can end, or begin, the need for consent."""
        concerned = {s for s, what in self.difference.what.items() if {"class", "under_14_until"} & set(what)}
        concerned -= self.difference.added
        if concerned:
            recompute_may_write(self.session, school_id=self.school_id, student_ids=sorted(concerned), now=self.now)
