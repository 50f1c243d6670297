"""Statements that remove what was recorded about children, for good: one student's all, or a school's old nights.

Both go the same way and in this order: lock the students, raise their counters, delete the sheets. Everything that
stands on a sheet (entries with every version, sleep, note, confirmations, review) goes with it by foreign key, so what
is added to a night later cannot be forgotten here. A writer of the same student waits, and then begins again.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.storage.base import NO_SUBJECT
from backend.storage.models import (
    Absence,
    AuditEvent,
    AuthSession,
    Claim,
    Guardianship,
    Handoff,
    NightSheet,
    OutboxRow,
    Person,
    PictureCode,
    Policy,
    PushEndpoint,
    ReminderPreference,
    ReminderSetting,
    RolledUpFigure,
    Student,
)
from backend.storage.queries.access import Predicate

#: Who looked stays known after the night is gone: it says nothing of the night but its date.
READS_OF_NIGHTS = ("night.read",)


@dataclass(frozen=True)
class Nights:
    """Which nights go: those of some students or of the whole school, all of them or those before a date."""

    school_id: uuid.UUID
    student_ids: Sequence[uuid.UUID] | None = None
    before: dt.date | None = None

    def of(self, student_id: Any, night: Any) -> list[sa.ColumnElement[bool]]:
        """The same choice as conditions on a table's columns."""
        chosen = [] if self.student_ids is None else [student_id.in_(self.student_ids)]
        return chosen if self.before is None else [*chosen, night < self.before]


def lock_child(session: Session, school_id: uuid.UUID, student_id: uuid.UUID, visible: Predicate) -> str | None:
    """The normalised name of a student whom the predicate shows, with the student's row locked; None for nobody."""
    statement = (
        sa.select(Person.name_key)
        .join(Student, (Student.school_id == Person.school_id) & (Student.id == Person.id))
        .where(Student.school_id == school_id, Student.id == student_id, visible)
    )
    return session.scalar(statement.with_for_update(of=Student))


def count_nights(session: Session, nights: Nights) -> tuple[int, int]:
    """How many nights of students would go, used or excused, and of how many students."""
    used = sa.select(NightSheet.student_id, NightSheet.night).where(*_sheets(nights))
    each = sa.union(used, sa.select(Absence.student_id, Absence.night).where(*_absences(nights))).subquery()
    counted = sa.select(sa.func.count(), sa.func.count(each.c.student_id.distinct())).select_from(each)
    nights_found, students = session.execute(counted).one()
    return nights_found, students


def oldest_night(session: Session, nights: Nights) -> dt.date | None:
    """The oldest night among these of which anything is left: a sheet, an excuse, a line handed on, a reminder."""
    oldest = [
        sa.select(sa.func.min(model.night).label("night")).where(*chosen)
        for model, chosen in (
            (NightSheet, _sheets(nights)),
            (Absence, _absences(nights)),
            (Handoff, _handed_on(nights)),
            (OutboxRow, _reminders(nights)),
        )
    ]
    found: dt.date | None = session.scalar(sa.select(sa.func.min(sa.union_all(*oldest).subquery().c.night)))
    return found


def some_students(session: Session, nights: Nights, most: int) -> Sequence[uuid.UUID]:
    """At most so many of the students who have any of these nights, used or excused, in the order of their ids.

    A student is asked for once, by the key of the sheets: how many others stand there does not matter.
    """
    used = sa.exists().where(NightSheet.student_id == Student.id, *_sheets(nights))
    excused = sa.exists().where(Absence.student_id == Student.id, *_absences(nights))
    theirs = sa.select(Student.id).where(Student.school_id == nights.school_id, sa.or_(used, excused))
    return session.scalars(theirs.order_by(Student.id).limit(most)).all()


def nights_between(session: Session, school_id: uuid.UUID, first: dt.date, last: dt.date) -> int:
    """On how many nights from ``first`` to ``last`` anybody of a school has a sheet."""
    asked = (NightSheet.school_id == school_id, NightSheet.night.between(first, last))
    return session.scalar(sa.select(sa.func.count(NightSheet.night.distinct())).where(*asked)) or 0


def erase_nights(session: Session, nights: Nights) -> int:
    """Delete sheets with all that stands on them; returns how many. Counters are raised first and never fall.

    A phone whose cursor is below the raised counter holds something that is gone: sync tells it to begin anew.
    """
    touched = sa.exists().where(NightSheet.student_id == Student.id, *_sheets(nights))
    students = (Student.school_id == nights.school_id, touched)
    session.execute(sa.select(Student.id).where(*students).order_by(Student.id).with_for_update()).all()
    highest = (
        sa.select(sa.func.max(NightSheet.change_counter))
        .where(NightSheet.school_id == Student.school_id, NightSheet.student_id == Student.id)
        .scalar_subquery()
    )
    standing = sa.case((highest > Student.change_counter, highest), else_=Student.change_counter)
    _run(session, sa.update(Student).where(*students).values(change_counter=standing + 1))
    _forget_sums(session, nights)
    return _run(session, sa.delete(NightSheet).where(*_sheets(nights)))


def _forget_sums(session: Session, nights: Nights) -> None:
    """Delete what was added up of these classes: single minutes stand in it, and it is added up anew when asked for."""
    classes = sa.select(NightSheet.class_id).where(*_sheets(nights))
    _run(
        session,
        sa.delete(RolledUpFigure).where(
            RolledUpFigure.school_id == nights.school_id, RolledUpFigure.class_id.in_(classes)
        ),
    )


def erase_traces(session: Session, nights: Nights) -> int:
    """Delete the log of what was changed on these nights of students, and which of them were excused."""
    return _run(session, sa.delete(AuditEvent).where(*_changes(nights))) + _run(
        session, sa.delete(Absence).where(*_absences(nights))
    )


def erase_reminders(session: Session, school_id: uuid.UUID, student_id: uuid.UUID, *, kept: Sequence[str] = ()) -> int:
    """Delete every reminder about or to one student, whatever the night, but those of the codes that are ``kept``.

    The guardians' digests counted this child's nights without naming it: they go too.
    """
    guardians = sa.select(Guardianship.guardian_id).where(
        Guardianship.school_id == school_id, Guardianship.student_id == student_id
    )
    theirs = sa.or_(OutboxRow.subject_id == student_id, OutboxRow.recipient_id == student_id, _digests(guardians))
    return _run(
        session, sa.delete(OutboxRow).where(OutboxRow.school_id == school_id, theirs, OutboxRow.code.not_in(kept))
    )


def erase_lines(session: Session, nights: Nights) -> int:
    """Delete what was handed on about a school's old nights: a line may speak of anybody."""
    return _run(session, sa.delete(Handoff).where(*_handed_on(nights)))


def erase_remains(session: Session, nights: Nights, most: int) -> int:
    """Delete what is left of a school's old nights that hangs on no sheet; returns how many rows, ``most`` a table.

    Reminders about students or to them, guardians' digests, and the log of what was changed on a night that has gone
    since.
    """
    erased = 0
    for model, chosen in ((OutboxRow, _reminders(nights)), (AuditEvent, _changes(nights))):
        some = sa.select(model.id).where(*chosen).limit(most)
        erased += _run(session, sa.delete(model).where(model.school_id == nights.school_id, model.id.in_(some)))
    return erased


_OF_PERSON = (AuthSession, Claim, PushEndpoint, ReminderPreference, ReminderSetting)
_OF_STUDENT = (PictureCode, Policy)


def erase_own_things(session: Session, school_id: uuid.UUID, student_id: uuid.UUID) -> int:
    """Delete what a student signs in and is reminded with, own exceptions and the stated waking; returns how many."""
    erased = 0
    for model in _OF_PERSON:
        erased += _run(session, sa.delete(model).where(model.school_id == school_id, model.person_id == student_id))
    for owned in _OF_STUDENT:
        erased += _run(session, sa.delete(owned).where(owned.school_id == school_id, owned.student_id == student_id))
    stated = sa.or_(Student.waking_school_day.is_not(None), Student.waking_free_day.is_not(None))
    forgotten = sa.update(Student).where(Student.school_id == school_id, Student.id == student_id, stated)
    return erased + _run(session, forgotten.values(waking_school_day=None, waking_free_day=None))


def _sheets(nights: Nights) -> list[sa.ColumnElement[bool]]:
    return [NightSheet.school_id == nights.school_id, *nights.of(NightSheet.student_id, NightSheet.night)]


def _absences(nights: Nights) -> list[sa.ColumnElement[bool]]:
    return [Absence.school_id == nights.school_id, *nights.of(Absence.student_id, Absence.night)]


def _changes(nights: Nights) -> list[sa.ColumnElement[bool]]:
    about_a_night = (AuditEvent.student_id.is_not(None), AuditEvent.night.is_not(None))
    written = (*about_a_night, AuditEvent.action.not_in(READS_OF_NIGHTS))
    return [AuditEvent.school_id == nights.school_id, *written, *nights.of(AuditEvent.student_id, AuditEvent.night)]


def _handed_on(nights: Nights) -> list[sa.ColumnElement[bool]]:
    return [Handoff.school_id == nights.school_id, Handoff.night < nights.before]


def _reminders(nights: Nights) -> list[sa.ColumnElement[bool]]:
    students = sa.select(Student.id).where(Student.school_id == nights.school_id)
    guardians = sa.select(Guardianship.guardian_id).where(Guardianship.school_id == nights.school_id)
    of_a_student = sa.or_(OutboxRow.subject_id.in_(students), OutboxRow.recipient_id.in_(students), _digests(guardians))
    return [OutboxRow.school_id == nights.school_id, OutboxRow.night < nights.before, of_a_student]


def _digests(guardians: Any) -> sa.ColumnElement[bool]:
    return sa.and_(OutboxRow.subject_id == NO_SUBJECT, OutboxRow.recipient_id.in_(guardians))


def _run(session: Session, statement: Any) -> int:
    return int(session.connection().execute(statement).rowcount)
