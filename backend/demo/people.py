"""Who lives in the demonstration school: classes, staff with posts, students with their habits, guardians, consents.

Depends only on the seed and the opening day, so every later start finds the same people. Nights are `nights.py`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid5

from backend.demo import names
from backend.demo.shape import GRADES, NAMESPACE, GradeShape
from backend.domain.load import Tier
from backend.domain.people import ConsentDecision, PersonKind, Role, normalise_name, under_14_until
from backend.domain.school_days import school_year_of

CONSENT_TEXT = "demonstration"
Row = dict[str, Any]
Rows = dict[str, list[Row]]


@dataclass(frozen=True, slots=True)
class Traits:
    """What a student is like, for as long as the demonstration lasts; times are minutes."""

    pace: float
    bedtime: float
    wakes: float
    takes_part: float
    logs_waking: float
    has_own_phone: bool
    stays_after_class: bool
    tier: Tier
    writes_notes: float


@dataclass(frozen=True, slots=True)
class Pupil:
    """A student with guardians and phones; `number` is unique in the school."""

    id: UUID
    number: int
    name: str
    class_id: UUID
    traits: Traits
    guardians: tuple[UUID, ...]
    installation_id: UUID
    guardian_installation_id: UUID
    may_write: bool


@dataclass(frozen=True, slots=True)
class SchoolClass:
    """A class with its pupils and who teaches what in it."""

    id: UUID
    shape: GradeShape
    number: int
    name: str
    homeroom: UUID
    teachers: dict[str, UUID]
    pupils: tuple[Pupil, ...]
    recorder: UUID


@dataclass(slots=True)
class Population:
    """Everybody, and the rows that say so."""

    school_id: UUID
    district_id: UUID
    officer_id: UUID
    opened_on: date
    seed: int
    classes: list[SchoolClass] = field(default_factory=list)
    offices: list[UUID] = field(default_factory=list)
    rows: Rows = field(default_factory=lambda: defaultdict(list))

    def add(self, table: str, **values: Any) -> None:
        """Note a row of the school."""
        self.rows[table].append({"school_id": self.school_id, **values})


def made_id(seed: int, *words: object) -> UUID:
    """The same id for the same seed and words."""
    return uuid5(NAMESPACE, " ".join(map(str, (seed, *words))))


def populate(seed: int, opened_on: date) -> Population:
    """Everybody of the school that opened on that day."""
    school = Population(
        school_id=made_id(seed, "school"),
        district_id=made_id(seed, "district"),
        officer_id=made_id(seed, "officer"),
        opened_on=opened_on,
        seed=seed,
    )
    staff = _Staff(school, Random(f"{seed} staff"))
    families = _Families(school, Random(f"{seed} families"))
    for shape in GRADES:
        for number in range(1, len(shape.sizes) + 1):
            school.classes.append(_class(school, shape, number, staff, families))
    staff.appoint_offices()
    return school


def school_year(opened_on: date) -> int:
    """The year in which the demonstrated school year began: that of the days shown, not of the last days of July."""
    return school_year_of(opened_on + timedelta(days=100))


def _class(school: Population, shape: GradeShape, number: int, staff: _Staff, families: _Families) -> SchoolClass:
    class_id = made_id(school.seed, "class", shape.grade, number)
    name = f"{shape.name}({number})班"
    school.add(
        "classes",
        id=class_id,
        school_year=school_year(school.opened_on),
        stage=shape.stage,
        grade=shape.grade,
        number=number,
        name=name,
        change_counter=0,
    )
    teachers = staff.teachers_of(shape, number, class_id)
    pupils = tuple(families.pupil(shape, number, class_id, n) for n in range(1, shape.sizes[number - 1] + 1))
    recorder = pupils[4].id
    staff.post(recorder, Role.class_recorder, class_id=class_id)
    homeroom = teachers["chinese" if number % 2 else "maths"]
    staff.post(homeroom, Role.homeroom_teacher, class_id=class_id)
    return SchoolClass(class_id, shape, number, name, homeroom, teachers, pupils, recorder)


class _Staff:
    """Hires teachers and gives them posts: main subjects have two teachers a grade, the others one a stage."""

    def __init__(self, school: Population, rng: Random) -> None:
        self._school = school
        self._rng = rng
        self._hired: dict[tuple[Any, ...], UUID] = {}
        self._posts = 0

    def teachers_of(self, shape: GradeShape, number: int, class_id: UUID) -> dict[str, UUID]:
        """The teacher of each subject that sets homework in the class."""
        weekdays: dict[str, set[int]] = defaultdict(set)
        for habit in shape.habits:
            weekdays[habit.subject].update(habit.weekdays)
        teachers = {subject: self._teacher(shape, number, subject) for subject in weekdays}
        for subject, person in teachers.items():
            self.post(
                person,
                Role.subject_teacher,
                class_id=class_id,
                subject=subject,
                weekdays=sorted(weekdays[subject]),
            )
        return teachers

    def _teacher(self, shape: GradeShape, number: int, subject: str) -> UUID:
        if subject in ("chinese", "maths", "english"):
            return self._hire(shape.grade, (number + 1) // 2, subject)
        return self._hire(shape.stage.value, subject)

    def _hire(self, *key: Any) -> UUID:
        if key not in self._hired:
            self._hired[key] = made_id(self._school.seed, "staff", *key)
            add_person(self._school, self._hired[key], PersonKind.staff, names.adult_name(self._rng))
        return self._hired[key]

    def appoint_offices(self) -> None:
        """Two people of the academic office; for each grade a head and three prep groups."""
        for number in (1, 2):
            person = self._hire("office", number)
            self._school.offices.append(person)
            self.post(person, Role.academic_office)
        for shape in GRADES:
            self.post(self._hire(shape.grade, 1, "english"), Role.grade_head, stage=shape.stage, grade=shape.grade)
            for subject in ("chinese", "maths", "english"):
                person = self._hire(shape.grade, 2, subject)
                self.post(person, Role.prep_group, stage=shape.stage, grade=shape.grade, subject=subject)

    def post(self, person_id: UUID, role: Role, **values: Any) -> None:
        """Give a person a post from before the opening day on."""
        self._posts += 1
        nothing: Row = {"class_id": None, "subject": None, "stage": None, "grade": None, "weekdays": [], "to_on": None}
        ids = {"id": made_id(self._school.seed, "post", self._posts), "person_id": person_id, "role": role}
        begins = self._school.opened_on - timedelta(days=30)
        self._school.add("posts", **{**nothing, **values, **ids, "from_on": begins})


class _Families:
    """Children and who looks after them; some families have a child in another grade too."""

    def __init__(self, school: Population, rng: Random) -> None:
        self._school = school
        self._rng = rng
        self._number = 0
        self._with_room: list[tuple[str, tuple[UUID, ...]]] = []

    def pupil(self, shape: GradeShape, number: int, class_id: UUID, seat: int) -> Pupil:
        """The next child of a class, enrolled, with guardians and, nearly always, consent."""
        self._number += 1
        rng, school = self._rng, self._school
        student_id = made_id(school.seed, "student", self._number)
        family, guardians = self._family(shape)
        long_name = rng.random() < 0.012
        name = rng.choice(names.LONG_NAMES) if long_name else family + names.given_name(rng)
        add_person(school, student_id, PersonKind.student, name)
        may_write = seat == 1 or rng.random() > 0.03
        self._enrol(student_id, shape, number, class_id, seat, may_write)
        self._look_after(student_id, guardians, may_write)
        return Pupil(
            id=student_id,
            number=self._number,
            name=name,
            class_id=class_id,
            traits=traits(shape, rng),
            guardians=guardians,
            installation_id=made_id(school.seed, "phone", student_id),
            guardian_installation_id=made_id(school.seed, "phone", guardians[0]),
            may_write=may_write,
        )

    def _family(self, shape: GradeShape) -> tuple[str, tuple[UUID, ...]]:
        rng = self._rng
        if shape is not GRADES[0] and self._with_room and rng.random() < 0.12:
            return self._with_room.pop(rng.randrange(len(self._with_room)))
        family = names.surname(rng)
        guardians = [self._guardian(1, names.adult_name(rng))]
        if rng.random() < 0.62:
            guardians.append(self._guardian(2, names.adult_name(rng, family)))
        found = (family, tuple(guardians))
        if rng.random() < 0.5:
            self._with_room.append(found)
        return found

    def _guardian(self, which: int, name: str) -> UUID:
        person = made_id(self._school.seed, "guardian", self._number, which)
        add_person(self._school, person, PersonKind.guardian, name, telephone=f"139{which:04d}{self._number:04d}")
        return person

    def _enrol(
        self, student_id: UUID, shape: GradeShape, number: int, class_id: UUID, seat: int, may_write: bool
    ) -> None:
        school, rng = self._school, self._rng
        year = school_year(school.opened_on)
        school.add(
            "students",
            id=student_id,
            school_number=f"{year - (shape.grade - 1) % 6}{shape.grade:02d}{number:02d}{seat:02d}",
            national_number_hash=None,
            under_14_until=under_14_until(year - shape.grade - 6, rng.randint(1, 12)),
            boards=False,
            change_counter=0,
            may_write=may_write,
            waking_school_day=None,
            waking_free_day=None,
        )
        school.add(
            "enrolments",
            id=made_id(school.seed, "enrolment", student_id),
            student_id=student_id,
            class_id=class_id,
            from_on=school.opened_on - timedelta(days=30),
            to_on=None,
        )

    def _look_after(self, student_id: UUID, guardians: tuple[UUID, ...], granted: bool) -> None:
        school, since = self._school, opened_at(self._school.opened_on)
        for guardian, relation in zip(guardians, ("母亲", "父亲"), strict=False):
            row = {"guardian_id": guardian, "student_id": student_id, "relation": relation, "since_at": since}
            school.add("guardianships", **row, ended_at=None, ended_by=None, ended_reason=None)
        decision = ConsentDecision.granted if granted else ConsentDecision.refused
        if granted or self._rng.random() < 0.3:
            ids = {"id": made_id(school.seed, "consent", student_id), "student_id": student_id}
            said = {"guardian_id": guardians[0], "decision": decision, "text_version": CONSENT_TEXT}
            school.add("consents", **ids, **said, decided_at=since + timedelta(hours=9))


def opened_at(opened_on: date) -> datetime:
    """When the school was set up: a week before its first night."""
    return datetime(opened_on.year, opened_on.month, opened_on.day, 1, tzinfo=UTC) - timedelta(days=7)


def add_person(
    school: Population, person_id: UUID, kind: PersonKind, name: str, *, telephone: str | None = None
) -> None:
    """Note a person of the school."""
    school.add(
        "people",
        id=person_id,
        kind=kind,
        name=name,
        name_key=normalise_name(name),
        locale="en" if name.isascii() else "zh-CN",
        telephone=telephone,
        email=None,
        created_at=opened_at(school.opened_on),
        left_at=None,
    )


_TIERS = (Tier.standard,) * 6 + (Tier.basic,) * 2 + (Tier.extension,) * 2


def traits(shape: GradeShape, rng: Random) -> Traits:
    """What a student of the grade is like."""
    is_junior = shape.grade >= 7
    return Traits(
        pace=min(1.9, max(0.6, rng.lognormvariate(0, 0.2))),
        bedtime=shape.bedtime + rng.gauss(-42, 12) + rng.expovariate(1 / 47),
        wakes=shape.wakes + rng.gauss(0, 24),
        takes_part=0.0 if rng.random() < 0.02 else min(0.97, max(0.25, rng.gauss(0.74, 0.16))),
        logs_waking=rng.choice((0.15, 0.5, 0.8, 0.9)),
        has_own_phone=rng.random() < (0.55 if is_junior else 0.12),
        stays_after_class=rng.random() < (0.25 if is_junior else 0.45),
        tier=rng.choice(_TIERS),
        writes_notes=rng.choice((0.0, 0.02, 0.05, 0.15)),
    )
