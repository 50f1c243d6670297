"""A staff list held against what is stored: who and what is new, changed or ended. Storing it is `importing`'s."""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from backend.domain.people import PersonKind, Role
from backend.domain.policy import Stage
from backend.services.identity.passwords import make_first_password
from backend.services.roster.class_names import ClassKey, class_name
from backend.services.roster.problems import Problem, Severity
from backend.services.staff.first_passwords import FirstPassword
from backend.services.staff.identities import Identity, join_rows, row_problem, unclear_rows
from backend.services.staff.reading import PostKey, StaffList, StaffRow
from backend.storage.base import new_id
from backend.storage.models import Class, Person, Post, School


@dataclass(frozen=True)
class StoredStaff:
    """A school as it stands ``today``: staff, posts that have not ended, sign-in names, the year's classes."""

    school: School
    today: dt.date
    school_year: int
    staff: Sequence[Person]
    posts: Sequence[Post]
    logins: frozenset[str]
    classes: dict[tuple[Stage, int, int], Class]


@dataclass
class StaffDifference:
    """What a list changes: rows to insert, and for rows that stand their new values. Nothing of it is in a session."""

    people: int = 0
    changed: int = 0
    classes: list[Class] = field(default_factory=list)
    persons: list[Person] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    passwords: list[tuple[Person, FirstPassword]] = field(default_factory=list)
    telephones: list[tuple[Person, str]] = field(default_factory=list)
    aliases: list[tuple[Person, str]] = field(default_factory=list)
    weekdays: list[tuple[Post, tuple[int, ...]]] = field(default_factory=list)
    ended: list[Post] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def compare(listed: StaffList, stored: StoredStaff, *, replace: bool, now: dt.datetime) -> StaffDifference:
    """What differs, the list's own problems included. ``replace`` ends posts of the people listed that it lacks."""
    return _Comparing(stored, now).compare(listed, replace=replace)


class _Comparing:
    """One comparison; ``found`` grows with each person of the list."""

    def __init__(self, stored: StoredStaff, now: dt.datetime) -> None:
        self.stored, self.now = stored, now
        self.logins = {login.casefold() for login in stored.logins}
        self.classes = dict(stored.classes)
        self.keys = {
            row.id: ClassKey(stage.value, grade, number) for (stage, grade, number), row in self.classes.items()
        }
        self.found = StaffDifference()

    def compare(self, listed: StaffList, *, replace: bool) -> StaffDifference:
        self.found.problems.extend([*listed.problems, *unclear_rows(listed.rows)])
        for identity in join_rows(listed.rows):
            self.found.people += 1
            person = self._person(identity)
            if person is not None:
                self._compare_alias(identity, person)
                self._compare_posts(identity, person, replace=replace)
        self._second_homerooms(listed.rows)
        return self.found

    def _person(self, identity: Identity) -> Person | None:
        same_name = [person for person in self.stored.staff if person.name_key == identity.name_key]
        same = [p for p in same_name if p.telephone == identity.telephone] if identity.telephone else same_name
        if len(same) > 1:
            self._problem(identity.rows[0], "staff_ambiguous", Severity.REFUSED)
            return None
        if same:
            return same[0]
        if len(same_name) == 1 and same_name[0].telephone is None and identity.telephone:
            self.found.telephones.append((same_name[0], identity.telephone))
            self.found.changed += 1
            return same_name[0]
        if same_name:
            self._problem(identity.rows[0], "staff_same_name", Severity.WARNING)
        return self._new_person(identity)

    def _new_person(self, identity: Identity) -> Person:
        person = Person(
            school_id=self.stored.school.id,
            id=new_id(),
            kind=PersonKind.staff,
            name=identity.name,
            name_key=identity.name_key,
            telephone=identity.telephone,
            locale=self.stored.school.locale,
            created_at=self.now,
        )
        first = FirstPassword(identity.name, self._free_login(identity.name), make_first_password())
        self.found.persons.append(person)
        self.found.passwords.append((person, first))
        return person

    def _free_login(self, name: str) -> str:
        number, login = 1, name
        while login.casefold() in self.logins:
            number += 1
            login = f"{name}{number}"
        self.logins.add(login.casefold())
        return login

    def _compare_alias(self, identity: Identity, person: Person) -> None:
        """A list that says nothing of an alias takes none away."""
        if identity.alias is not None and identity.alias != person.notice_alias:
            self.found.aliases.append((person, identity.alias))
            self.found.changed += person not in self.found.persons

    def _compare_posts(self, identity: Identity, person: Person, *, replace: bool) -> None:
        wanted = identity.posts
        held = {self._key(post): post for post in self.stored.posts if post.person_id == person.id}
        for key, weekdays in wanted.items():
            if key not in held:
                self.found.posts.append(self._new_post(person, key, weekdays))
            elif tuple(held[key].weekdays) != weekdays:
                self.found.weekdays.append((held[key], weekdays))
        if replace:
            self.found.ended.extend(post for key, post in held.items() if key not in wanted)

    def _new_post(self, person: Person, key: PostKey, weekdays: tuple[int, ...]) -> Post:
        return Post(
            school_id=self.stored.school.id,
            id=new_id(),
            person_id=person.id,
            role=key.role,
            class_id=self._class_id(key.class_key) if key.class_key else None,
            subject=key.subject,
            stage=key.stage,
            grade=key.grade,
            weekdays=list(weekdays),
            from_on=self.stored.today,
        )

    def _class_id(self, key: ClassKey) -> uuid.UUID:
        place = (Stage(key.stage), key.grade, key.number)
        if place not in self.classes:
            made = Class(
                school_id=self.stored.school.id,
                id=new_id(),
                school_year=self.stored.school_year,
                stage=place[0],
                grade=key.grade,
                number=key.number,
                name=class_name(key),
            )
            self.classes[place], self.keys[made.id] = made, key
            self.found.classes.append(made)
        return self.classes[place].id

    def _key(self, post: Post) -> PostKey:
        class_key = None if post.class_id is None else self.keys.get(post.class_id)
        return PostKey(post.role, class_key, post.subject, post.stage, post.grade)

    def _second_homerooms(self, rows: Sequence[StaffRow]) -> None:
        ended = {post.id for post in self.found.ended}
        posts = [post for post in (*self.stored.posts, *self.found.posts) if post.id not in ended]
        count = Counter(post.class_id for post in posts if post.role is Role.homeroom_teacher)
        crowded = {self._key(post).class_key for post in posts if count[post.class_id] > 1 and post.class_id}
        for row in rows:
            if any(key.role is Role.homeroom_teacher and key.class_key in crowded for key in row.posts):
                self._problem(row, "staff_second_homeroom", Severity.WARNING)

    def _problem(self, row: StaffRow, code: str, severity: Severity) -> None:
        self.found.problems.append(row_problem(row, code, severity))
