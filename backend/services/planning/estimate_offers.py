"""The next estimate, offered from what similar work took, to the teacher alone (rule 5); and "none today".

Similar is: the same class and subject, and kind and tier where they are named. Nobody else sees an offer.
"""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.errors import FieldProblem, Invalid
from backend.domain.estimates import Observation, offer
from backend.domain.load import Kind, Outcome, Tier
from backend.domain.night import days_after
from backend.services import access, audit
from backend.services.actor import Actor
from backend.services.school import schools
from backend.storage.models import AssignmentState, NoHomework
from backend.storage.queries import assignments as queries
from backend.storage.queries import classes as places
from backend.storage.queries.upsert import insert_or_ignore

HISTORY_DAYS = 120
_BEST = (Outcome.finished, Outcome.stopped_for_sleep, Outcome.unfinished, Outcome.in_progress)


def get_offer(
    session: Session,
    *,
    actor: Actor,
    class_id: uuid.UUID,
    subject: str,
    kind: Kind | None,
    tier: Tier | None,
    now: dt.datetime,
) -> dict[str, Any]:
    """``{offer}``: null or ``{estimated_minutes, eight_of_ten_minutes, took_minutes, n, n_censored}``.

    Raises ``NotFound``.
    """
    place = schools.get_school(session, school_id=actor.school, now=now)
    visible = access.teaches_subject(actor, class_id, subject, today=place.today)
    schools.get_class(session, school_id=place.id, class_id=class_id, visible=visible)
    since = days_after(place.today, -HISTORY_DAYS)
    rows = queries.observations(session, place.id, class_id, subject, kind=kind, tier=tier, since=since)
    found = offer(by_work(rows))
    document = None
    if found is not None:
        document = {
            "estimated_minutes": found.estimated_minutes,
            "eight_of_ten_minutes": found.eight_of_ten_minutes,
            "took_minutes": found.took_minutes,
            "n": found.n,
            "n_censored": found.n_censored,
        }
    return {"class_id": class_id, "subject": subject, "offer": document}


def by_work(rows: Iterable[tuple[uuid.UUID, uuid.UUID, dt.date, int, Outcome]]) -> list[Observation]:
    """One observation a student and assignment: the minutes of all its nights, and how it ended (rule 8)."""
    sums: dict[tuple[uuid.UUID, uuid.UUID], tuple[int, Outcome]] = {}
    for assignment_id, student_id, _, minutes, outcome in rows:
        before, ended = sums.get((assignment_id, student_id), (0, Outcome.in_progress))
        best = outcome if _BEST.index(outcome) <= _BEST.index(ended) else ended
        sums[assignment_id, student_id] = (before + minutes, best)
    return [Observation(minutes, outcome) for minutes, outcome in sums.values()]


def declare_none(
    session: Session,
    *,
    actor: Actor,
    class_id: uuid.UUID,
    subject: str,
    night: dt.date,
    none: bool,
    now: dt.datetime,
) -> dict[str, Any]:
    """Say that a subject sets nothing for a night, or take it back. Doing it twice does nothing the second time.

    Raises ``NotFound``; ``Invalid`` where homework is published for that night and subject.
    """
    place = schools.get_school(session, school_id=actor.school, now=now)
    visible = access.plans_class(actor, class_id, subject, today=place.today)
    schools.get_class(session, school_id=place.id, class_id=class_id, visible=visible)
    if subject not in places.subject_codes(session, place.id):
        raise Invalid("no such subject", fields=[FieldProblem("subject", "unknown_subject")])
    if none:
        _declare(session, place.id, class_id, subject, night, actor=actor, now=now)
    else:
        queries.withdraw_none(session, place.id, class_id, subject, [night])
    action = "assignment.none_declared" if none else "assignment.none_withdrawn"
    audit.record(
        session, actor=actor, action=action, now=now, class_id=class_id, night=night, details={"subject": subject}
    )
    return {"class_id": class_id, "subject": subject, "night": night, "none": none}


def _declare(
    session: Session,
    school_id: uuid.UUID,
    class_id: uuid.UUID,
    subject: str,
    night: dt.date,
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    places.lock_class(session, school_id, class_id)
    published = queries.assignments_of_class(session, school_id, class_id, night, night)
    if any(each.subject == subject and each.given_on == night for each in published):
        raise Invalid("homework is published", fields=[FieldProblem("none", AssignmentState.PUBLISHED.value)])
    row = {
        "school_id": school_id,
        "class_id": class_id,
        "subject": subject,
        "night": night,
        "declared_by": actor.id,
        "declared_at": now,
    }
    insert_or_ignore(session, NoHomework, [row])
