"""The class of the played evening as rows: a small school with one class, its teachers, children and guardians.

Everybody signs in over HTTP with the codes and passwords made here; only consent and posts are there beforehand.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from backend.demo import evening
from backend.demo.calendar import school_days
from backend.demo.people import Rows, made_id
from backend.demo.shape import ZONE
from backend.domain.people import ConsentDecision, PersonKind, Role, normalise_name
from backend.domain.policy import SchoolSystem, Stage
from backend.services.identity.passwords import hash_password
from backend.services.identity.signing_in import code_hash, make_code
from backend.services.school.founding import SUBJECTS
from backend.storage.base import NO_SUBJECT
from backend.storage.queries import demonstration as queries

SLUG = "one-evening"
_BEFORE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class WayIn:
    """How a phone's owner signs in: a code (with digits for guardians), or a login and password."""

    key: str
    person_id: UUID
    name: str
    role: str
    code: str = ""
    digits: str | None = None
    login: str = ""
    password: str = ""


@dataclass(slots=True)
class EveningCast:
    """Everybody of the evening by key."""

    school_id: UUID
    class_id: UUID
    ways_in: dict[str, WayIn] = field(default_factory=dict)

    def id_of(self, key: str) -> UUID:
        """A person's id."""
        return self.ways_in[key].person_id

    def key_of(self, person_id: UUID) -> str:
        """The key of a person, ``class`` for the class; nothing for what is about nobody."""
        if person_id in (self.class_id, NO_SUBJECT):
            return "class" if person_id == self.class_id else ""
        return next(key for key, way in self.ways_in.items() if way.person_id == person_id)

    def name_of(self, key: str) -> str:
        """A person's name, or the class's."""
        others = {"class": evening.CLASS_NAME, "": ""}
        return others[key] if key in others else self.ways_in[key].name


def load(engine: sa.Engine, *, secret_key: str, now: datetime) -> EveningCast:
    """Write the class into an empty database and return who is in it."""
    cast = EveningCast(made_id(evening.SEED, "school"), made_id(evening.SEED, "class"))
    rows = _Rows(cast, secret_key, now).all_of_them()
    with engine.begin() as connection:
        for table in rows.values():
            _same_columns(table)
        queries.insert_rows(connection, rows)
    return cast


def _same_columns(rows: list[dict[str, Any]]) -> None:
    names = {name for row in rows for name in row}
    for row in rows:
        row.update(dict.fromkeys(names - row.keys()))


class _Rows:
    def __init__(self, cast: EveningCast, secret_key: str, now: datetime) -> None:
        self._cast, self._secret_key, self._now = cast, secret_key, now
        self._rows: Rows = {}

    def all_of_them(self) -> Rows:
        """Place, staff and families."""
        self._place()
        for key, name, subject in evening.STAFF:
            self._staff(key, name, subject)
        for number, child in enumerate(evening.CHILDREN, start=1):
            self._child(child, number)
        return self._rows

    def _add(self, table: str, **values: Any) -> None:
        row = values if table in ("schools", "districts") else {"school_id": self._cast.school_id, **values}
        self._rows.setdefault(table, []).append(row)

    def _id(self, *words: object) -> UUID:
        return made_id(evening.SEED, *words)

    def _place(self) -> None:
        place = {"slug": SLUG, "name": "春晓实验学校", "zone": ZONE, "system": SchoolSystem.six_three}
        self._add("schools", id=self._cast.school_id, **place, created_at=self._now, is_demonstration=True)
        for position, subject in enumerate(SUBJECTS):
            names = dict(zip(("code", "name_zh", "name_en", "glyph"), subject, strict=True))
            self._add("subjects", position=position, **names)
        first, last = evening.NIGHT - _BEFORE, evening.NIGHT + _BEFORE
        self._add("terms", id=self._id("term"), name="演示学期", starts_on=first, ends_on=last)
        for day in school_days(first, last).values():
            facts = {"is_school_day": day.is_school_day, "timetable_weekday": day.timetable_weekday}
            self._add("school_days", day=day.day, status=day.status, note=day.note, **facts)
        grade = {"school_year": 2026, "stage": Stage.primary, "grade": 3, "number": 2}
        self._add("classes", id=self._cast.class_id, name=evening.CLASS_NAME, change_counter=0, **grade)

    def _person(self, key: str, kind: PersonKind, name: str, telephone: str | None = None) -> UUID:
        person_id = self._id("person", key)
        names = {"name": name, "name_key": normalise_name(name), "telephone": telephone}
        self._add("people", id=person_id, kind=kind, locale="zh-CN", created_at=self._now, **names)
        return person_id

    def _staff(self, key: str, name: str, subject: str | None) -> None:
        person_id = self._person(key, PersonKind.staff, name)
        password = secrets.token_urlsafe(12)
        self._cast.ways_in[key] = WayIn(key, person_id, name, "staff", login=key, password=password)
        self._add(
            "staff_passwords",
            person_id=person_id,
            login=key,
            password_hash=hash_password(password),
            must_change=False,
            changed_at=self._now,
        )
        if subject is None:
            self._post(person_id, Role.academic_office)
            return
        self._post(person_id, Role.subject_teacher, class_id=self._cast.class_id, subject=subject)
        if key == "homeroom":
            self._post(person_id, Role.homeroom_teacher, class_id=self._cast.class_id)

    def _post(self, person_id: UUID, role: Role, **values: Any) -> None:
        ids = {"id": self._id("post", person_id, role.value), "person_id": person_id}
        self._add("posts", **ids, role=role, weekdays=[1, 2, 3, 4, 5], from_on=evening.NIGHT - _BEFORE, **values)

    def _child(self, child: evening.Child, number: int) -> None:
        student_id = self._person(child.key, PersonKind.student, child.name)
        self._code(child.key, student_id, child.name, "student")
        born = {"school_number": f"2024{number:04d}", "under_14_until": date(2031, 5, 1)}
        self._add("students", id=student_id, boards=False, change_counter=0, may_write=child.consent, **born)
        ids = {"id": self._id("enrolment", child.key), "student_id": student_id, "class_id": self._cast.class_id}
        self._add("enrolments", **ids, from_on=evening.NIGHT - _BEFORE)
        for key in child.guardians:
            self._guardian(child, key, student_id, f"138{number:04d}{len(self._cast.ways_in):04d}")
        if child.consent:
            self._consent(child, student_id)

    def _guardian(self, child: evening.Child, key: str, student_id: UUID, telephone: str) -> None:
        relation = "母亲" if key.endswith("_m") else "父亲"
        guardian_id = self._person(key, PersonKind.guardian, f"{child.name}{relation}", telephone)
        self._code(key, guardian_id, f"{child.name}{relation}", "guardian", telephone[-4:])
        ids = {"guardian_id": guardian_id, "student_id": student_id}
        self._add("guardianships", **ids, relation=relation, since_at=self._now)

    def _code(self, key: str, person_id: UUID, name: str, role: str, digits: str | None = None) -> None:
        code = make_code()
        self._cast.ways_in[key] = WayIn(key, person_id, name, role, code=code, digits=digits)
        self._add(
            "claims",
            id=self._id("claim", key),
            person_id=person_id,
            code_hash=code_hash(code, secret_key=self._secret_key),
            issued_at=self._now,
            expires_at=self._now + _BEFORE,
        )

    def _consent(self, child: evening.Child, student_id: UUID) -> None:
        said = {"decision": ConsentDecision.granted, "text_version": "demonstration", "decided_at": self._now}
        guardian_id = self._cast.id_of(child.guardians[0])
        self._add("consents", id=self._id("consent", child.key), student_id=student_id, guardian_id=guardian_id, **said)
