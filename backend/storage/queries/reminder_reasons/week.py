"""Reasons of `weekly_digest`: Friday at the school's time (17:00), if the seven nights before have something to say.

To say to a guardian: a night over the cap, or sleep below its target, of an own child. To a homeroom teacher: the
class's average was above its cap, or a child has missed three of the last five school nights. To the academic office:
classes above their cap.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from backend.domain.people import Role
from backend.storage.base import NO_SUBJECT
from backend.storage.models import Guardianship, NightSheet, Post, School, Student
from backend.storage.queries.portable import json_of, moved
from backend.storage.queries.portable_parts import is_friday, json_list, on_day
from backend.storage.queries.reminder_reasons.class_load import classes_over_cap
from backend.storage.queries.reminder_reasons.missed_nights import (
    MISSED,
    NIGHTS,
    When,
    over_cap,
    school_nights,
    too_short,
)
from backend.storage.queries.reminder_reasons.posts import concerns, stands
from backend.storage.queries.reminder_reasons.reason import Asking, reason
from backend.storage.queries.reminder_reasons.windows import between, on_friday, only

DUE_UNTIL = dt.time(20, 0)
DAYS = 7


@only(on_friday(between("weekly_digest_at", DUE_UNTIL)))
def to_families_and_staff(asking: Asking) -> sa.Select[Any]:
    """One reason a person: a guardian's own children together, or all classes of a member of staff."""
    return _digest(asking, sa.union_all(_families(asking), _staff(asking)).subquery())


def _families(asking: Asking) -> sa.Select[Any]:
    at, school, sheet = asking.at, aliased(School), aliased(NightSheet)
    guards, student = aliased(Guardianship), aliased(Student)
    capped, slept = sa.func.count(sa.case((over_cap(sheet), 1))), sa.func.count(sa.case((too_short(sheet), 1)))
    source = asking.moments.join(school, school.zone == at.zone)
    source = source.join(
        sheet,
        sa.and_(
            sheet.school_id == school.id,
            sheet.night >= on_day(at.today, -DAYS),
            sheet.night < at.today,
            asking.within(sheet.night, "today", back=DAYS),
        ),
    )
    source = source.join(student, sa.and_(student.school_id == sheet.school_id, student.id == sheet.student_id))
    source = source.join(guards, sa.and_(guards.school_id == student.school_id, guards.student_id == student.id))
    return (
        sa.select(
            guards.school_id,
            guards.guardian_id.label("person_id"),
            json_of(over_cap_nights=capped, sleep_short_nights=slept).label("params"),
        )
        .select_from(source)
        .where(
            *_friday(at)(school),
            guards.ended_at.is_(None),
            student.may_write.is_(True),
            sa.or_(over_cap(sheet), too_short(sheet)),
        )
        .group_by(guards.school_id, guards.guardian_id)
    )


def _staff(asking: Asking) -> sa.Select[Any]:
    at = asking.at
    over = classes_over_cap(asking, DAYS, _friday(at)).c
    runs = _runs(asking).c
    post, other = aliased(Post), aliased(Post)
    nothing = sa.literal_column("0", sa.Integer)
    heard = sa.and_(post.school_id == over.school_id, concerns(post, over.class_id, Role.homeroom_teacher))
    own = sa.and_(
        other.school_id == runs.school_id,
        other.role == Role.homeroom_teacher,
        other.class_id == runs.class_id,
        stands(other, runs.today),
    )
    told = sa.union_all(
        sa.select(over.school_id, post.person_id, over.name, nothing.label("streaks"))
        .join(post, sa.and_(heard, stands(post, over.today)))
        .distinct(),
        sa.select(
            runs.school_id, other.person_id, sa.null().cast(sa.String).label("name"), runs.students.label("streaks")
        ).join(other, own),
    ).subquery()
    params = json_of(classes=json_list(told.c.name), streaks=sa.func.sum(told.c.streaks))
    found = sa.select(told.c.school_id, told.c.person_id, params.label("params"))
    return found.group_by(told.c.school_id, told.c.person_id)


def _runs(asking: Asking) -> sa.Subquery:
    """``(school_id, class_id, today, students)``: how many of a class missed three of the last five school nights."""
    at, school, sheet = asking.at, aliased(School), aliased(NightSheet)
    nights = school_nights(asking, _friday(at))
    source = asking.moments.join(school, school.zone == at.zone).join(nights, nights.c.school_id == school.id)
    of_night = sa.and_(sheet.school_id == nights.c.school_id, sheet.night == nights.c.night)
    source = source.join(sheet, sa.and_(of_night, asking.within(sheet.night, "today", back=DAYS)))
    students = (
        sa.select(sheet.school_id, sheet.class_id, sheet.student_id, at.today)
        .select_from(source)
        .where(
            nights.c.nth <= NIGHTS,
            nights.c.night >= on_day(at.today, -DAYS),
            sa.or_(over_cap(sheet), too_short(sheet)),
        )
        .group_by(sheet.school_id, sheet.class_id, sheet.student_id, at.today)
        .having(sa.func.count() >= MISSED)
        .subquery()
    )
    of = students.c
    return (
        sa.select(of.school_id, of.class_id, of.today, sa.func.count().label("students"))
        .group_by(of.school_id, of.class_id, of.today)
        .subquery()
    )


def _friday(at: Any) -> When:
    return lambda school: (is_friday(at.today), at.clock >= school.weekly_digest_at, at.clock < DUE_UNTIL)


def _digest(asking: Asking, found: sa.Subquery) -> sa.Select[Any]:
    at, school = asking.at, aliased(School)
    selected = reason(
        asking,
        school_id=found.c.school_id,
        subject_id=sa.literal(NO_SUBJECT, sa.Uuid),
        night=at.today,
        expires_at=moved(at.noon_at, dt.timedelta(hours=8)),
        params=found.c.params,
    )
    source = asking.moments.join(school, school.zone == at.zone).join(found, found.c.school_id == school.id)
    return selected.add_columns(found.c.person_id.label("recipient_id")).select_from(source)
