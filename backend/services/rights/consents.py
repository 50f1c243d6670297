"""A guardian's recorded consent (rule 11, privacy): before the first entry, one suffices, one's withdrawal stops.

Decisions are only added. What follows from them, ``students.may_write``, is kept here so that the writing path reads
one column. The words of the text belong to the edge; its versions are named here, because a decision names one.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.domain.errors import FieldProblem, Invalid, NotFound
from backend.domain.people import (
    ConsentDecision,
    ConsentRecord,
    ConsentState,
    consent_needed,
    consent_state,
)
from backend.services import audit
from backend.services.access import confirms_night, sees_night
from backend.services.actor import Actor
from backend.services.school.schools import SchoolToday, get_school
from backend.storage.base import new_id
from backend.storage.models import Consent
from backend.storage.queries import consents as queries
from backend.storage.queries import inbox
from backend.storage.queries.consents import ConsentFacts
from backend.storage.queries.people import consents_of

#: The text asked today; new consent is asked when the purpose changes, so a version is never reworded in substance.
TEXT_VERSION = "2026-11"
TEXT_VERSIONS = (TEXT_VERSION,)


@dataclass(frozen=True)
class ConsentView:
    """Where a student's consent stands. ``own_decision`` is the asking guardian's latest, None for others."""

    student_id: uuid.UUID
    state: ConsentState
    needed: bool
    may_write: bool
    text_version: str
    own_decision: ConsentDecision | None
    decided_at: dt.datetime | None
    school_name: str


def is_needed(facts: ConsentFacts, today: dt.date) -> bool:
    """Whether consent must come first; a student of no class is asked like an unknown age."""
    if facts.stage is None or facts.grade is None:
        return True
    return consent_needed(facts.stage, facts.grade, facts.under_14_until, today)


def get_consent(session: Session, *, actor: Actor, student_id: uuid.UUID, now: dt.datetime) -> ConsentView:
    """Where consent stands, for the student and the guardians; raises ``NotFound``."""
    place = get_school(session, school_id=actor.school_id, now=now)
    visible = sees_night(actor, student_id, place.today, today=place.today)
    facts = queries.find_facts(session, place.id, student_id, visible, today=place.today, lock=False)
    if facts is None:
        raise NotFound("no such student")
    records = consents_of(session, place.id, [student_id])[student_id]
    return _view(actor, place, facts, records)


def decide_consent(
    session: Session,
    *,
    actor: Actor,
    student_id: uuid.UUID,
    decision: ConsentDecision,
    text_version: str,
    now: dt.datetime,
) -> ConsentView:
    """Record a guardian's decision and let or stop new entries accordingly.

    The same decision twice is one. A withdrawal is told to the other guardians and the academic office in the app.
    Raises ``NotFound`` for a child who is not the actor's, ``Invalid`` for a text that we never asked.
    """
    if text_version not in TEXT_VERSIONS:
        raise Invalid("no such text", fields=(FieldProblem("text_version", "unknown_text_version"),))
    place = get_school(session, school_id=actor.school_id, now=now)
    visible = confirms_night(actor, student_id)
    facts = queries.find_facts(session, place.id, student_id, visible, today=place.today, lock=True)
    if facts is None:
        raise NotFound("no such student")
    records = consents_of(session, place.id, [student_id])[student_id]
    before = _own(records, actor)
    if before is None or (before.decision, before.text_version) != (decision, text_version):
        _record(session, actor, student_id, decision, text_version, now)
        records = [*records, ConsentRecord(str(actor.id), decision, now, text_version)]
        view = _view(actor, place, facts, records)
        queries.set_may_write(session, place.id, student_id, may_write=view.may_write)
        if decision is ConsentDecision.withdrawn:
            _tell(session, actor, place, student_id, now)
    return _view(actor, place, facts, records)


def withdraw_with_erasure(
    session: Session, *, actor: Actor, student_id: uuid.UUID, now: dt.datetime
) -> tuple[bool, ConsentView]:
    """Withdraw a guardian's consent as part of an erasure, which audits and tells it; whether that was new.

    The student's row is locked already, and found to be the actor's to decide.
    """
    place = get_school(session, school_id=actor.school_id, now=now)
    facts = queries.facts_of(session, place.id, [student_id], today=place.today)[0]
    records = consents_of(session, place.id, [student_id])[student_id]
    own = _own(records, actor)
    is_new = own is None or own.decision is not ConsentDecision.withdrawn
    if is_new:
        _add(session, actor, student_id, ConsentDecision.withdrawn, TEXT_VERSION, now)
        records = [*records, ConsentRecord(str(actor.id), ConsentDecision.withdrawn, now, TEXT_VERSION)]
    view = _view(actor, place, facts, records)
    queries.set_may_write(session, place.id, student_id, may_write=view.may_write)
    return is_new, view


def recompute_may_write(
    session: Session, *, school_id: uuid.UUID, student_ids: Sequence[uuid.UUID], now: dt.datetime
) -> None:
    """Bring ``may_write`` of these students up to date: after an import, a move or an ended guardianship."""
    place = get_school(session, school_id=school_id, now=now)
    records = consents_of(session, school_id, student_ids)
    for facts in queries.facts_of(session, school_id, student_ids, today=place.today):
        state = consent_state(records[facts.student_id])
        may_write = _may_write(state, is_needed(facts, place.today))
        queries.set_may_write(session, school_id, facts.student_id, may_write=may_write)


def _record(
    session: Session,
    actor: Actor,
    student_id: uuid.UUID,
    decision: ConsentDecision,
    text_version: str,
    now: dt.datetime,
) -> None:
    _add(session, actor, student_id, decision, text_version, now)
    details = {"text_version": text_version}
    audit.record(
        session, actor=actor, action=f"consent.{decision.value}", now=now, student_id=student_id, details=details
    )


def _add(
    session: Session,
    actor: Actor,
    student_id: uuid.UUID,
    decision: ConsentDecision,
    text_version: str,
    now: dt.datetime,
) -> None:
    session.add(
        Consent(
            school_id=actor.school,
            id=new_id(),
            student_id=student_id,
            guardian_id=actor.id,
            decision=decision,
            text_version=text_version,
            decided_at=now,
        )
    )


def _tell(session: Session, actor: Actor, place: SchoolToday, student_id: uuid.UUID, now: dt.datetime) -> None:
    others = queries.other_guardians(session, place.id, student_id, actor.id)
    office = queries.office(session, place.id, place.today)
    inbox.put_in_inbox(
        session,
        school_id=place.id,
        code="consent_withdrawn",
        recipients=[*others, *office],
        subject_id=student_id,
        night=place.today,
        now=now,
    )


def _view(actor: Actor, place: SchoolToday, facts: ConsentFacts, records: Sequence[ConsentRecord]) -> ConsentView:
    state, needed = consent_state(records), is_needed(facts, place.today)
    own = _own(records, actor)
    return ConsentView(
        student_id=facts.student_id,
        state=state,
        needed=needed,
        may_write=_may_write(state, needed),
        text_version=TEXT_VERSION,
        own_decision=own.decision if own else None,
        decided_at=own.decided_at if own else None,
        school_name=place.school.name,
    )


def _may_write(state: ConsentState, needed: bool) -> bool:
    return state is ConsentState.granted or not needed


def _own(records: Sequence[ConsentRecord], actor: Actor) -> ConsentRecord | None:
    mine = [record for record in records if record.guardian_id == str(actor.id)]
    return mine[-1] if mine else None
