"""Slips to print: a one-time code for each student of a class and each guardian, on paper and nowhere else.

The code and its hash are made as in ``signing_in``, which also takes it back; how a slip looks is in ``slip_pages``.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.services import audit
from backend.services.access import keeps_class, runs_school
from backend.services.actor import Actor, ActorKind
from backend.services.identity.signing_in import SLIP_LASTS, code_hash, make_code
from backend.services.school.schools import get_class, get_school, local_date
from backend.storage.base import new_id
from backend.storage.queries import slips as queries
from backend.storage.queries.access import Predicate
from backend.storage.queries.slips import FamilyRow


@dataclass(frozen=True)
class Slip:
    """One slip. ``guardian_name`` is None on a student's own. The code can be read nowhere after this."""

    student_name: str
    guardian_name: str | None
    relation: str
    code: str = field(repr=False)


@dataclass(frozen=True)
class ClassSlips:
    """The slips of one class in the order in which they are cut: each student's, then the guardians'.

    ``without_telephone`` counts guardians who get none: their slip would open with the code alone.
    """

    school_name: str
    class_name: str
    expires_on: dt.date
    slips: tuple[Slip, ...]
    without_telephone: int = 0
    without_guardian: int = 0


def issue_slips(
    session: Session,
    *,
    actor: Actor,
    school_id: uuid.UUID,
    class_id: uuid.UUID,
    secret_key: str,
    now: dt.datetime,
) -> ClassSlips:
    """Make new codes for everybody of a class; what was printed for this class before and not used ends.

    For the class's homeroom teacher, the academic office and the command. Raises NotFound for anybody else and for an
    unknown class. Codes last 60 days.
    """
    place = get_school(session, school_id=school_id, now=now)
    visible = _visible(actor, school_id, class_id, place.today)
    class_ = get_class(session, school_id=school_id, class_id=class_id, visible=visible)
    rows = queries.families_of_class(session, school_id, class_id, place.today)
    queries.revoke_printed(session, school_id, class_id, place.today, now)
    made = _make(rows)
    expires_at = now + SLIP_LASTS
    issued = {"school_id": school_id, "issued_at": now, "issued_by": _issuer(actor), "expires_at": expires_at}
    queries.insert_claims(session, [issued | _claim(slip, person_id, secret_key) for person_id, slip in made])
    details = {"slips": len(made)}
    audit.record(
        session, actor=actor, action="slips.issued", now=now, school_id=school_id, class_id=class_id, details=details
    )
    return ClassSlips(
        school_name=place.school.name,
        class_name=class_.name,
        expires_on=local_date(expires_at, place.school.zone),
        slips=tuple(slip for _, slip in made),
        without_telephone=len({row.guardian_id for row in rows if row.guardian_id and not row.telephone}),
        without_guardian=len({row.student_id for row in rows if row.guardian_id is None}),
    )


def _issuer(actor: Actor) -> uuid.UUID | None:
    return None if actor.kind is ActorKind.COMMAND else actor.id


def _claim(slip: Slip, person_id: uuid.UUID, secret_key: str) -> dict[str, Any]:
    return {"id": new_id(), "person_id": person_id, "code_hash": code_hash(slip.code, secret_key=secret_key)}


def _visible(actor: Actor, school_id: uuid.UUID, class_id: uuid.UUID, today: dt.date) -> Predicate:
    if actor.kind is ActorKind.COMMAND:
        return sa.true()
    if actor.kind is not ActorKind.STAFF or actor.school_id != school_id:
        return sa.false()
    return sa.or_(keeps_class(actor, class_id, today=today), runs_school(actor, school_id, today=today))


def _make(rows: list[FamilyRow]) -> list[tuple[uuid.UUID, Slip]]:
    """One slip a person: a guardian of twins in one class gets one, at the first of them."""
    made: dict[uuid.UUID, Slip] = {}
    for row in rows:
        if row.student_id not in made:
            made[row.student_id] = Slip(row.student_name, None, "", make_code())
        if row.guardian_id and row.guardian_name and row.telephone and row.guardian_id not in made:
            made[row.guardian_id] = Slip(row.student_name, row.guardian_name, row.relation or "", make_code())
    return list(made.items())
