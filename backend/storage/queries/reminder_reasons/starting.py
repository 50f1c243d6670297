"""Reasons of `start_homework`: the time that somebody chose has come, there is homework, and nothing is started.

Both queries begin with the few people whose time it is, not with every child's evening.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from backend.domain.load import Outcome, Place
from backend.domain.sheet import SheetState
from backend.storage.models import (
    Assignment,
    AssignmentState,
    Enrolment,
    Entry,
    Guardianship,
    NightSheet,
    ReminderPreference,
    School,
    Student,
)
from backend.storage.queries.portable import json_of
from backend.storage.queries.reminder_reasons.reason import Asking, reason

CODE = "start_homework"
#: Whoever is told so long after the chosen time is told nothing useful.
LASTS = dt.timedelta(hours=1)


def not_started(asking: Asking) -> sa.Select[Any]:
    """For the student, at the time that the student chose (or a guardian for the student). Ends an hour later."""
    wish, student, source = _wishes(asking)
    source = source.join(student, sa.and_(student.school_id == wish.school_id, student.id == wish.person_id))
    return _reason(asking, student, source)


def child_has_not_started(asking: Asking) -> sa.Select[Any]:
    """For a guardian, at the time that this guardian chose, about each own child. Ends an hour later."""
    wish, student, source = _wishes(asking)
    guards = aliased(Guardianship)
    of_wish = sa.and_(guards.school_id == wish.school_id, guards.guardian_id == wish.person_id)
    source = source.join(guards, sa.and_(of_wish, guards.ended_at.is_(None)))
    source = source.join(student, sa.and_(student.school_id == guards.school_id, student.id == guards.student_id))
    selected = _reason(asking, student, source).where(student.may_write.is_(True))
    return selected.add_columns(wish.person_id.label("recipient_id"))


def _wishes(asking: Asking) -> tuple[Any, Any, sa.Join]:
    """Whose time it is, found before anything is asked of children: at most minutes there is nobody."""
    at, school, wish = asking.at, aliased(School), aliased(ReminderPreference)
    chosen_now = sa.and_(wish.chosen_time <= at.clock, wish.chosen_time > at.hour_ago)
    wanted = sa.and_(wish.school_id == school.id, wish.code == CODE, wish.enabled.is_(True), chosen_now)
    wishes = (
        sa.select(wish.school_id, wish.person_id, at.zone)
        .select_from(sa.join(asking.moments, school, school.zone == at.zone).join(wish, wanted))
        .cte()
        .prefix_with("MATERIALIZED")
    )
    return wishes.c, aliased(Student), sa.join(wishes, asking.moments, at.zone == wishes.c.zone)


def _reason(asking: Asking, student: Any, source: sa.Join) -> sa.Select[Any]:
    at, enrolled = asking.at, aliased(Enrolment)
    of_student = sa.and_(enrolled.school_id == student.school_id, enrolled.student_id == student.id)
    tonight = sa.and_(enrolled.from_on <= at.today, sa.or_(enrolled.to_on.is_(None), enrolled.to_on >= at.today))
    selected = reason(
        asking,
        school_id=student.school_id,
        subject_id=student.id,
        night=at.today,
        expires_at=asking.now + LASTS,
        params=json_of(),
    )
    return selected.select_from(source.join(enrolled, sa.and_(of_student, tonight))).where(
        _something_to_do(student, enrolled.class_id, at.today),
        ~_something_begun(student, at.today),
        ~_submitted(student, at.today),
    )


def _something_to_do(student: Any, class_id: Any, night: Any) -> sa.ColumnElement[bool]:
    """Published homework for tonight at home that the child has not finished on an earlier night."""
    work, entry = aliased(Assignment), aliased(Entry)
    # Correlated by name: by itself an EXISTS inside another reaches no further out than that one, and any child's
    # finished entry would count.
    done = (
        sa.exists()
        .where(
            entry.school_id == work.school_id,
            entry.assignment_id == work.id,
            entry.student_id == student.id,
            entry.outcome == Outcome.finished,
            entry.deleted_at.is_(None),
        )
        .correlate(work, student)
    )
    return sa.exists().where(
        work.school_id == student.school_id,
        work.class_id == class_id,
        work.state == AssignmentState.PUBLISHED,
        work.place == Place.home,
        work.given_on <= night,
        work.due_on > night,
        ~done,
    )


def _something_begun(student: Any, night: Any) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        Entry.school_id == student.school_id,
        Entry.student_id == student.id,
        Entry.night == night,
        Entry.place == Place.home,
        Entry.deleted_at.is_(None),
    )


def _submitted(student: Any, night: Any) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        NightSheet.school_id == student.school_id,
        NightSheet.student_id == student.id,
        NightSheet.night == night,
        NightSheet.state != SheetState.open,
    )
