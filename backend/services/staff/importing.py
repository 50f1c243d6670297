"""Making a school's staff agree with its list: people, posts, classes that posts need, first sign-ins.

Who is already there keeps the password: only new people get a first one. Taking the same list again changes nothing.
"""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from backend.domain import policy
from backend.domain.errors import NotFound
from backend.domain.people import PersonKind, Role
from backend.domain.school_days import school_year_of
from backend.services import audit
from backend.services.actor import Actor
from backend.services.identity.passwords import hash_password, make_first_password
from backend.services.identity.sessions import end_all_sessions
from backend.services.reminders.contacts import keep_contacts
from backend.services.roster.class_names import ClassKey, Surroundings, class_name
from backend.services.roster.problems import Problem, Severity
from backend.services.school.schools import get_school, local_date
from backend.services.staff.reading import PostKey, StaffList, StaffProblem, StaffRow, read_staff
from backend.storage.base import new_id
from backend.storage.models import Class, Person, Post, School, StaffPassword
from backend.storage.queries import founding as founding_queries
from backend.storage.queries import staff as queries


@dataclass(frozen=True)
class FirstPassword:
    """A first sign-in, told once: it is stored only as a hash."""

    name: str
    login: str
    password: str


@dataclass
class StaffImport:
    """What was done, or with ``dry_run`` would be: counts, problems, first sign-ins, whether anything was stored."""

    people: int = 0
    added: int = 0
    changed: int = 0
    posts_added: int = 0
    posts_changed: int = 0
    posts_ended: int = 0
    classes_added: int = 0
    problems: list[Problem] = field(default_factory=list)
    first_passwords: list[FirstPassword] = field(default_factory=list)
    stored: bool = False

    @property
    def refused(self) -> bool:
        """Whether a problem keeps a row, or the file, from being taken."""
        return any(problem.severity is Severity.REFUSED for problem in self.problems)


@dataclass
class Identity:
    """One person of the list: its rows joined."""

    name: str
    name_key: str
    telephone: str | None
    rows: list[StaffRow]


def import_staff(
    session: Session,
    *,
    actor: Actor,
    school_id: uuid.UUID,
    content: bytes,
    filename: str,
    now: dt.datetime,
    dry_run: bool = False,
    good_rows: bool = False,
    replace: bool = False,
) -> StaffImport:
    """Take a staff list. With a refused row nothing is taken, unless ``good_rows``.

    ``replace`` ends the posts of the people listed that the list does not give. Nothing is stored in a ``dry_run``.
    Raises NotFound for the school.
    """
    place = get_school(session, school_id=school_id, now=now)
    listed = read_staff(
        content,
        filename,
        around=surroundings(session, place.school, place.today),
        subjects=founding_queries.subjects_of(session, school_id),
    )
    taking = _Taking(session, actor, place.school, now)
    result = taking.compare(listed, replace=replace)
    if dry_run or (result.refused and not good_rows):
        session.expunge_all()
        result.first_passwords.clear()
        return result
    taking.store()
    return result


def surroundings(session: Session, school: School, today: dt.date) -> Surroundings:
    """What is known of a school before a class in a list is read."""
    year = school_year_of(today)
    stages = {key[0] for key in founding_queries.classes_of_year(session, school.id, year)}
    return Surroundings(year, system=policy.SchoolSystem(school.system.value), stages=frozenset(stages))


def reset_password(
    session: Session, *, actor: Actor, school_id: uuid.UUID, login: str, now: dt.datetime
) -> FirstPassword:
    """Give a member of staff a new first password; the old one ends at once, and every device is signed out.

    Raises NotFound.
    """
    stored = queries.find_password(session, school_id, login)
    if stored is None:
        raise NotFound(f"nobody signs in as {login}", params={"what": "login", "login": login})
    made = make_first_password()
    stored.password_hash, stored.must_change, stored.changed_at = hash_password(made), True, now
    end_all_sessions(session, school_id=school_id, holder_id=stored.person_id, now=now)
    audit.record(
        session, actor=actor, action="staff.password_reset", now=now, school_id=school_id,
        details={"person_id": str(stored.person_id)},
    )  # fmt: skip
    return FirstPassword(login, login, made)


class _Taking:
    """One import: compares first, without touching the session, then stores what it found."""

    def __init__(self, session: Session, actor: Actor, school: School, now: dt.datetime) -> None:
        self.session, self.actor, self.school, self.now = session, actor, school, now
        self.today = local_date(now, school.zone)
        self.year = school_year_of(self.today)
        self.staff = queries.staff_of(session, school.id)
        self.posts = queries.current_posts(session, school.id, self.today)
        self.logins = dict(queries.logins_of(session, school.id))
        self.classes = founding_queries.classes_of_year(session, school.id, self.year)
        self.new: list[object] = []
        self.passwords: list[tuple[uuid.UUID, FirstPassword]] = []
        self.telephones: list[tuple[Person, str]] = []
        self.aliases: list[tuple[Person, str]] = []
        self.weekdays: list[tuple[Post, tuple[int, ...]]] = []
        self.ended: list[Post] = []
        self.result = StaffImport()

    def compare(self, listed: StaffList, *, replace: bool) -> StaffImport:
        """Find what is new, changed and ended; the problems of the file are part of the result."""
        self.result.problems.extend(listed.problems)
        for identity in self._identities(listed.rows):
            person = self._person(identity)
            if person is not None:
                self._compare_alias(identity, person)
                self._compare_posts(identity, person, replace=replace)
        self._second_homerooms(listed.rows)
        self.result.first_passwords = [first for _, first in self.passwords]
        return self.result

    def store(self) -> None:
        """Write what ``compare`` found."""
        for kind in (Class, Person, Post):  # parents first: the models have no relations that would tell the order
            self.session.add_all(row for row in self.new if isinstance(row, kind))
            self.session.flush()
        for person_id, first in self.passwords:
            self.session.add(
                StaffPassword(
                    school_id=self.school.id,
                    person_id=person_id,
                    login=first.login,
                    password_hash=hash_password(first.password),
                    changed_at=self.now,
                )
            )
        for person, telephone in self.telephones:
            person.telephone = telephone
        for person, alias in self.aliases:
            person.notice_alias = alias
        for post, weekdays in self.weekdays:
            post.weekdays = list(weekdays)
        for post in self.ended:
            post.to_on = self.today - dt.timedelta(days=1)
        self._audit()
        self.result.stored = True
        self.session.flush()
        keep_contacts(self.session, school_id=self.school.id, now=self.now)

    def _audit(self) -> None:
        r = self.result
        counts = {"added": r.added, "changed": r.changed, "posts_added": r.posts_added, "posts_ended": r.posts_ended}
        if any(counts.values()) or r.posts_changed:
            audit.record(
                self.session, actor=self.actor, action="staff.imported", now=self.now,
                school_id=self.school.id, details=counts,
            )  # fmt: skip

    def _identities(self, rows: Iterable[StaffRow]) -> list[Identity]:
        """Join rows of one person: the same name is the same person unless telephones tell them apart."""
        by_name: dict[str, list[StaffRow]] = {}
        for row in rows:
            by_name.setdefault(row.name_key, []).append(row)
        return [identity for same in by_name.values() for identity in self._split(same)]

    def _split(self, rows: list[StaffRow]) -> list[Identity]:
        numbers = list(dict.fromkeys(row.telephone for row in rows if row.telephone))
        if len(numbers) <= 1:
            return [Identity(rows[0].name, rows[0].name_key, numbers[0] if numbers else None, rows)]
        for row in rows:
            if row.telephone is None:
                self._problem(row, "staff_ambiguous", Severity.REFUSED)
        return [
            Identity(rows[0].name, rows[0].name_key, number, [row for row in rows if row.telephone == number])
            for number in numbers
        ]

    def _person(self, identity: Identity) -> Person | None:
        self.result.people += 1
        same_name = [person for person in self.staff if person.name_key == identity.name_key]
        same = [p for p in same_name if p.telephone == identity.telephone] if identity.telephone else same_name
        if len(same) > 1:
            self._problem(identity.rows[0], "staff_ambiguous", Severity.REFUSED)
            return None
        if same:
            return same[0]
        unnumbered = [person for person in same_name if person.telephone is None]
        if len(unnumbered) == 1 and len(same_name) == 1 and identity.telephone:
            self.telephones.append((unnumbered[0], identity.telephone))
            self.result.changed += 1
            return unnumbered[0]
        if same_name:
            self._problem(identity.rows[0], "staff_same_name", Severity.WARNING)
        return self._new_person(identity)

    def _new_person(self, identity: Identity) -> Person:
        person = Person(
            school_id=self.school.id,
            id=new_id(),
            kind=PersonKind.staff,
            name=identity.name,
            name_key=identity.name_key,
            telephone=identity.telephone,
            locale=self.school.locale,
            created_at=self.now,
        )
        login = self._free_login(identity.name)
        self.logins[person.id] = login
        self.new.append(person)
        self.passwords.append((person.id, FirstPassword(identity.name, login, make_first_password())))
        self.result.added += 1
        return person

    def _free_login(self, name: str) -> str:
        taken = {login.casefold() for login in self.logins.values()}
        number = 1
        while (login := name if number == 1 else f"{name}{number}").casefold() in taken:
            number += 1
        return login

    def _compare_alias(self, identity: Identity, person: Person) -> None:
        """A list that says nothing of an alias takes none away."""
        alias = next((row.alias for row in identity.rows if row.alias), None)
        if alias is not None and alias != person.notice_alias:
            self.aliases.append((person, alias))
            self.result.changed += person not in self.new

    def _compare_posts(self, identity: Identity, person: Person, *, replace: bool) -> None:
        wanted: dict[PostKey, tuple[int, ...]] = {}
        for row in identity.rows:
            for key, weekdays in row.posts.items():
                wanted[key] = tuple(sorted({*wanted.get(key, ()), *weekdays}))
        held = {self._key(post): post for post in self.posts if post.person_id == person.id}
        for key, weekdays in wanted.items():
            self._compare_post(person, key, weekdays, held.get(key))
        if replace:
            ended = [post for key, post in held.items() if key not in wanted]
            self.ended.extend(ended)
            self.result.posts_ended += len(ended)

    def _compare_post(self, person: Person, key: PostKey, weekdays: tuple[int, ...], held: Post | None) -> None:
        if held is None:
            self.new.append(self._new_post(person, key, weekdays))
            self.result.posts_added += 1
        elif tuple(held.weekdays) != weekdays:
            self.weekdays.append((held, weekdays))
            self.result.posts_changed += 1

    def _new_post(self, person: Person, key: PostKey, weekdays: tuple[int, ...]) -> Post:
        return Post(
            school_id=self.school.id,
            id=new_id(),
            person_id=person.id,
            role=key.role,
            class_id=self._class_id(key.class_key) if key.class_key else None,
            subject=key.subject,
            stage=key.stage,
            grade=key.grade,
            weekdays=list(weekdays),
            from_on=self.today,
        )

    def _class_id(self, key: ClassKey) -> uuid.UUID:
        place = (policy.Stage(key.stage), key.grade, key.number)
        if place not in self.classes:
            made = Class(
                school_id=self.school.id, id=new_id(), school_year=self.year, stage=place[0], grade=key.grade,
                number=key.number, name=class_name(key),
            )  # fmt: skip
            self.classes[place] = made
            self.new.append(made)
            self.result.classes_added += 1
        return self.classes[place].id

    def _key(self, post: Post) -> PostKey:
        found = next((place for place, row in self.classes.items() if row.id == post.class_id), None)
        class_key = ClassKey(found[0].value, found[1], found[2]) if found else None
        return PostKey(post.role, class_key, post.subject, post.stage, post.grade)

    def _second_homerooms(self, rows: Sequence[StaffRow]) -> None:
        ended = {post.id for post in self.ended}
        posts = [post for post in [*self.posts, *self.new] if isinstance(post, Post) and post.id not in ended]
        count = Counter(post.class_id for post in posts if post.role is Role.homeroom_teacher)
        crowded = {self._key(post).class_key for post in posts if count[post.class_id] > 1 and post.class_id}
        for row in rows:
            if any(key.role is Role.homeroom_teacher and key.class_key in crowded for key in row.posts):
                self._problem(row, "staff_second_homeroom", Severity.WARNING)

    def _problem(self, row: StaffRow, code: str, severity: Severity) -> None:
        self.result.problems.append(StaffProblem(row.sheet, row.row, None, code, severity))
