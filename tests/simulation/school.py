"""The simulated school: children, families, teachers and their wishes as plain objects, and the rows that say the same.

Everything is drawn from one `random.Random`. Nothing here is about what anybody does of an evening (`days.py`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import random
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from backend.domain.people import PersonKind, Role
from backend.domain.policy import PolicyField, PolicyLevel, SchoolSystem, Stage
from backend.domain.reminder_times import CLOCKS, DEFAULTS, EARLIEST_DIGEST, LATEST_DIGEST, MINUTES
from backend.domain.school_days import DayStatus
from backend.storage import models
from backend.storage.models import AddressKind

SUBJECTS = ("chinese", "maths", "english")
CLASS_SIZE = 40
#: In this order, so that a small school has caps too.
GRADES = (3, 7, 1, 5, 9, 2, 4, 8, 6)
Row = dict[str, Any]


@dataclass
class Wishes:
    """What a person wants: codes switched off and on, a chosen time, quiet hours, a pause of whole days."""

    off: set[str] = field(default_factory=set)
    on: set[str] = field(default_factory=set)
    chosen: dt.time | None = None
    quiet: tuple[dt.time, dt.time] | None = None
    paused: tuple[dt.date, dt.date] | None = None
    digest: dt.time | None = None
    """The hour of one message in the evening instead of each by itself."""


@dataclass(eq=False)
class Person:
    """Anybody who can be told something."""

    id: uuid.UUID
    kind: PersonKind
    wishes: Wishes = field(default_factory=Wishes)

    @property
    def token(self) -> str:
        """What this person's phone signs its requests with."""
        return f"simulated-{self.id}"

    @property
    def token_hash(self) -> bytes:
        """What the database keeps of it."""
        return hashlib.sha256(self.token.encode()).digest()


@dataclass(eq=False)
class Classroom:
    """A class with its teachers by subject; the first of these is its homeroom teacher."""

    id: uuid.UUID
    stage: Stage
    grade: int
    number: int
    teachers: dict[str, Person]
    children: list[Child] = field(default_factory=list)

    @property
    def cap(self) -> int:
        """The preset cap in minutes (rule 3, cap)."""
        return 0 if self.grade <= 2 else 60 if self.grade <= 6 else 90

    @property
    def homeroom(self) -> Person:
        """The homeroom teacher."""
        return self.teachers[SUBJECTS[0]]


@dataclass(eq=False)
class Child(Person):
    """A student with guardians, an own latest lights-out, and habits."""

    number: int = 0
    class_: Classroom = None  # type: ignore[assignment]
    guardians: list[Person] = field(default_factory=list)
    may_write: bool = True
    latest: dt.time = dt.time(21, 20)
    stated: dict[bool, dt.time | None] = field(default_factory=dict)
    """The guardian's usual waking time: True before a school day."""
    slow: float = 1.0

    @property
    def target(self) -> int:
        """Minutes of sleep."""
        return 600 if self.class_.stage is Stage.primary else 540


@dataclass
class School:
    """Everybody, with the calendar."""

    id: uuid.UUID
    zone: ZoneInfo
    classes: list[Classroom]
    children: list[Child]
    teachers: list[Person]
    office: Person
    school_days: dict[dt.date, bool]
    timetable: dict[dt.date, int | None]
    times: dict[str, Any] = field(default_factory=lambda: dict(DEFAULTS))
    """When the school's reminders come, by the names of its settings."""

    def choose_times(self, chance: random.Random) -> dict[str, Any]:
        """Other times, within the bounds that the product has for each."""
        clocks = {each.name: _between(chance, each.earliest, each.latest) for each in CLOCKS}
        self.times = clocks | {each.name: chance.randint(each.least, each.most) for each in MINUTES}
        return self.times

    def at(self, day: dt.date, clock: dt.time) -> dt.datetime:
        """The instant of a local time."""
        return dt.datetime.combine(day, clock, self.zone).astimezone(dt.UTC)

    def evening(self, night: dt.date, clock: dt.time) -> dt.datetime:
        """A bedtime on a night's clock: what is before noon belongs to the next morning."""
        return self.at(night + dt.timedelta(days=clock.hour < 12), clock)

    def is_school_day(self, day: dt.date) -> bool:
        """By the school's own calendar."""
        return self.school_days[day]

    @property
    def guardians(self) -> list[Person]:
        """Every guardian once."""
        return list(dict.fromkeys(guardian for child in self.children for guardian in child.guardians))


def _between(chance: random.Random, first: dt.time, last: dt.time) -> dt.time:
    minute = chance.randint(first.hour * 60 + first.minute, last.hour * 60 + last.minute)
    return dt.time(minute // 60, minute % 60)


def found(chance: random.Random, *, students: int, zone: ZoneInfo, first: dt.date, days: int) -> School:
    """A school of so many students; its third Saturday makes up for a Monday."""

    def new_id() -> uuid.UUID:
        return uuid.UUID(int=chance.getrandbits(128), version=4)

    classes, teachers = _classes(chance, -(-students // CLASS_SIZE), new_id)
    children = [_child(chance, number, classes[number // CLASS_SIZE], new_id) for number in range(students)]
    for child in children:
        child.class_.children.append(child)
        _family(chance, child, children, new_id)
    saturdays = [first + dt.timedelta(days=n) for n in range(days) if (first + dt.timedelta(days=n)).weekday() == 5]
    made_up = saturdays[2] if len(saturdays) > 2 else None
    span = [first + dt.timedelta(days=n) for n in range(-80, days + 80)]
    weekdays = {day: 1 if day == made_up else day.isoweekday() if day.weekday() < 5 else None for day in span}
    office = Person(new_id(), PersonKind.staff)
    taught = {day: weekday is not None for day, weekday in weekdays.items()}
    return School(new_id(), zone, classes, children, teachers, office, taught, weekdays)


def _classes(chance: random.Random, count: int, new_id: Any) -> tuple[list[Classroom], list[Person]]:
    classes: list[Classroom] = []
    teachers: list[Person] = []
    for number in range(count):
        grade = GRADES[number % 9]
        own = {subject: Person(new_id(), PersonKind.staff) for subject in SUBJECTS}
        if number % 2:
            own["maths"] = classes[-1].teachers["maths"]  # one teacher of two classes
        for teacher in own.values():
            if chance.random() < 0.1:
                teacher.wishes.off.add(chance.choice(["publish_estimates", "class_over_cap", "weekly_digest"]))
            if chance.random() < 0.2:
                teacher.wishes.quiet = (dt.time(16, 30), dt.time(7, 45))
        stage = Stage.primary if grade <= 6 else Stage.junior
        classes.append(Classroom(new_id(), stage, grade, number // 9 + 1, own))
        teachers += [teacher for teacher in own.values() if teacher not in teachers]
    return classes, teachers


def _child(chance: random.Random, number: int, class_: Classroom, new_id: Any) -> Child:
    preset = dt.time(21, 20) if class_.stage is Stage.primary else dt.time(22, 0)
    own = chance.choice([dt.time(20, 0), dt.time(20, 45), dt.time(22, 30), dt.time(23, 45), dt.time(0, 15)])
    child = Child(
        new_id(),
        PersonKind.student,
        number=number,
        class_=class_,
        may_write=chance.random() > 0.03,
        latest=own if chance.random() < 0.15 else preset,
        stated={kind: dt.time(6 if kind else 8, 40) if chance.random() < 0.6 else None for kind in (True, False)},
        slow=chance.choice([0.6, 0.9, 1.0, 1.0, 1.3, 2.0]),
    )
    wishes = child.wishes
    if chance.random() < 0.3:
        wishes.on.add("wind_down")
    if chance.random() < 0.25:
        wishes.on.add("start_homework")
        wishes.chosen = dt.time(chance.choice([17, 18, 19]), chance.choice([0, 15, 30]))
    if chance.random() < 0.1:
        wishes.off.add(chance.choice(["cap_near", "cap_reached"]))
    if chance.random() < 0.1:
        wishes.quiet = (dt.time(12, 0), dt.time(19, 30))
    return child


def _family(chance: random.Random, child: Child, children: list[Child], new_id: Any) -> None:
    """One or two guardians; every eighth child has those of the child before: two children on one phone."""
    if child.number % 8 == 7:
        child.guardians = children[child.number - 1].guardians
        return
    child.guardians = [Person(new_id(), PersonKind.guardian) for _ in range(chance.choice([1, 2, 2]))]
    for guardian in child.guardians:
        wishes = guardian.wishes
        if chance.random() < 0.25:
            wishes.off.add(chance.choice(["cap_reached", "wind_down", "confirm_sheet", "sleep_short", "streak"]))
        if chance.random() < 0.15:
            wishes.on.add("bedtime_passed")
        if chance.random() < 0.15:
            wishes.on.add("start_homework")
            wishes.chosen = dt.time(chance.choice([17, 18, 19]), chance.choice([0, 20, 45]))
        if chance.random() < 0.2:
            night = (dt.time(chance.choice([20, 21, 22]), 30), dt.time(chance.choice([6, 7]), 50))
            wishes.quiet = night if chance.random() < 0.7 else (dt.time(9, 0), dt.time(17, 30))
        if chance.random() < 0.2:
            wishes.digest = _between(chance, EARLIEST_DIGEST, LATEST_DIGEST)


# --- the same as rows -----------------------------------------------------------------------------------------------


def write(connection: sa.Connection, school: School, *, first: dt.date) -> None:
    """Write the school into an empty, migrated database. The caller commits."""
    began, rows = school.at(first - dt.timedelta(days=60), dt.time(12)), defaultdict[Any, list[Row]](list)
    district = uuid.uuid5(school.id, "district")
    rows[models.District].append({"id": district, "slug": "simulated", "name": "simulated"})
    rows[models.School].append(
        {"id": school.id, "district_id": district, "slug": "simulated", "name": "simulated", "zone": school.zone.key}
        | {"system": SchoolSystem.six_three, "created_at": began}
    )
    for day, taught in school.school_days.items():
        values = {"is_school_day": taught, "timetable_weekday": school.timetable[day], "status": DayStatus.announced}
        rows[models.SchoolDay].append({"school_id": school.id, "day": day, **values})
    for position, code in enumerate(SUBJECTS):
        words = {"name_zh": code, "name_en": code, "glyph": code[0]}
        rows[models.Subject].append({"school_id": school.id, "code": code, "position": position, **words})
    for class_ in school.classes:
        _class_rows(rows, school, class_, began)
    for person in (*school.children, *school.guardians, *school.teachers, school.office):
        _person_rows(rows, school, person, began)
    for child in school.children:
        _child_rows(rows, school, child, began)
    rows[models.Post].append(_post(school, school.office, Role.academic_office, None, began))
    by_table = {model.__tablename__: (model, listed) for model, listed in rows.items()}
    for table in models.Person.metadata.sorted_tables:
        if table.name in by_table:
            model, listed = by_table[table.name]
            connection.execute(sa.insert(model), listed)


def _class_rows(rows: dict[Any, list[Row]], school: School, class_: Classroom, began: dt.datetime) -> None:
    named = {"stage": class_.stage, "grade": class_.grade, "number": class_.number, "school_year": 2026}
    name = f"{class_.grade}({class_.number})"
    rows[models.Class].append({"school_id": school.id, "id": class_.id, "name": name, **named})
    for subject, teacher in class_.teachers.items():
        rows[models.Post].append(_post(school, teacher, Role.subject_teacher, class_, began, subject))
    rows[models.Post].append(_post(school, class_.homeroom, Role.homeroom_teacher, class_, began))


def _post(
    school: School, person: Person, role: Role, class_: Classroom | None, began: dt.datetime, subject: str | None = None
) -> Row:
    place = {"class_id": class_.id if class_ else None, "subject": subject, "weekdays": [1, 2, 3, 4, 5]}
    ids = {"school_id": school.id, "id": uuid.uuid5(person.id, f"{role} {place}"), "person_id": person.id}
    return {**ids, "role": role, "from_on": began.date(), **place}


def _person_rows(rows: dict[Any, list[Row]], school: School, person: Person, began: dt.datetime) -> None:
    ids = {"school_id": school.id, "person_id": person.id}
    name = person.id.hex[:8]
    who = {"name": name, "name_key": name, "kind": person.kind, "created_at": began}
    rows[models.Person].append({"school_id": school.id, "id": person.id, **who})
    session = {"id": uuid.uuid5(person.id, "session"), "created_at": began, "device_name": ""}
    until = began + dt.timedelta(days=365)
    rows[models.AuthSession].append({"token_hash": person.token_hash, "expires_at": until, **session, **ids})
    wishes = person.wishes
    for code, enabled in (*((c, False) for c in sorted(wishes.off)), *((c, True) for c in sorted(wishes.on))):
        chosen = wishes.chosen if code == "start_homework" else None
        wanted = {"code": code, "enabled": enabled, "chosen_time": chosen, "set_by": person.id}
        rows[models.ReminderPreference].append({**ids, **wanted})
    quiet = wishes.quiet or (None, None)
    digest = {"evening_digest": wishes.digest is not None, "digest_at": wishes.digest}
    rows[models.ReminderSetting].append({**ids, "quiet_from": quiet[0], "quiet_to": quiet[1], **digest})


def _child_rows(rows: dict[Any, list[Row]], school: School, child: Child, began: dt.datetime) -> None:
    ids = {"school_id": school.id, "student_id": child.id}
    stated = {"waking_school_day": child.stated[True], "waking_free_day": child.stated[False]}
    student = {"school_number": f"{child.number:08}", "under_14_until": None, "may_write": child.may_write, **stated}
    rows[models.Student].append({"school_id": school.id, "id": child.id, **student})
    enrolment = {"id": uuid.uuid5(child.id, "enrolment"), "class_id": child.class_.id, "from_on": began.date()}
    rows[models.Enrolment].append({**ids, **enrolment})
    for guardian in child.guardians:
        guards = {"guardian_id": guardian.id, "relation": "guardian", "since_at": began}
        rows[models.Guardianship].append({**ids, **guards})
    preset = dt.time(21, 20) if child.class_.stage is Stage.primary else dt.time(22, 0)
    if child.latest != preset:
        exception = {"level": PolicyLevel.student, "field": PolicyField.latest_lights_out, "set_at": began}
        value = {"value": f"{child.latest:%H:%M}"}
        own = {"id": uuid.uuid5(child.id, "policy"), "effective_on": began.date(), "reason": "own", "value": value}
        rows[models.Policy].append({**ids, **exception, **own})


def endpoints(chance: random.Random, school: School) -> list[Row]:
    """Where people can be reached at first: push, a messenger that cannot replace a copy, both, or nowhere.

    Some children have a phone of their own, some are signed in on their mother's.
    """
    rows: list[Row] = []

    def add(person: Person, kind: AddressKind, installation: str) -> None:
        ids = {"school_id": school.id, "person_id": person.id, "keys": {}}
        reached = {"installation_id": uuid.uuid5(school.id, installation), "kind": kind, "address": installation}
        rows.append({**ids, **reached, "registered_at": dt.datetime(2026, 9, 1, tzinfo=dt.UTC)})

    for guardian in school.guardians:
        for number in range(chance.choice([0, 1, 1, 1, 2])):
            add(guardian, AddressKind.FCM_INSTALLATION, f"push {guardian.id} {number}")
        if chance.random() < 0.6:
            add(guardian, AddressKind.CONSOLE, f"messenger {guardian.id}")
    for child in school.children:
        if chance.random() < (0.6 if child.class_.grade >= 5 else 0.2):
            add(child, AddressKind.FCM_INSTALLATION, f"push {child.id}")
        elif chance.random() < 0.3:
            add(child, AddressKind.FCM_INSTALLATION, f"push {child.guardians[0].id} 0")
    for teacher in (*school.teachers, school.office):
        if chance.random() < 0.9:
            add(teacher, AddressKind.CONSOLE, f"messenger {teacher.id}")
    return rows
