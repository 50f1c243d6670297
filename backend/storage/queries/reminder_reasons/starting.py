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
    wish, student = _wishes(asking), aliased(Student)
    own = sa.and_(student.school_id == wish.c.school_id, student.id == wish.c.person_id)
    return _reason(asking, sa.select(*wish.c, student.id.label("student_id")).join(student, own))


def child_has_not_started(asking: Asking) -> sa.Select[Any]:
    """For a guardian, at the time that this guardian chose, about each own child. Ends an hour later."""
    wish, guards, student = _wishes(asking), aliased(Guardianship), aliased(Student)
    of_wish = sa.and_(guards.school_id == wish.c.school_id, guards.guardian_id == wish.c.person_id)
    of_guards = sa.and_(student.school_id == guards.school_id, student.id == guards.student_id)
    children = sa.select(*wish.c, guards.student_id).select_from(wish.join(guards, of_wish).join(student, of_guards))
    return _reason(asking, children.where(guards.ended_at.is_(None), student.may_write.is_(True)), named=True)


def _wishes(asking: Asking) -> sa.CTE:
    """``(school_id, person_id, zone)`` of those whose time it is; at most minutes of a day there is nobody."""
    at, school, wish = asking.at, aliased(School), aliased(ReminderPreference)
    chosen_now = sa.and_(wish.chosen_time <= at.clock, wish.chosen_time > at.hour_ago)
    wanted = sa.and_(wish.school_id == school.id, wish.code == CODE, wish.enabled.is_(True), chosen_now)
    source = sa.join(asking.moments, school, school.zone == at.zone).join(wish, wanted)
    return _first(sa.select(wish.school_id, wish.person_id, at.zone).select_from(source))


def _first(found: sa.Select[Any]) -> sa.CTE:
    """Found before anything is joined to it: SQLite, which knows no numbers, would begin with every child."""
    return found.cte().prefix_with("MATERIALIZED")


def _reason(asking: Asking, children: sa.Select[Any], *, named: bool = False) -> sa.Select[Any]:
    at, enrolled, found = asking.at, aliased(Enrolment), _first(children)
    child = found.c
    of_student = sa.and_(enrolled.school_id == child.school_id, enrolled.student_id == child.student_id)
    tonight = sa.and_(enrolled.from_on <= at.today, sa.or_(enrolled.to_on.is_(None), enrolled.to_on >= at.today))
    selected = reason(
        asking,
        school_id=child.school_id,
        subject_id=child.student_id,
        night=at.today,
        expires_at=asking.now + LASTS,
        params=json_of(),
    )
    if named:
        selected = selected.add_columns(child.person_id.label("recipient_id"))
    source = sa.join(found, asking.moments, at.zone == child.zone).join(enrolled, sa.and_(of_student, tonight))
    return selected.select_from(source).where(
        _something_to_do(child, enrolled.class_id, at.today),
        ~_something_begun(child, at.today),
        ~_submitted(child, at.today),
    )


def _something_to_do(child: Any, class_id: Any, night: Any) -> sa.ColumnElement[bool]:
    """Published homework for tonight at home that the child has not finished on an earlier night."""
    work, entry = aliased(Assignment), aliased(Entry)
    # Correlated by name: by itself an EXISTS inside another reaches no further out than that one, and any child's
    # finished entry would count.
    done = (
        sa.exists()
        .where(
            entry.school_id == work.school_id,
            entry.assignment_id == work.id,
            entry.student_id == child.student_id,
            entry.outcome == Outcome.finished,
            entry.deleted_at.is_(None),
        )
        .correlate(work, child.student_id.table)
    )
    return sa.exists().where(
        work.school_id == child.school_id,
        work.class_id == class_id,
        work.state == AssignmentState.PUBLISHED,
        work.place == Place.home,
        work.given_on <= night,
        work.due_on > night,
        ~done,
    )


def _something_begun(child: Any, night: Any) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        Entry.school_id == child.school_id,
        Entry.student_id == child.student_id,
        Entry.night == night,
        Entry.place == Place.home,
        Entry.deleted_at.is_(None),
    )


def _submitted(child: Any, night: Any) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        NightSheet.school_id == child.school_id,
        NightSheet.student_id == child.student_id,
        NightSheet.night == night,
        NightSheet.state != SheetState.open,
    )
