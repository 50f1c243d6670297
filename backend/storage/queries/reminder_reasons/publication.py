"""Reasons of `publish_estimates` and `plan_over_cap`: what teachers have or have not published (rule 8).

The subject is the class. Drafts count for nothing.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from backend.domain.people import Role
from backend.storage.models import Assignment, AssignmentState, NoHomework, Post, School, SchoolDay
from backend.storage.queries.portable import json_of, moved
from backend.storage.queries.portable_parts import json_has
from backend.storage.queries.reminder_reasons.posts import concerns, stands
from backend.storage.queries.reminder_reasons.reason import Asking, reason
from backend.storage.queries.reminder_reasons.windows import between, only

ASKED_UNTIL = dt.time(18, 0)
#: How long after a publication over the cap its reason lasts.
OVER_CAP_LASTS = dt.timedelta(hours=24)


@only(between("publish_estimates_at", ASKED_UNTIL))
def missing(asking: Asking) -> sa.Select[Any]:
    """A subject teacher's post sets homework on today's timetable weekday, and there is neither homework nor "none".

    From the school's time (15:30) to 18:00 on school days. A make-up day without a timetable weekday asks nobody.
    """
    at, school, day, post = asking.at, aliased(School), aliased(SchoolDay), aliased(Post)
    source = sa.join(asking.moments, school, school.zone == at.zone)
    source = source.join(day, sa.and_(day.school_id == school.id, day.day == at.today))
    source = source.join(post, post.school_id == school.id)
    selected = reason(
        asking,
        school_id=post.school_id,
        subject_id=post.class_id,
        night=at.today,
        expires_at=moved(at.noon_at, dt.timedelta(hours=6)),
        params=json_of(),
    )
    return (
        selected.add_columns(post.person_id.label("recipient_id"))
        .distinct()
        .select_from(source)
        .where(
            at.clock >= school.publish_estimates_at,
            at.clock < ASKED_UNTIL,
            day.is_school_day.is_(True),
            post.role == Role.subject_teacher,
            stands(post, at.today),
            json_has(post.weekdays, day.timetable_weekday),
            ~_published(post, at.today),
            ~_none_declared(post, at.today),
        )
    )


def over_cap(asking: Asking) -> sa.Select[Any]:
    """The class's plan went over its cap at a publication: for its homeroom teacher and the academic office.

    One reason a class and first night, for a day. Gone when the homework is withdrawn, fits after a change, or is over.
    """
    at, plan, post = asking.at, _plans_over(asking).subquery("plan"), aliased(Post)
    source = sa.join(asking.moments, plan, plan.c.zone == at.zone)
    heard = sa.and_(post.school_id == plan.c.school_id, concerns(post, plan.c.class_id, Role.homeroom_teacher))
    selected = reason(
        asking,
        school_id=plan.c.school_id,
        subject_id=plan.c.class_id,
        night=plan.c.night,
        expires_at=moved(plan.c.published_at, OVER_CAP_LASTS),
        params=json_of(over_minutes=plan.c.over_minutes),
    )
    return (
        selected.add_columns(post.person_id.label("recipient_id"))
        .distinct()
        .select_from(source.join(post, heard))
        .where(stands(post, at.today))
    )


def _plans_over(asking: Asking) -> Any:
    at, school, work = asking.at, aliased(School), aliased(Assignment)
    source = sa.join(sa.join(asking.moments, school, school.zone == at.zone), work, work.school_id == school.id)
    return (
        sa.select(
            work.school_id,
            work.class_id,
            work.given_on.label("night"),
            school.zone,
            sa.func.max(work.published_at).label("published_at"),
            sa.func.max(work.over_cap_minutes).label("over_minutes"),
        )
        .select_from(source)
        .where(
            work.state == AssignmentState.PUBLISHED,
            work.over_cap_minutes.is_not(None),
            work.published_at <= asking.now,
            work.published_at > asking.now - OVER_CAP_LASTS,
            work.due_on > at.today,
        )
        .group_by(work.school_id, work.class_id, work.given_on, school.zone)
    )


def _published(post: Any, night: Any) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        Assignment.school_id == post.school_id,
        Assignment.class_id == post.class_id,
        Assignment.subject == post.subject,
        Assignment.state == AssignmentState.PUBLISHED,
        Assignment.given_on <= night,
        Assignment.due_on > night,
    )


def _none_declared(post: Any, night: Any) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        NoHomework.school_id == post.school_id,
        NoHomework.class_id == post.class_id,
        NoHomework.subject == post.subject,
        NoHomework.night == night,
    )
