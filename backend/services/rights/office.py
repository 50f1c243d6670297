"""What the office does by command for one family: finding the student, consent signed on paper."""

import dataclasses
import datetime as dt
import uuid

from sqlalchemy.orm import Session

from backend.domain.errors import FieldProblem, Invalid, NotFound
from backend.domain.people import ConsentDecision, normalise_name
from backend.services import audit
from backend.services.actor import Actor, ActorKind
from backend.services.rights.consents import TEXT_VERSION, ConsentView, decide_consent
from backend.services.school.schools import get_school
from backend.storage.models import Student
from backend.storage.queries import office as queries


def get_student_by_number(session: Session, *, school_id: uuid.UUID, number: str) -> Student:
    """The student with that school number; raises NotFound."""
    found = queries.student_by_number(session, school_id, number)
    if found is None:
        raise NotFound(f"no student with number {number}", params={"what": "student_number", "number": number})
    return found


def get_student_of_class(
    session: Session,
    *,
    school_id: uuid.UUID,
    class_id: uuid.UUID,
    name: str,
    now: dt.datetime,
    guardian_name: str | None = None,
) -> Student:
    """The one student of that name in the class today, for schools whose roster has no numbers.

    Of two with one name the one who has a guardian of ``guardian_name``. Raises NotFound, or Invalid (`guardian`) when
    none has, (`student`) when that does not tell them apart.
    """
    place = get_school(session, school_id=school_id, now=now)
    found = queries.students_named(session, school_id, class_id, normalise_name(name), place.today)
    if len(found) > 1 and guardian_name is not None:
        key = normalise_name(guardian_name)
        found = [each for each in found if queries.guardians_named(session, school_id, each.id, key)]
        if not found:
            raise Invalid("which guardian", fields=[FieldProblem("guardian", "unknown_guardian")])
    if len(found) > 1:
        raise Invalid("which student", fields=[FieldProblem("student", "several_students")])
    if not found:
        raise NotFound("no student of that name in the class", params={"what": "student_name", "name": name})
    return found[0]


def record_paper_consent(
    session: Session,
    *,
    actor: Actor,
    school_id: uuid.UUID,
    student: Student,
    guardian_name: str,
    decision: ConsentDecision,
    now: dt.datetime,
) -> ConsentView:
    """Record what a guardian signed on paper, as that guardian's decision; the audit log says that it was typed in.

    Raises Invalid (`guardian`) when no or more than one standing guardian has that name.
    """
    guardians = queries.guardians_named(session, school_id, student.id, normalise_name(guardian_name))
    if len(guardians) != 1:
        code = "several_guardians" if guardians else "unknown_guardian"
        raise Invalid("which guardian", fields=[FieldProblem("guardian", code)])
    signer = dataclasses.replace(actor, kind=ActorKind.GUARDIAN, id=guardians[0].id, school_id=school_id)
    view = decide_consent(
        session, actor=signer, student_id=student.id, decision=decision, text_version=TEXT_VERSION, now=now
    )
    audit.record(
        session, actor=actor, action="consent.typed_from_paper", now=now, school_id=school_id, student_id=student.id
    )
    return view
