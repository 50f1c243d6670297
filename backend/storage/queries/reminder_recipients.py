"""Who is told of a reason: the people around its subject, their wishes, and a student's silence.

A new reminder gets all of this by naming its recipients; it cannot forget the silence. Each `Recipient` is one query
around the reason's own, with the columns of an outbox row.
"""

from __future__ import annotations

import enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from backend.domain.people import PersonKind
from backend.domain.reminder_times import CAN_WAIT
from backend.domain.silence import BEFORE_LIGHTS_OUT
from backend.storage.models import (
    Guardianship,
    NightSheet,
    Person,
    ReminderPreference,
    ReminderSetting,
    SchoolDay,
    Sleep,
    Student,
)
from backend.storage.queries.portable import earlier, moved
from backend.storage.queries.reminder_reasons.reason import Asking, Reasons


class Recipient(enum.Enum):
    """Whom a reminder is for, seen from its subject."""

    STUDENT = "student"
    """The student, on devices of the student's own: silent by night."""
    GUARDIAN = "guardian"
    """Every guardian whose guardianship stands."""
    GUARDIAN_WHO_ASKED = "guardian_who_asked"
    """Only guardians who have switched this reminder on."""
    STUDENT_WHO_ASKED = "student_who_asked"
    """The student, only where this reminder is switched on for the student."""
    NAMED = "named"
    """A guardian or a member of staff whom the reason names itself, in a column ``recipient_id``; never a student.

    The reason answers for consent, and for what a post or a guardianship lets the person know.
    """


def told(
    asking: Asking,
    *,
    code: str,
    recipient: Recipient,
    reasons: Reasons,
    heeding: bool = True,
    consented: bool = True,
) -> sa.Select[Any]:
    """Select ``school_id, recipient_id, subject_id, night, occasion, expires_at, params`` of what is due now.

    A reason may have looked at consent itself, in a column ``may_write``; else it is asked for here.

    With `heeding` False wishes and silence are left out: what the reasons alone would send. With `consented` False
    consent is not asked for: for a preview alone.
    """
    found = reasons(asking).subquery("reason")
    selected = _QUERIES[recipient](asking, found.c, code, heeding)
    if recipient is Recipient.NAMED or not consented:
        return selected
    # Nobody is written to about a child for whom consent does not stand (rule 11, privacy).
    if "may_write" in found.c:
        return selected.where(found.c.may_write.is_(True))
    return selected.where(
        sa.exists().where(
            Student.school_id == found.c.school_id,
            Student.id == found.c.subject_id,
            Student.may_write.is_(True),
        )
    )


def _guardians(asking: Asking, why: Any, code: str, heeding: bool) -> sa.Select[Any]:
    guards, person = aliased(Guardianship), aliased(Person)
    selected = (
        _columns(why, person.id, why.expires_at)
        .join(guards, sa.and_(guards.school_id == why.school_id, guards.student_id == why.subject_id))
        .join(person, sa.and_(person.school_id == guards.school_id, person.id == guards.guardian_id))
        .where(guards.ended_at.is_(None), person.left_at.is_(None), why.expires_at > asking.now)
    )
    return selected.where(*_wishes(why, person.id, code)) if heeding else selected


def _guardians_who_asked(asking: Asking, why: Any, code: str, heeding: bool) -> sa.Select[Any]:
    selected = _guardians(asking, why, code, heeding)
    person = selected.selected_columns.recipient_id
    return selected.where(_preference(why.school_id, person, code, enabled=True))


def _students(asking: Asking, why: Any, code: str, heeding: bool) -> sa.Select[Any]:
    person, sheet = aliased(Person), aliased(NightSheet)
    latest_at = sa.func.coalesce(sheet.latest_lights_out_at, why.at_strictest_at)
    silence_ahead = latest_at > asking.now + BEFORE_LIGHTS_OUT
    until_silence = earlier(why.expires_at, moved(latest_at, -BEFORE_LIGHTS_OUT))
    expires_at = sa.case((silence_ahead, until_silence), else_=why.expires_at)
    tonights = sa.and_(
        sheet.school_id == why.school_id,
        sheet.student_id == why.subject_id,
        sheet.night == why.at_tonight,
        asking.within(sheet.night, "tonight"),
    )
    selected = (
        _columns(why, person.id, expires_at)
        .join(person, sa.and_(person.school_id == why.school_id, person.id == why.subject_id))
        .outerjoin(sheet, tonights)
        .where(person.left_at.is_(None), why.expires_at > asking.now)
    )
    if not heeding:
        return selected
    return selected.where(_not_silent(asking, why, latest_at), *_wishes(why, person.id, code))


def _students_who_asked(asking: Asking, why: Any, code: str, heeding: bool) -> sa.Select[Any]:
    selected = _students(asking, why, code, heeding)
    person = selected.selected_columns.recipient_id
    return selected.where(_preference(why.school_id, person, code, enabled=True))


def _named(asking: Asking, why: Any, code: str, heeding: bool) -> sa.Select[Any]:
    person = aliased(Person)
    selected = (
        _columns(why, person.id, why.expires_at)
        .join(person, sa.and_(person.school_id == why.school_id, person.id == why.recipient_id))
        .where(person.left_at.is_(None), person.kind != PersonKind.student, why.expires_at > asking.now)
    )
    return selected.where(*_wishes(why, person.id, code)) if heeding else selected


_QUERIES = {
    Recipient.STUDENT: _students,
    Recipient.GUARDIAN: _guardians,
    Recipient.GUARDIAN_WHO_ASKED: _guardians_who_asked,
    Recipient.STUDENT_WHO_ASKED: _students_who_asked,
    Recipient.NAMED: _named,
}


def _columns(why: Any, recipient_id: Any, expires_at: Any) -> sa.Select[Any]:
    return sa.select(
        why.school_id,
        recipient_id.label("recipient_id"),
        why.subject_id,
        why.night,
        why.occasion,
        expires_at.label("expires_at"),
        why.params,
    )


def _not_silent(asking: Asking, why: Any, latest_at: Any) -> sa.ColumnElement[bool]:
    """Neither tonight's silence has begun nor last night's still holds; logged waking ends either."""
    tonight = sa.or_(latest_at > asking.now + BEFORE_LIGHTS_OUT, _woke(why, why.at_tonight))
    school_day = sa.exists().where(
        SchoolDay.school_id == why.school_id, SchoolDay.day == why.at_tonight, SchoolDay.is_school_day.is_(True)
    )
    wakes_at = sa.case((school_day, why.at_wakes_school_at), else_=why.at_wakes_free_at)
    return sa.and_(tonight, sa.or_(wakes_at <= asking.now, _woke(why, why.at_last_night)))


def _woke(why: Any, night: Any) -> sa.ColumnElement[bool]:
    sleep = aliased(Sleep)
    return sa.exists().where(
        sleep.school_id == why.school_id,
        sleep.student_id == why.subject_id,
        sleep.night == night,
        sleep.woke_at.is_not(None),
    )


def _wishes(why: Any, person_id: Any, code: str) -> tuple[sa.ColumnElement[bool], ...]:
    """Not switched off, not in quiet hours, neither recipient nor subject paused, and not kept for the evening.

    Two looks at settings, each for one person: a planner that is asked about either of two people reads them all.
    """
    own, subjects = aliased(ReminderSetting), aliased(ReminderSetting)
    unwilling = [_quiet(own, why), _paused(own, why)]
    if code in CAN_WAIT:
        unwilling.append(own.evening_digest.is_(True))
    return (
        ~_preference(why.school_id, person_id, code, enabled=False),
        ~sa.exists().where(own.school_id == why.school_id, own.person_id == person_id, sa.or_(*unwilling)),
        ~sa.exists().where(
            subjects.school_id == why.school_id, subjects.person_id == why.subject_id, _paused(subjects, why)
        ),
    )


def _preference(school_id: Any, person_id: Any, code: str, *, enabled: bool) -> sa.ColumnElement[bool]:
    wish = aliased(ReminderPreference)
    return sa.exists().where(
        wish.school_id == school_id, wish.person_id == person_id, wish.code == code, wish.enabled.is_(enabled)
    )


def _quiet(wish: Any, why: Any) -> sa.ColumnElement[bool]:
    clock = why.at_clock
    within = sa.and_(wish.quiet_from <= clock, clock < wish.quiet_to)
    across_midnight = sa.and_(wish.quiet_from > wish.quiet_to, sa.or_(clock >= wish.quiet_from, clock < wish.quiet_to))
    return sa.or_(within, across_midnight)


def _paused(wish: Any, why: Any) -> sa.ColumnElement[bool]:
    return sa.and_(wish.paused_from <= why.at_today, sa.or_(wish.paused_to.is_(None), wish.paused_to >= why.at_today))
