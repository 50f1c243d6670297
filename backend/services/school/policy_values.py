"""How a policy value is written in a document and in the database: ``{"value": 60 | "21:20" | "home" | null}``.

Null inside the document is a value ("no cap"); a missing row is not. What a value may be is the domain's matter.
"""

import datetime as dt
from collections.abc import Iterable
from functools import cache
from typing import Any

from backend.domain import presets
from backend.domain.errors import FieldProblem, PolicyRefused
from backend.domain.load import CapScope
from backend.domain.policy import PolicyField, PolicyValue, Scalar, Stage, StopMode
from backend.storage.models import Policy

_TIMES = frozenset({PolicyField.latest_lights_out, PolicyField.earliest_start})
_ENUMS: dict[PolicyField, type[CapScope] | type[StopMode]] = {
    PolicyField.cap_scope: CapScope,
    PolicyField.stop_mode: StopMode,
}


def to_document(value: Scalar) -> Any:
    """A value as JSON: minutes as integers, times as ``HH:MM``, words as they are."""
    if isinstance(value, dt.time):
        return value.strftime("%H:%M")
    return value.value if isinstance(value, (CapScope, StopMode)) else value


def from_document(field: PolicyField, value: Any) -> Scalar:
    """A value from JSON; raises ``PolicyRefused`` (`wrong_type`) for what cannot be this field's."""
    try:
        if value is not None and field in _ENUMS:
            return _ENUMS[field](value)
        if isinstance(value, str):
            return dt.time.fromisoformat(value)
    except ValueError as error:
        raise PolicyRefused("a value of the wrong type", fields=[FieldProblem(field.value, "wrong_type")]) from error
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise PolicyRefused("a value of the wrong type", fields=[FieldProblem(field.value, "wrong_type")])


def value_of(row: Policy) -> PolicyValue:
    """A stored row as the domain's value."""
    return PolicyValue(row.level, row.field, from_document(row.field, row.value["value"]), row.effective_on, row.reason)


@cache
def preset_values(stage: Stage, grade: int) -> tuple[PolicyValue, ...]:
    """The packaged presets of a (stage, grade), read once."""
    return tuple(presets.presets(stage, grade))


def applies(row: Policy, *, stage: Stage, grade: int) -> bool:
    """Whether a district's, school's or grade's row is about this (stage, grade); null means all."""
    return row.stage in (None, stage) and row.grade in (None, grade)


def values_for(
    rows: Iterable[Policy], *, stage: Stage, grade: int, class_id: Any = None, student_id: Any = None
) -> list[PolicyValue]:
    """Presets and rows that concern one class, or one student of it, ready for ``backend.domain.policy.resolve``."""
    fitting = [
        value_of(row)
        for row in rows
        if applies(row, stage=stage, grade=grade)
        and row.class_id in (None, class_id)
        and row.student_id in (None, student_id)
    ]
    return [*preset_values(stage, grade), *fitting]
