"""A student's latest lights-out on a night without a sheet, resolved inside a statement (rule 7, policy).

On a sheet the resolved time is stored; this is for the few statements about children who have none tonight. It says in
SQL what `backend.domain.policy.resolve` says in Python, for one field; a test holds the two against each other.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from functools import cache
from itertools import product
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from backend.domain.policy import PolicyField, PolicyLevel, Stage
from backend.domain.presets import presets
from backend.storage.models import Class, Enrolment, Policy, School, Student


class Placed(NamedTuple):
    """Students beside the class and school of one night: the joins, and that the enrolment stands then."""

    student: type[Student]
    class_: type[Class]
    school: type[School]
    source: sa.Join
    stands: sa.ColumnElement[bool]


def placed_on(night: Any) -> Placed:
    """Every student with the class of a night: ``(student, class, school, from clause, condition)``."""
    student, class_, school, enrolment = aliased(Student), aliased(Class), aliased(School), aliased(Enrolment)
    stands = sa.and_(enrolment.from_on <= night, sa.or_(enrolment.to_on.is_(None), enrolment.to_on >= night))
    source = sa.join(school, student, student.school_id == school.id)
    source = source.join(
        enrolment, sa.and_(enrolment.school_id == student.school_id, enrolment.student_id == student.id)
    )
    source = source.join(class_, sa.and_(class_.school_id == enrolment.school_id, class_.id == enrolment.class_id))
    return Placed(student, class_, school, source, stands)


def latest_lights_out_text(of: Placed, night: Any) -> sa.ColumnElement[Any]:
    """The time as ``HH:MM`` for each student of `of` on a night; NULL where nobody set one."""
    class_, student = of.class_, of.student
    everybodys = aliased(Policy)
    own = aliased(Policy)
    shared = _nearest(
        everybodys,
        night,
        everybodys.student_id.is_(None),
        sa.or_(everybodys.school_id == student.school_id, everybodys.district_id == of.school.district_id),
        sa.or_(everybodys.stage.is_(None), everybodys.stage == class_.stage),
        sa.or_(everybodys.grade.is_(None), everybodys.grade == class_.grade),
        sa.or_(everybodys.class_id.is_(None), everybodys.class_id == class_.id),
    )
    # The nearest level by itself: of a school's exceptions only this child's are read.
    exception = _nearest(own, night, own.school_id == student.school_id, own.student_id == student.id)
    return sa.func.nullif(sa.func.coalesce(exception, shared, _preset(class_.stage, class_.grade)), "")


def _nearest(policy: Any, night: Any, *concerns: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:
    # A stored null ("no latest lights-out") is a value too and must not fall through to the next.
    value = sa.func.coalesce(policy.value["value"].as_string(), "")
    return (
        sa.select(value)
        .where(policy.field == PolicyField.latest_lights_out, policy.effective_on <= night, *concerns)
        .order_by(_rank(policy.level).desc(), policy.effective_on.desc(), policy.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def latest_lights_out_of(
    session: Session, students: Collection[tuple[uuid.UUID, uuid.UUID]], night: dt.date
) -> dict[tuple[uuid.UUID, uuid.UUID], dt.time]:
    """The times of ``(school_id, student_id)`` on a night by policy alone; absent where nobody set one."""
    rows = session.connection().execute(_times_statement(), {"students": list(students), "night": night})
    return {(row.school_id, row.id): dt.time.fromisoformat(row.at) for row in rows if row.at}


@cache
def _times_statement() -> Any:
    night = sa.bindparam("night", type_=sa.Date())
    of = placed_on(night)
    wanted = sa.tuple_(of.student.school_id, of.student.id).in_(sa.bindparam("students", expanding=True))
    text = latest_lights_out_text(of, night)
    return (
        sa.select(of.student.school_id, of.student.id, text.label("at")).select_from(of.source).where(of.stands, wanted)
    )


def _rank(level: Any) -> sa.ColumnElement[Any]:
    return sa.case(*((level == each, int(each)) for each in PolicyLevel), else_=-1)


def _preset(stage: Any, grade: Any) -> sa.ColumnElement[Any]:
    return sa.case(*((sa.and_(stage == s, grade == g), at) for (s, g), at in _preset_times().items()), else_=None)


@cache
def _preset_times() -> dict[tuple[Stage, int], str]:
    times: dict[tuple[Stage, int], str] = {}
    for stage, grade in product(Stage, range(1, 13)):
        for value in presets(stage, grade):
            if value.field is PolicyField.latest_lights_out and isinstance(value.value, dt.time):
                times[stage, grade] = value.value.strftime("%H:%M")
    return times
