"""Classes whose average was above their cap (rule 4, the official measure), and the reason of `class_over_cap`.

A school day ends a stretch: the night before it, or the weekend or holiday up to it; the mean of a stretch is each
student's written minutes ÷ its nights. Compared with the class's own cap, from five submitted sheets on.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from backend.domain.people import Role
from backend.domain.sheet import SheetState
from backend.domain.stretches import LONGEST
from backend.domain.trends import MINIMUM
from backend.storage.base import NO_SUBJECT
from backend.storage.models import Class, NightSheet, Post, School, SchoolDay
from backend.storage.queries.class_caps import class_cap
from backend.storage.queries.portable import json_of, moved
from backend.storage.queries.portable_parts import days_between, json_list, on_day
from backend.storage.queries.reminder_reasons.missed_nights import When
from backend.storage.queries.reminder_reasons.posts import concerns, stands
from backend.storage.queries.reminder_reasons.reason import Asking, reason
from backend.storage.queries.reminder_reasons.windows import between, only

DUE_UNTIL = dt.time(9, 0)


def classes_over_cap(asking: Asking, days: int, when: When) -> sa.Subquery:
    """``(school_id, class_id, name, today)`` of each stretch above the cap ended by one of the last `days` days."""
    averages = _averages(asking, days, when).subquery()
    class_, school, of = aliased(Class), aliased(School), averages.c
    cap = class_cap(class_, school, of.since)
    return (
        sa.select(of.school_id, of.class_id, class_.name, of.today)
        .select_from(averages)
        .join(class_, sa.and_(class_.school_id == of.school_id, class_.id == of.class_id))
        .join(school, school.id == of.school_id)
        .where(of.students >= MINIMUM, of.minutes > cap * of.students * days_between(of.since, of.day))
        .subquery()
    )


def _averages(asking: Asking, days: int, when: When) -> sa.Select[Any]:
    ended, sheet = _stretches(asking, days, when).subquery(), aliased(NightSheet)
    of = ended.c
    within = sa.and_(sheet.school_id == of.school_id, sheet.night >= of.since, sheet.night < of.day)
    return (
        sa.select(
            of.school_id,
            sheet.class_id,
            of.day,
            of.since,
            of.today,
            sa.func.count(sheet.student_id.distinct()).label("students"),
            sa.func.sum(sheet.capped_minutes).label("minutes"),
        )
        .select_from(ended.join(sheet, within))
        .where(sheet.state != SheetState.open)
        .group_by(of.school_id, sheet.class_id, of.day, of.since, of.today)
    )


def _stretches(asking: Asking, days: int, when: When) -> sa.Select[Any]:
    """``(school_id, day, since, today)``: the first night of the stretch that each school day ends."""
    at, school, day, before = asking.at, aliased(School), aliased(SchoolDay), aliased(SchoolDay)
    earliest = on_day(day.day, -LONGEST)
    since = (
        sa.select(sa.func.max(before.day))
        .where(
            before.school_id == day.school_id,
            before.is_school_day.is_(True),
            before.day < day.day,
            before.day >= earliest,
        )
        .scalar_subquery()
    )
    return (
        sa.select(day.school_id, day.day, sa.func.coalesce(since, earliest, type_=sa.Date).label("since"), at.today)
        .select_from(asking.moments.join(school, school.zone == at.zone).join(day, day.school_id == school.id))
        .where(day.is_school_day.is_(True), day.day <= at.today, day.day > on_day(at.today, -days))
        .where(*when(school))
    )


@only(between("class_over_cap_at", DUE_UNTIL))
def over_cap(asking: Asking) -> sa.Select[Any]:
    """One reason a person and school morning, listing the classes; from the school's time (07:30) to 09:00."""
    at = asking.at
    over = classes_over_cap(asking, 1, lambda its: (at.clock >= its.class_over_cap_at, at.clock < DUE_UNTIL)).c
    post, school = aliased(Post), aliased(School)
    heard = sa.and_(
        post.school_id == over.school_id,
        concerns(post, over.class_id, Role.subject_teacher, Role.homeroom_teacher),
        stands(post, over.today),
    )
    classes = sa.select(over.school_id, post.person_id, over.name).join(post, heard).distinct().subquery()
    mine = (
        sa.select(classes.c.school_id, classes.c.person_id, json_of(classes=json_list(classes.c.name)).label("params"))
        .group_by(classes.c.school_id, classes.c.person_id)
        .subquery()
    )
    selected = reason(
        asking,
        school_id=mine.c.school_id,
        subject_id=sa.literal(NO_SUBJECT, sa.Uuid),
        night=at.ended_night,
        expires_at=moved(at.noon_at, -dt.timedelta(hours=3)),
        params=mine.c.params,
    )
    source = asking.moments.join(school, school.zone == at.zone).join(mine, mine.c.school_id == school.id)
    return selected.add_columns(mine.c.person_id.label("recipient_id")).select_from(source)
