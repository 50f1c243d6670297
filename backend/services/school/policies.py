"""Resolving policies (rule 7): which cap, sleep target and times hold for a class or a child on a night.

Setting them is `policy_setting`. Class figures and plans use the class's policy, the child's ring and reminders the
child's.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from types import SimpleNamespace
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.policy import PolicyValue, ResolvedPolicy, resolve
from backend.services.school.policy_values import to_document, values_for
from backend.storage.models import Class, School
from backend.storage.queries import policies as queries
from backend.storage.queries.json_rows import Row


def resolve_for_class(session: Session, *, school: School, class_: Class, night: dt.date) -> ResolvedPolicy:
    """The policy of a class on one night."""
    return resolve_many(session, school=school, classes=[class_], nights=[night])[class_.id, night]


def resolve_rows(rows: Iterable[Row], *, class_: Row, student_id: uuid.UUID, night: dt.date) -> ResolvedPolicy:
    """The policy of one child on one night, from policy rows that another statement brought along."""
    ordered: list[Any] = [SimpleNamespace(**row) for row in sorted(rows, key=lambda row: (row["set_at"], row["id"]))]
    stage, grade = class_["stage"], class_["grade"]
    values = values_for(ordered, stage=stage, grade=grade, class_id=class_["id"], student_id=student_id)
    return resolve(values, night)


def resolve_many(
    session: Session, *, school: School, classes: Sequence[Class], nights: Iterable[dt.date]
) -> dict[tuple[uuid.UUID, dt.date], ResolvedPolicy]:
    """The policies of many classes on many nights, in one statement."""
    rows = queries.rows_for(
        session, school_id=school.id, district_id=school.district_id, class_ids=[each.id for each in classes]
    )
    wanted = list(nights)
    found: dict[tuple[uuid.UUID, dt.date], ResolvedPolicy] = {}
    for each in classes:
        values = values_for(rows, stage=each.stage, grade=each.grade, class_id=each.id)
        turns = sorted({value.effective_on for value in values})
        found |= {(each.id, night): policy for night, policy in _resolve_nights(values, turns, wanted)}
    return found


def _resolve_nights(
    values: list[PolicyValue], turns: list[dt.date], nights: list[dt.date]
) -> Iterable[tuple[dt.date, ResolvedPolicy]]:
    """Resolve once between two dates on which something takes effect, not once a night."""
    known: dict[int, ResolvedPolicy] = {}
    for night in nights:
        step = sum(turn <= night for turn in turns)
        if step not in known:
            known[step] = resolve(values, night)
        yield night, known[step]


def explain(policy: ResolvedPolicy) -> dict[str, Any]:
    """A resolved policy as a document, with where each field comes from."""
    return {
        "cap_minutes": policy.cap_minutes,
        "cap_scope": policy.cap_scope.value,
        "subject_cap_minutes": policy.subject_cap_minutes,
        "sleep_target_minutes": policy.sleep_target_minutes,
        "latest_lights_out": to_document(policy.latest_lights_out),
        "earliest_start": to_document(policy.earliest_start),
        "stop_mode": policy.stop_mode.value,
        "stop_value": to_document(policy.stop_value),
        "no_homework_weekday": policy.no_homework_weekday,
        "sources": {field.value: _source(value) for field, value in policy.sources.items()},
    }


def _source(value: PolicyValue) -> dict[str, Any]:
    started = None if value.effective_on == dt.date.min else value.effective_on.isoformat()
    return {"level": value.level.name.rstrip("_"), "effective_on": started, "reason": value.reason}
