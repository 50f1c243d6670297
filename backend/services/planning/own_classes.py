"""The classes that a member of staff reaches at the desk: through which posts, for which subjects.

What may be seen or done there is decided by `access` in each use case; this only says where it is worth asking.
"""

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.night import days_after
from backend.domain.people import Role
from backend.services.actor import Actor
from backend.services.school import schools
from backend.storage.models import Class
from backend.storage.queries import classes as places
from backend.storage.queries import people, school_calendar
from backend.storage.queries.people import PostRow

DAYS_BACK = 14
DAYS_AHEAD = 35
_WHOLE_GRADE = (Role.grade_head, Role.prep_group)


@dataclass
class OwnClass:
    """A class with the roles a person has towards it and the subjects taught there: ``(subject, ISO weekdays)``."""

    class_: Class
    roles: set[Role] = field(default_factory=set)
    subjects: dict[str, list[int]] = field(default_factory=dict)


def list_own_classes(session: Session, *, actor: Actor, now: dt.datetime) -> dict[str, Any]:
    """``{today, items, days}``: this school year's classes in the school's order, and the calendar around today.

    A subject's weekdays are those on which it sets homework; a day without a row in the calendar is absent.
    """
    place = schools.get_school(session, school_id=actor.school_id, now=now)
    posts = people.posts_of(session, place.id, actor.id, place.today)
    found = _own_classes(session, place.id, posts)
    first, last = days_after(place.today, -DAYS_BACK), days_after(place.today, DAYS_AHEAD)
    days = school_calendar.school_days_between(session, place.id, first, last)
    return {
        "today": place.today,
        "items": [_document(each) for each in found],
        "days": [
            {"day": day.day, "is_school_day": day.is_school_day, "timetable_weekday": day.timetable_weekday}
            for day in days.values()
        ],
    }


def _own_classes(session: Session, school_id: uuid.UUID, posts: list[PostRow]) -> list[OwnClass]:
    reaches_further = any(row.class_ is None for row in posts)
    all_classes = places.classes_of_school(session, school_id) if reaches_further else _named(posts)
    year = max((each.school_year for each in all_classes), default=0)
    found = []
    for class_ in all_classes:
        own = OwnClass(class_)
        for row in posts:
            _add(own, row)
        if own.roles and class_.school_year == year:
            found.append(own)
    return sorted(found, key=lambda own: (own.class_.grade, own.class_.number, str(own.class_.id)))


def _named(posts: list[PostRow]) -> list[Class]:
    return list({row.class_.id: row.class_ for row in posts if row.class_ is not None}.values())


def _add(own: OwnClass, row: PostRow) -> None:
    """Take one post into account, if it reaches the class."""
    post = row.post
    if row.class_ is not None:
        reaches = row.class_.id == own.class_.id
    elif post.role in _WHOLE_GRADE:
        reaches = (post.stage, post.grade) == (own.class_.stage, own.class_.grade)
    else:
        reaches = post.role is Role.academic_office
    if not reaches:
        return
    own.roles.add(post.role)
    if post.subject is not None and post.role is Role.subject_teacher:
        own.subjects[post.subject] = list(post.weekdays)


def _document(own: OwnClass) -> dict[str, Any]:
    return {
        "id": own.class_.id,
        "name": own.class_.name,
        "stage": own.class_.stage,
        "grade": own.class_.grade,
        "roles": [role for role in Role if role in own.roles],
        "subjects": [{"subject": code, "weekdays": weekdays} for code, weekdays in sorted(own.subjects.items())],
    }
