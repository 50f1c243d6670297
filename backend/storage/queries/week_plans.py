"""Statements about week plans: one a prep group and week, approved once."""

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.policy import Stage
from backend.storage.models import WeekPlan, WeekPlanState
from backend.storage.queries.access import Predicate
from backend.storage.queries.upsert import insert_for

KEY = ("school_id", "stage", "grade", "subject", "week_starts_on")


def file_plan(session: Session, values: dict[str, Any]) -> WeekPlan | None:
    """Insert the plan, or replace the one of the same group and week unless it is approved: then None."""
    statement = insert_for(session, WeekPlan).values(values | {"version": 1})
    new = {name: statement.excluded[name] for name in ("items", "state", "filed_by", "filed_at", "note")}
    statement = statement.on_conflict_do_update(
        index_elements=list(KEY),
        set_=new | {"version": WeekPlan.version + 1, "decided_by": None, "decided_at": None},
        where=WeekPlan.state != WeekPlanState.APPROVED,
    ).returning(WeekPlan.id)
    plan_id = session.scalar(statement)
    return None if plan_id is None else find_plan(session, values["school_id"], plan_id, sa.true())


def find_plan(session: Session, school_id: uuid.UUID, plan_id: uuid.UUID, visible: Predicate) -> WeekPlan | None:
    """The plan if the predicate (which may name ``WeekPlan``'s columns) admits the actor; always read anew."""
    statement = sa.select(WeekPlan).where(WeekPlan.school_id == school_id, WeekPlan.id == plan_id, visible)
    return session.scalars(statement, execution_options={"populate_existing": True}).one_or_none()


def decide(
    session: Session,
    school_id: uuid.UUID,
    plan_id: uuid.UUID,
    *,
    state: WeekPlanState,
    note: str,
    decided_by: uuid.UUID,
    decided_at: dt.datetime,
) -> bool:
    """Decide a filed plan; False when it is not waiting: somebody decided it at the same time."""
    statement = (
        sa.update(WeekPlan)
        .where(WeekPlan.school_id == school_id, WeekPlan.id == plan_id, WeekPlan.state == WeekPlanState.FILED)
        .values(state=state, note=note, decided_by=decided_by, decided_at=decided_at)
        .returning(WeekPlan.id)
        .execution_options(synchronize_session=False)
    )
    return session.scalar(statement) is not None


def plans_of_week(
    session: Session, school_id: uuid.UUID, week_starts_on: dt.date | None, visible: Predicate
) -> list[WeekPlan]:
    """The plans that the predicate admits, of one week or the newest hundred."""
    where = [WeekPlan.week_starts_on == week_starts_on] if week_starts_on else []
    statement = sa.select(WeekPlan).where(WeekPlan.school_id == school_id, visible, *where)
    order = (WeekPlan.week_starts_on.desc(), WeekPlan.grade, WeekPlan.subject, WeekPlan.id)
    return list(session.scalars(statement.order_by(*order).limit(100)))


def standing_plans(
    session: Session, school_id: uuid.UUID, stage: Stage, grade: int, week_starts_on: dt.date
) -> list[WeekPlan]:
    """The filed and approved plans of one grade and week, all subjects."""
    statement = sa.select(WeekPlan).where(
        WeekPlan.school_id == school_id,
        WeekPlan.stage == stage,
        WeekPlan.grade == grade,
        WeekPlan.week_starts_on == week_starts_on,
        WeekPlan.state.in_((WeekPlanState.FILED, WeekPlanState.APPROVED)),
    )
    return list(session.scalars(statement.order_by(WeekPlan.subject)))
