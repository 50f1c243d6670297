"""One cast for every test: who lives in the test school, with fixed ids, tokens and passwords.

`the_cast()` is pure data; `install(connection)` writes it into a freshly migrated database, once, before that database
is copied for each test. It goes through the tables and no service, so a broken service cannot break the cast. What only
one test needs is made by that test; nobody here has an entry, a sheet or an assignment yet.
"""

import datetime as dt
import hashlib
import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from backend.domain.people import ConsentDecision, PersonKind, Role, normalise_name
from backend.domain.policy import SchoolSystem, Stage
from backend.domain.school_days import DayStatus
from backend.storage import models

ZONE = ZoneInfo("Asia/Shanghai")
#: Every test begins here: Tuesday 17 November 2026, 18:30 at the school.
START = dt.datetime(2026, 11, 17, 18, 30, tzinfo=ZONE).astimezone(dt.UTC)
TONIGHT = dt.date(2026, 11, 17)
YEAR_BEGINS = dt.date(2026, 9, 1)
CALENDAR_ENDS = dt.date(2027, 1, 31)
CONSENT_VERSION = "2026-11"

#: The password of everyone who has one, and the one a new teacher was given on paper; hashed as the product hashes.
PASSWORD = "paper lanterns at dusk"
FIRST_PASSWORD = "first-password-42"
PASSWORD_HASH = "$argon2id$v=19$m=19456,t=2,p=1$pksbFLQWHQHofLOfaHSgeA$gamz/plR6XMYOu2pPoMnpsIPTgnY5V5JdBEA9IZhfvM"
FIRST_PASSWORD_HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1$FgcVk9ZEF83wvdclUzFmYw$/Ukx+QSTwrkn4jFRdwXSkEwvf55HYKZOKFSGKinSe1s"
)


@dataclass(frozen=True)
class Holder:
    """Somebody who can sign in; `token` is already signed in."""

    key: str
    name: str
    id: uuid.UUID
    school_id: uuid.UUID | None
    telephone: str | None = None
    login: str | None = None
    password: str | None = None

    @property
    def token(self) -> str:
        """The bearer token of this holder's one session."""
        return f"token-of-{self.key}-0123456789abcdefghijklmnopqrstuv"

    @property
    def session_id(self) -> uuid.UUID:
        """The id of that session."""
        return made_id(f"session {self.key}")


@dataclass(frozen=True)
class Place:
    """A district, a school or a class."""

    id: uuid.UUID
    slug: str
    name: str


@dataclass(frozen=True)
class Cast:
    """Everybody by name. `shiyan` is the school where nearly everything happens."""

    district: Place
    other_district: Place
    shiyan: Place
    other_school: Place
    class_11: Place
    class_31: Place
    class_32: Place
    class_71: Place
    other_class: Place

    ada: Holder
    """Grade 3, class 三(1)班; mother and father both look after her."""
    mother: Holder
    """Ada's and Emil's mother: two children on one phone."""
    father: Holder
    grandfather: Holder
    """Was Ada's guardian until last spring; sees nothing any more."""
    emil: Holder
    """Grade 1, Ada's brother."""
    finn: Holder
    """Ada's classmate and class recorder."""
    finn_mother: Holder
    dora: Holder
    """Ada's classmate, of unknown age; her mother has not been asked for consent yet."""
    dora_mother: Holder
    ben: Holder
    """Grade 3, class 三(2)班: another family, another class."""
    ben_mother: Holder
    cleo: Holder
    """Grade 7, has a phone of her own."""
    cleo_mother: Holder

    homeroom: Holder
    """Homeroom teacher of 三(1)班, who also teaches it Chinese."""
    maths_teacher: Holder
    """Teaches maths in 三(1)班 and 三(2)班."""
    english_teacher: Holder
    """Teaches English in 三(1)班."""
    homeroom_32: Holder
    homeroom_11: Holder
    homeroom_71: Holder
    prep_maths: Holder
    """Prep group of grade 3 maths; teaches no class of ours."""
    grade_head: Holder
    """Head of grade 3."""
    office: Holder
    new_teacher: Holder
    """Still has the first password; teaches science in 三(1)班."""
    officer: Holder
    """The district's officer: no school, no names."""

    zed: Holder
    """Grade 3 in another school of another district."""
    zed_mother: Holder
    other_homeroom: Holder
    other_office: Holder

    @property
    def holders(self) -> tuple[Holder, ...]:
        """Everybody who can sign in."""
        return tuple(value for value in vars(self).values() if isinstance(value, Holder))


def made_id(text: str) -> uuid.UUID:
    """The same id for the same words, in every run."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"https://nightsheet.test/{text}")


def _place(kind: str, slug: str, name: str) -> Place:
    return Place(made_id(f"{kind} {slug}"), slug, name)


def _holder(key: str, name: str, school: Place | None, telephone: str | None = None, *, staff: bool = False) -> Holder:
    password = (FIRST_PASSWORD if key == "new_teacher" else PASSWORD) if staff else None
    return Holder(
        key=key,
        name=name,
        id=made_id(f"person {key}"),
        school_id=school.id if school else None,
        telephone=telephone,
        login=key.replace("_", ".") if staff else None,
        password=password,
    )


@cache
def the_cast() -> Cast:
    """The cast; the same object every time."""
    shiyan = _place("school", "shiyan", "实验学校")
    other = _place("school", "yucai", "育才小学")
    return Cast(
        district=_place("district", "yunhe", "运河区教育局"),
        other_district=_place("district", "linjiang", "临江区教育局"),
        shiyan=shiyan,
        other_school=other,
        class_11=_place("class", "shiyan-11", "一(1)班"),
        class_31=_place("class", "shiyan-31", "三(1)班"),
        class_32=_place("class", "shiyan-32", "三(2)班"),
        class_71=_place("class", "shiyan-71", "七(1)班"),
        other_class=_place("class", "yucai-31", "三(1)班"),
        ada=_holder("ada", "陈艾达", shiyan),
        mother=_holder("mother", "林晓梅", shiyan, "13800001111"),
        father=_holder("father", "陈建国", shiyan, "13800002222"),
        grandfather=_holder("grandfather", "陈守义", shiyan, "13800003333"),
        emil=_holder("emil", "陈小树", shiyan),
        finn=_holder("finn", "方一帆", shiyan),
        finn_mother=_holder("finn_mother", "何丽", shiyan, "13800004444"),
        dora=_holder("dora", "杜若", shiyan),
        dora_mother=_holder("dora_mother", "杜芳", shiyan, "13800005555"),
        ben=_holder("ben", "白本", shiyan),
        ben_mother=_holder("ben_mother", "白雪", shiyan, "13800006666"),
        cleo=_holder("cleo", "柯丽儿", shiyan),
        cleo_mother=_holder("cleo_mother", "柯敏", shiyan, "13800007777"),
        homeroom=_holder("homeroom", "王雅文", shiyan, staff=True),
        maths_teacher=_holder("maths_teacher", "李算", shiyan, staff=True),
        english_teacher=_holder("english_teacher", "周英", shiyan, staff=True),
        homeroom_32=_holder("homeroom_32", "赵敏", shiyan, staff=True),
        homeroom_11=_holder("homeroom_11", "孙晴", shiyan, staff=True),
        homeroom_71=_holder("homeroom_71", "吴涛", shiyan, staff=True),
        prep_maths=_holder("prep_maths", "郑规", shiyan, staff=True),
        grade_head=_holder("grade_head", "冯年", shiyan, staff=True),
        office=_holder("office", "褚教务", shiyan, staff=True),
        new_teacher=_holder("new_teacher", "卫新", shiyan, staff=True),
        officer=_holder("officer", "蒋督学", None, staff=True),
        zed=_holder("zed", "曾泽", other),
        zed_mother=_holder("zed_mother", "曾云", other, "13900001111"),
        other_homeroom=_holder("other_homeroom", "韩班", other, staff=True),
        other_office=_holder("other_office", "杨教务", other, staff=True),
    )


def install(connection: sa.Connection) -> Cast:
    """Write the cast into an empty, migrated database. The caller commits."""
    cast = the_cast()
    for parts in (_places(cast), _people(cast), _students(cast), _staff(cast), _sessions(cast)):
        _insert(connection, parts)
    return cast


Row = tuple[type[Any], dict[str, Any]]


def _insert(connection: sa.Connection, rows: Iterator[Row]) -> None:
    """Insert in the order in which the tables first appear, each table at once."""
    tables: dict[sa.Table, list[dict[str, Any]]] = defaultdict(list)
    for model, values in rows:
        tables[model.__table__].append(values)
    for table, values in tables.items():
        connection.execute(sa.insert(table), values)


def _places(cast: Cast) -> Iterator[Row]:
    for district in (cast.district, cast.other_district):
        yield models.District, {"id": district.id, "slug": district.slug, "name": district.name}
    yield from _school(cast.shiyan, cast.district)
    yield from _school(cast.other_school, cast.other_district)
    yield _class(cast.shiyan, cast.class_11, Stage.primary, 1, 1)
    yield _class(cast.shiyan, cast.class_31, Stage.primary, 3, 1)
    yield _class(cast.shiyan, cast.class_32, Stage.primary, 3, 2)
    yield _class(cast.shiyan, cast.class_71, Stage.junior, 7, 1)
    yield _class(cast.other_school, cast.other_class, Stage.primary, 3, 1)


SUBJECTS = (
    ("chinese", "语文", "Chinese", "语"),
    ("maths", "数学", "Maths", "数"),
    ("english", "英语", "English", "英"),
    ("science", "科学", "Science", "科"),
)
HOLIDAYS = {dt.date(2026, 9, 25), *(dt.date(2026, 10, day) for day in range(1, 8)), dt.date(2027, 1, 1)}
#: Saturday 10 October makes up for a Tuesday.
MAKE_UP_DAYS = {dt.date(2026, 10, 10): 2}


def _school(school: Place, district: Place) -> Iterator[Row]:
    yield (
        models.School,
        {
            "id": school.id,
            "district_id": district.id,
            "slug": school.slug,
            "name": school.name,
            "zone": ZONE.key,
            "system": SchoolSystem.six_three,
            "created_at": START,
        },
    )
    for position, (code, name_zh, name_en, glyph) in enumerate(SUBJECTS):
        words = {"name_zh": name_zh, "name_en": name_en, "glyph": glyph}
        yield models.Subject, {"school_id": school.id, "code": code, "position": position, **words}
    yield (
        models.Term,
        {
            "school_id": school.id,
            "id": made_id(f"term {school.slug}"),
            "name": "2026-2027 上学期",
            "starts_on": YEAR_BEGINS,
            "ends_on": CALENDAR_ENDS,
        },
    )
    for offset in range((CALENDAR_ENDS - YEAR_BEGINS).days + 1):
        yield _day(school, YEAR_BEGINS + dt.timedelta(days=offset))


def _day(school: Place, day: dt.date) -> Row:
    weekday = MAKE_UP_DAYS.get(day, day.isoweekday() if day.isoweekday() <= 5 else None)
    taught = weekday is not None and day not in HOLIDAYS
    known = DayStatus.announced if day.year == 2026 else DayStatus.estimated
    values = {"is_school_day": taught, "timetable_weekday": weekday if taught else None, "status": known}
    return models.SchoolDay, {"school_id": school.id, "day": day, **values}


def _class(school: Place, place: Place, stage: Stage, grade: int, number: int) -> Row:
    values = {"school_year": 2026, "stage": stage, "grade": grade, "number": number, "name": place.name}
    return models.Class, {"school_id": school.id, "id": place.id, **values}


def student_names() -> tuple[str, ...]:
    """Keys of the cast's students."""
    return ("ada", "emil", "finn", "dora", "ben", "cleo", "zed")


def guardian_names() -> tuple[str, ...]:
    """Keys of the cast's guardians, the former one included."""
    return ("mother", "father", "grandfather", "finn_mother", "dora_mother", "ben_mother", "cleo_mother", "zed_mother")


def _kind(holder: Holder) -> PersonKind:
    if holder.key in student_names():
        return PersonKind.student
    return PersonKind.guardian if holder.key in guardian_names() else PersonKind.staff


def _people(cast: Cast) -> Iterator[Row]:
    for holder in cast.holders:
        if holder.school_id is None:
            continue
        values = {"name": holder.name, "name_key": normalise_name(holder.name), "telephone": holder.telephone}
        yield (
            models.Person,
            {"school_id": holder.school_id, "id": holder.id, "kind": _kind(holder), "created_at": START, **values},
        )


def _students(cast: Cast) -> Iterator[Row]:
    yield from _student(cast.ada, cast.class_31, "20260301", dt.date(2031, 5, 1), consent=cast.mother)
    yield from _student(cast.emil, cast.class_11, "20260101", dt.date(2034, 3, 1), consent=cast.mother)
    yield from _student(cast.finn, cast.class_31, "20260302", dt.date(2031, 8, 1), consent=cast.finn_mother)
    yield from _student(cast.dora, cast.class_31, "20260303", None, consent=None)
    yield from _student(cast.ben, cast.class_32, "20260304", dt.date(2031, 2, 1), consent=cast.ben_mother)
    yield from _student(cast.cleo, cast.class_71, "20260701", dt.date(2027, 6, 1), consent=cast.cleo_mother)
    yield from _student(cast.zed, cast.other_class, "20260301", dt.date(2031, 4, 1), consent=cast.zed_mother)
    for guardian, student, relation in (
        (cast.mother, cast.ada, "母亲"),
        (cast.father, cast.ada, "父亲"),
        (cast.mother, cast.emil, "母亲"),
        (cast.finn_mother, cast.finn, "母亲"),
        (cast.dora_mother, cast.dora, "母亲"),
        (cast.ben_mother, cast.ben, "母亲"),
        (cast.cleo_mother, cast.cleo, "母亲"),
        (cast.zed_mother, cast.zed, "母亲"),
    ):
        yield _guardianship(guardian, student, relation)
    yield _guardianship(cast.grandfather, cast.ada, "祖父", ended_at=START - dt.timedelta(days=200))


def _student(
    holder: Holder, place: Place, number: str, under_14_until: dt.date | None, *, consent: Holder | None
) -> Iterator[Row]:
    values = {"school_number": number, "under_14_until": under_14_until, "may_write": consent is not None}
    yield models.Student, {"school_id": holder.school_id, "id": holder.id, **values}
    enrolment = {"id": made_id(f"enrolment {holder.key}"), "student_id": holder.id, "class_id": place.id}
    yield models.Enrolment, {"school_id": holder.school_id, "from_on": YEAR_BEGINS, **enrolment}
    if consent is not None:
        decision = {"decision": ConsentDecision.granted, "text_version": CONSENT_VERSION, "decided_at": START}
        ids = {"id": made_id(f"consent {holder.key}"), "student_id": holder.id, "guardian_id": consent.id}
        yield models.Consent, {"school_id": holder.school_id, **ids, **decision}


def _guardianship(guardian: Holder, student: Holder, relation: str, ended_at: dt.datetime | None = None) -> Row:
    ids = {"school_id": guardian.school_id, "guardian_id": guardian.id, "student_id": student.id}
    since = START - dt.timedelta(days=400)
    return models.Guardianship, {**ids, "relation": relation, "since_at": since, "ended_at": ended_at}


SCHOOL_WEEK = [1, 2, 3, 4, 5]


def _staff(cast: Cast) -> Iterator[Row]:
    yield from _subject_post(cast.homeroom, cast.class_31, "chinese")
    yield from _subject_post(cast.maths_teacher, cast.class_31, "maths")
    yield from _subject_post(cast.maths_teacher, cast.class_32, "maths")
    yield from _subject_post(cast.english_teacher, cast.class_31, "english")
    yield from _subject_post(cast.new_teacher, cast.class_31, "science")
    yield _post(cast.homeroom, Role.homeroom_teacher, cast.class_31)
    yield _post(cast.homeroom_32, Role.homeroom_teacher, cast.class_32)
    yield _post(cast.homeroom_11, Role.homeroom_teacher, cast.class_11)
    yield _post(cast.homeroom_71, Role.homeroom_teacher, cast.class_71)
    yield _post(cast.other_homeroom, Role.homeroom_teacher, cast.other_class)
    yield _post(cast.finn, Role.class_recorder, cast.class_31)
    yield _post(cast.prep_maths, Role.prep_group, subject="maths", grade=3)
    yield _post(cast.grade_head, Role.grade_head, grade=3)
    yield _post(cast.office, Role.academic_office)
    yield _post(cast.other_office, Role.academic_office)
    yield from (_password(holder) for holder in cast.holders if holder.login and holder.school_id)
    officer = {"login": cast.officer.login, "password_hash": PASSWORD_HASH, "must_change": False}
    yield (
        models.DistrictOfficer,
        {"id": cast.officer.id, "district_id": cast.district.id, "name": cast.officer.name, **officer},
    )


def _subject_post(holder: Holder, place: Place, subject: str) -> Iterator[Row]:
    yield _post(holder, Role.subject_teacher, place, subject=subject, weekdays=SCHOOL_WEEK)


def _post(
    holder: Holder,
    role: Role,
    place: Place | None = None,
    *,
    subject: str | None = None,
    grade: int | None = None,
    weekdays: list[int] | None = None,
) -> Row:
    where = place.slug if place else "school"
    values = {
        "id": made_id(f"post {holder.key} {role.value} {where} {subject}"),
        "person_id": holder.id,
        "role": role,
        "class_id": place.id if place else None,
        "subject": subject,
        "stage": Stage.primary if grade else None,
        "grade": grade,
        "weekdays": weekdays or [],
        "from_on": YEAR_BEGINS,
    }
    return models.Post, {"school_id": holder.school_id, **values}


def _password(holder: Holder) -> Row:
    is_first = holder.password == FIRST_PASSWORD
    values = {
        "login": holder.login,
        "password_hash": FIRST_PASSWORD_HASH if is_first else PASSWORD_HASH,
        "must_change": is_first,
        "changed_at": START,
    }
    return models.StaffPassword, {"school_id": holder.school_id, "person_id": holder.id, **values}


def _sessions(cast: Cast) -> Iterator[Row]:
    for holder in cast.holders:
        values = {
            "token_hash": hashlib.sha256(holder.token.encode()).digest(),
            "id": holder.session_id,
            "school_id": holder.school_id,
            "person_id": holder.id if holder.school_id else None,
            "officer_id": None if holder.school_id else holder.id,
            "created_at": START - dt.timedelta(days=1),
            "expires_at": START + dt.timedelta(days=180),
            "device_name": f"{holder.key}'s device",
        }
        yield models.AuthSession, values
