"""Erasure of everything recorded about a child, by a guardian (rule 11, privacy).

Stays: the school's own roster (person, enrolment, guardianships), what was consented to, who looked, and one audit
event that says that it was erased. Class figures already frozen hold minutes without a student and stay as they are,
and so do the figures of what went out.
Old nights of a whole school are removed by `retention`, with the same statements.
"""

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.domain.errors import FieldProblem, Invalid, NotFound
from backend.domain.people import normalise_name
from backend.services import audit
from backend.services.access import confirms_night
from backend.services.actor import Actor
from backend.services.reminders import kept_delivery_figures
from backend.services.rights import consents
from backend.services.school.schools import SchoolToday, get_school
from backend.storage.queries import consents as people
from backend.storage.queries import erasing as queries
from backend.storage.queries import inbox

TOLD = "data_erased"


@dataclass(frozen=True)
class Erased:
    """What was removed; ``nights`` is 0 when it had been done before."""

    student_id: uuid.UUID
    nights: int
    may_write: bool


def erase_student(
    session: Session, *, actor: Actor, student_id: uuid.UUID, confirm_name: str, now: dt.datetime
) -> Erased:
    """Erase what was recorded about a guardian's child and withdraw that guardian's consent; again is nothing.

    Nights with all that stands on them, reminders about them, the student's sessions, devices, codes and preferences,
    the stated waking. Phones are told by sync to forget what they hold; the other guardians and the academic office
    are told in the app. Raises ``NotFound``, and ``Invalid`` when ``confirm_name`` is not the child's name.
    """
    place = get_school(session, school_id=actor.school_id, now=now)
    name_key = queries.lock_child(session, place.id, student_id, confirms_night(actor, student_id))
    if name_key is None:
        raise NotFound("no such student")
    if normalise_name(confirm_name) != name_key:
        raise Invalid("another name", fields=[FieldProblem("confirm_name", "name_differs")])
    kept_delivery_figures.keep_all(session, school=place.school, now=now)
    all_nights = queries.Nights(place.id, [student_id])
    nights = queries.erase_nights(session, all_nights)
    others = queries.erase_traces(session, all_nights)
    others += queries.erase_reminders(session, place.id, student_id, kept=[TOLD])
    others += queries.erase_own_things(session, place.id, student_id)
    before, view = consents.withdraw_with_erasure(session, actor=actor, student_id=student_id, now=now)
    if nights or others or before:
        _note(session, actor, place, student_id, nights, now)
    return Erased(student_id, nights, view.may_write)


def _note(
    session: Session, actor: Actor, place: SchoolToday, student_id: uuid.UUID, nights: int, now: dt.datetime
) -> None:
    details = {"nights": nights, "consent": "withdrawn", "text_version": consents.TEXT_VERSION}
    audit.record(session, actor=actor, action="student.erased", now=now, student_id=student_id, details=details)
    others = people.other_guardians(session, place.id, student_id, actor.id)
    inbox.put_in_inbox(
        session,
        school_id=place.id,
        code=TOLD,
        recipients=[*others, *people.office(session, place.id, place.today)],
        subject_id=student_id,
        night=place.today,
        now=now,
    )
