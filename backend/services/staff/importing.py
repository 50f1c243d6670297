"""Making a school's staff agree with its list: people, posts, classes that posts need, first sign-ins.

Who is already there keeps the password: only new people get a first one. Taking the same list again changes nothing.
Reading is in `reading`, what differs in `comparing`. Nothing is committed here.
"""

import datetime as dt
import uuid
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from backend.domain import policy
from backend.domain.school_days import school_year_of
from backend.services import audit
from backend.services.actor import Actor
from backend.services.identity.passwords import hash_password
from backend.services.reminders.contacts import keep_contacts
from backend.services.roster.class_names import Surroundings
from backend.services.roster.import_report import ImportReport
from backend.services.school.schools import SchoolToday, get_school
from backend.services.staff.comparing import StaffDifference, StoredStaff, compare
from backend.services.staff.first_passwords import FirstPassword
from backend.services.staff.reading import read_staff
from backend.storage.models import School, StaffPassword
from backend.storage.queries import founding as founding_queries
from backend.storage.queries import staff as queries
from backend.storage.queries.roster import lock_school


@dataclass(kw_only=True)
class StaffReport(ImportReport):
    """How many people a list names, what differs, every problem, and the first sign-ins of whoever is new."""

    people: int = 0
    added: int = 0
    changed: int = 0
    posts_added: int = 0
    posts_changed: int = 0
    posts_ended: int = 0
    classes_added: int = 0
    first_passwords: list[FirstPassword] = field(default_factory=list)


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
) -> StaffReport:
    """Take a staff list. With a refused row nothing is taken, unless ``good_rows``.

    ``replace`` ends the posts of the people listed that the list does not give. Nothing is stored in a ``dry_run``.
    Raises NotFound for the school; never for what is in the file.
    """
    place = get_school(session, school_id=school_id, now=now)
    if not dry_run:
        lock_school(session, school_id)
    around = surroundings(session, place.school, place.today)
    subjects = founding_queries.subjects_of(session, school_id)
    listed = read_staff(content, filename, around=around, subjects=subjects)
    difference = compare(listed, _read_stored(session, place), replace=replace, now=now)
    report = _report(difference, dry_run=dry_run)
    if report.is_to_be_stored(good_rows=good_rows, holds_rows=bool(listed.rows)):
        _store(session, place, difference, now)
        _note(session, actor, place, report, now)
        report.first_passwords = [first for _, first in difference.passwords]
        report.stored = True
    return report


def surroundings(session: Session, school: School, today: dt.date) -> Surroundings:
    """What is known of a school before a class in a list is read."""
    year = school_year_of(today)
    stages = {key[0] for key in founding_queries.classes_of_year(session, school.id, year)}
    return Surroundings(year, system=policy.SchoolSystem(school.system.value), stages=frozenset(stages))


def _read_stored(session: Session, place: SchoolToday) -> StoredStaff:
    year = school_year_of(place.today)
    return StoredStaff(
        place.school,
        place.today,
        year,
        staff=queries.staff_of(session, place.id),
        posts=queries.current_posts(session, place.id, place.today),
        logins=frozenset(queries.logins_of(session, place.id).values()),
        classes=founding_queries.classes_of_year(session, place.id, year),
    )


def _report(difference: StaffDifference, *, dry_run: bool) -> StaffReport:
    return StaffReport(
        dry_run=dry_run,
        problems=difference.problems,
        people=difference.people,
        added=len(difference.persons),
        changed=difference.changed,
        posts_added=len(difference.posts),
        posts_changed=len(difference.weekdays),
        posts_ended=len(difference.ended),
        classes_added=len(difference.classes),
    )


def _store(session: Session, place: SchoolToday, difference: StaffDifference, now: dt.datetime) -> None:
    for new in (difference.classes, difference.persons, difference.posts):
        session.add_all(new)
        session.flush()  # parents first: the models have no relations that would tell the order
    for person, first in difference.passwords:
        session.add(_password(first, person.school_id, person.id, now))
    for person, telephone in difference.telephones:
        person.telephone = telephone
    for person, alias in difference.aliases:
        person.notice_alias = alias
    for post, weekdays in difference.weekdays:
        post.weekdays = list(weekdays)
    for post in difference.ended:
        post.to_on = place.today - dt.timedelta(days=1)
    session.flush()
    keep_contacts(session, school_id=place.id, now=now)


def _password(first: FirstPassword, school_id: uuid.UUID, person_id: uuid.UUID, now: dt.datetime) -> StaffPassword:
    hashed = hash_password(first.password)
    return StaffPassword(
        school_id=school_id, person_id=person_id, login=first.login, password_hash=hashed, changed_at=now
    )


def _note(session: Session, actor: Actor, place: SchoolToday, report: StaffReport, now: dt.datetime) -> None:
    """One event for an import that changed something: counts only."""
    named = ("added", "changed", "posts_added", "posts_ended")
    counts = {name: getattr(report, name) for name in named}
    if any(counts.values()) or report.posts_changed:
        audit.record(session, actor=actor, action="staff.imported", now=now, school_id=place.id, details=counts)
