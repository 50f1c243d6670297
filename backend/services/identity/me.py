"""Who am I: what a client needs at start to draw the right screens, in a fixed number of statements."""

import datetime as dt
import uuid
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from backend.domain.errors import NotFound
from backend.domain.people import ConsentRecord, ConsentState, consent_state
from backend.services.actor import Actor, ActorKind
from backend.services.rights.consents import TEXT_VERSION, is_needed
from backend.services.school.schools import SchoolToday, get_school
from backend.storage.models import Class, District, School, Subject
from backend.storage.queries import classes, people
from backend.storage.queries.consents import ConsentFacts
from backend.storage.queries.people import PostRow, StudentRow


@dataclass(frozen=True)
class OwnConsent:
    """Where a student's consent stands; ``text_version`` is the text to be asked today."""

    state: ConsentState
    needed: bool
    text_version: str = TEXT_VERSION


@dataclass(frozen=True)
class OwnStudent:
    """Oneself, or a child one looks after."""

    id: uuid.UUID
    name: str
    relation: str
    class_: Class | None
    boards: bool
    may_write: bool
    consent: OwnConsent
    is_recorder: bool
    paused_to: dt.date | None


@dataclass(frozen=True)
class OwnSchool:
    """The school with its subjects."""

    school: School
    subjects: list[Subject]


@dataclass(frozen=True)
class OwnTablet:
    """The room in which a class tablet stands."""

    class_: Class | None


@dataclass(frozen=True)
class Me:
    """The holder of the session. Officers have a district and no school, a tablet only its class."""

    actor: Actor
    name: str
    today: dt.date | None = None
    school: OwnSchool | None = None
    district: District | None = None
    posts: list[PostRow] = field(default_factory=list)
    students: list[OwnStudent] = field(default_factory=list)
    tablet: OwnTablet | None = None


def describe_me(session: Session, *, actor: Actor, now: dt.datetime) -> Me:
    """Everything about the actor; never anything about anybody who is not the actor's own."""
    if actor.kind is ActorKind.DISTRICT_OFFICER:
        return _officer(session, actor)
    place = get_school(session, school_id=actor.school_id, now=now)
    school = OwnSchool(place.school, people.subjects_of(session, place.id))
    if actor.kind is ActorKind.TABLET:
        room = people.find_tablet_class(session, place.id, actor.id)
        return Me(actor, "", place.today, school, tablet=OwnTablet(room))
    person = people.find_person(session, place.id, actor.id)
    if person is None:
        raise NotFound("no such person")
    students = _students(session, actor, place)
    return Me(
        actor=actor,
        name=person.name,
        today=place.today,
        school=school,
        posts=_posts(session, actor, place, students),
        students=students,
    )


def _posts(session: Session, actor: Actor, place: SchoolToday, students: list[OwnStudent]) -> list[PostRow]:
    """A pupil's post (class recorder) stands only in the class of today."""
    if actor.kind is ActorKind.GUARDIAN:
        return []
    posts = people.posts_of(session, place.id, actor.id, place.today)
    if actor.kind is not ActorKind.STUDENT:
        return posts
    own = {each.class_.id for each in students if each.class_ is not None}
    return [row for row in posts if row.class_ is not None and row.class_.id in own]


def _officer(session: Session, actor: Actor) -> Me:
    officer = people.find_officer(session, actor.id)
    district = classes.find_district(session, actor.district_id) if actor.district_id else None
    return Me(actor, officer.name if officer else "", district=district)


def _students(session: Session, actor: Actor, place: SchoolToday) -> list[OwnStudent]:
    if actor.kind is ActorKind.STAFF:
        return []
    if actor.kind is ActorKind.STUDENT:
        rows = people.student_self(session, place.id, actor.id, place.today)
    else:
        rows = people.students_of_guardian(session, place.id, actor.id, place.today)
    consents = people.consents_of(session, place.id, [row.student.id for row in rows])
    return [_student(row, consents[row.student.id], place.today) for row in rows]


def _student(row: StudentRow, records: list[ConsentRecord], today: dt.date) -> OwnStudent:
    student, room = row.student, row.class_
    facts = ConsentFacts(student.id, student.under_14_until, room.stage if room else None, room.grade if room else None)
    return OwnStudent(
        id=student.id,
        name=row.name,
        relation=row.relation,
        class_=room,
        boards=student.boards,
        may_write=student.may_write,
        consent=OwnConsent(consent_state(records), is_needed(facts, today)),
        is_recorder=row.is_recorder,
        paused_to=row.paused_to,
    )
