"""Picture codes: three pictures with which a pupil is known on the class tablet, chosen at home or made for a class.

They are kept as hashes only, so what was made for a class is shown once, to be printed. Nothing about a night here.
"""

import datetime as dt
import hashlib
import hmac
import secrets
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.errors import FieldProblem, Invalid, NotFound
from backend.services import audit
from backend.services.access import issues_claim, keeps_class
from backend.services.actor import Actor
from backend.services.school.schools import SchoolToday, get_class, get_school
from backend.storage.models import Class
from backend.storage.queries import tablets as queries
from backend.storage.queries.tablets import CodeRow

PICTURES = ("sun", "moon", "star", "tree", "fish", "bird", "cat", "dog", "apple", "boat", "house", "key")
CODE_LENGTH = 3


def list_picture_codes(session: Session, *, actor: Actor, class_id: uuid.UUID, now: dt.datetime) -> dict[str, Any]:
    """The class in the order of the roll with who has pictures since when; never which. Homeroom teacher alone.

    Raises ``NotFound``.
    """
    place, class_ = _own(session, actor, class_id, now)
    rows = queries.picture_codes(session, place.id, class_.id, place.today)
    items = [{"student_id": row.id, "name": row.name, "set_at": row.set_at, "may_write": row.may_write} for row in rows]
    return {"class_id": class_.id, "class_name": class_.name, "items": items}


def make_picture_codes(
    session: Session,
    *,
    actor: Actor,
    class_id: uuid.UUID,
    student_ids: Sequence[uuid.UUID] | None,
    secret_key: str,
    now: dt.datetime,
) -> dict[str, Any]:
    """Make three pictures each for these pupils of the class, or for all that have none; shown in this answer alone.

    The earlier pictures of those named end. Whose consent is missing is left out. Raises ``NotFound`` when one of those
    named is not of the class.
    """
    place, class_ = _own(session, actor, class_id, now)
    rows = queries.picture_codes(session, place.id, class_.id, place.today)
    chosen = [row for row in _chosen(rows, student_ids) if row.may_write]
    made = {row.id: [secrets.choice(PICTURES) for _ in range(CODE_LENGTH)] for row in chosen}
    hashes = {student_id: hash_of(student_id, pictures, secret_key) for student_id, pictures in made.items()}
    queries.put_picture_codes(session, place.id, hashes, now)
    for student_id in made:
        audit.record(session, actor=actor, action="picture_code.set", now=now, class_id=class_id, student_id=student_id)
    items = [{"student_id": row.id, "name": row.name, "pictures": made[row.id]} for row in chosen]
    return {"class_id": class_.id, "class_name": class_.name, "items": items}


def set_picture_code(
    session: Session, *, actor: Actor, student_id: uuid.UUID, pictures: Sequence[str], secret_key: str, now: dt.datetime
) -> None:
    """Set or replace a pupil's picture code: a guardian, the homeroom teacher or the office; else ``NotFound``."""
    place = get_school(session, school_id=actor.school_id, now=now)
    visible = issues_claim(actor, student_id, today=place.today)
    if not queries.student_shown(session, place.id, student_id, visible):
        raise NotFound("no such student")
    if len(pictures) != CODE_LENGTH or not set(pictures) <= set(PICTURES):
        raise Invalid("no such pictures", fields=(FieldProblem("pictures", "unknown_pictures"),))
    queries.put_picture_codes(session, place.id, {student_id: hash_of(student_id, pictures, secret_key)}, now)
    audit.record(session, actor=actor, action="picture_code.set", now=now, student_id=student_id)


def hash_of(student_id: uuid.UUID, pictures: Sequence[str], secret_key: str) -> bytes:
    """HMAC-SHA-256 of a pupil's pictures under the installation's secret (32 bytes)."""
    data = b"pictures\0" + student_id.bytes + "\0".join(pictures).encode()
    return hmac.new(secret_key.encode(), data, hashlib.sha256).digest()


def _own(session: Session, actor: Actor, class_id: uuid.UUID, now: dt.datetime) -> tuple[SchoolToday, Class]:
    place = get_school(session, school_id=actor.school_id, now=now)
    visible = keeps_class(actor, class_id, today=place.today)
    return place, get_class(session, school_id=place.id, class_id=class_id, visible=visible)


def _chosen(rows: Sequence[CodeRow], student_ids: Sequence[uuid.UUID] | None) -> list[CodeRow]:
    if student_ids is None:
        return [row for row in rows if row.set_at is None]
    wanted = set(student_ids)
    if not wanted <= {row.id for row in rows}:
        raise NotFound("no such pupil")
    return [row for row in rows if row.id in wanted]
