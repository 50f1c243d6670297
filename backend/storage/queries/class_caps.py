"""A class's cap on a night, resolved inside a statement (rule 7, policy): what class averages are compared with.

It says in SQL what `backend.domain.policy.resolve` says in Python, for one field and without a student's exceptions; a
test holds the two against each other. A sheet carries the child's own cap, which is not meant here.
"""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from backend.domain.policy import PolicyField, PolicyLevel, Stage
from backend.domain.presets import presets
from backend.storage.models import Policy


def class_cap(class_: Any, school: Any, night: Any) -> sa.ColumnElement[Any]:
    """The cap in minutes of each class (aliased, with its school) on a night; NULL where there is none."""
    policy = aliased(Policy)
    nearest = (
        # A stored null ("no cap") is a value too and must not fall through to the preset.
        sa.select(sa.func.coalesce(policy.value["value"].as_string(), ""))
        .where(
            policy.field == PolicyField.cap_minutes,
            policy.effective_on <= night,
            policy.student_id.is_(None),
            sa.or_(policy.school_id == school.id, policy.district_id == school.district_id),
            sa.or_(policy.stage.is_(None), policy.stage == class_.stage),
            sa.or_(policy.grade.is_(None), policy.grade == class_.grade),
            sa.or_(policy.class_id.is_(None), policy.class_id == class_.id),
        )
        .order_by(
            sa.case(*((policy.level == each, int(each)) for each in PolicyLevel), else_=-1).desc(),
            policy.effective_on.desc(),
            policy.id.desc(),
        )
        .limit(1)
        .scalar_subquery()
    )
    text = sa.func.coalesce(sa.cast(nearest, sa.String), _preset(class_.stage, class_.grade))
    return sa.cast(sa.func.nullif(text, ""), sa.Integer)


def _preset(stage: Any, grade: Any) -> sa.ColumnElement[Any]:
    caps = ((sa.and_(stage == s, grade == g), str(cap)) for (s, g), cap in _preset_caps().items())
    return sa.case(*caps, else_=None)


@cache
def _preset_caps() -> dict[tuple[Stage, int], int]:
    return {
        (stage, grade): value.value
        for stage, grade in product(Stage, range(1, 13))
        for value in presets(stage, grade)
        if value.field is PolicyField.cap_minutes and isinstance(value.value, int)
    }
