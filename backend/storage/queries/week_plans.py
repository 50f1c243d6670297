"""Statements about week plans: one a prep group and week, every filed version kept, approved once."""

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.people import Role
from backend.domain.policy import Stage
from backend.storage.models import Post, WeekPlan, WeekPlanState, WeekPlanVersion
from backend.storage.queries.access import Predicate
from backend.storage.queries.upsert import insert_for, insert_or_replace

KEY = ("school_id", "stage", "grade", "subject", "week_starts_on")
STANDING = (WeekPlanState.FILED, WeekPlanState.APPROVED)
Group = tuple[Stage, int, str]


def file_plan(session: Session, values: dict[str, Any]) -> WeekPlan | None:
    """Insert the plan, or replace the one of the same group and week unless it is approved: then None.

    What `values` leaves out (a draft's note) stays as it was.
    """
    statement = insert_for(session, WeekPlan).values({"note": ""} | values | {"version": 1})
    names = {"items", "state", "filed_by", "filed_at", "note"} & values.keys()
    new = {name: statement.excluded[name] for name in sorted(names)}
    statement = statement.on_conflict_do_update(
        index_elements=list(KEY),
        set_=new | {"version": WeekPlan.version + 1, "decided_by": None, "decided_at": None},
        where=WeekPlan.state != WeekPlanState.APPROVED,
    ).returning(WeekPlan.id)
    plan_id = session.scalar(statement)
    return None if plan_id is None else find_plan(session, values["school_id"], plan_id, sa.true())


def keep_version(session: Session, plan: WeekPlan) -> None:
    """Write down the standing version as it was filed, or with the decision that it met."""
    row = {name: getattr(plan, name) for name in ("school_id", "version", "state", "items", "filed_by", "filed_at")}
    row |= {name: getattr(plan, name) for name in ("decided_by", "decided_at", "note")}
    insert_or_replace(session, WeekPlanVersion, [row | {"week_plan_id": plan.id}])


def forget_version(session: Session, plan: WeekPlan) -> None:
    """Take the standing version back: it was withdrawn before anybody decided."""
    session.execute(
        sa.delete(WeekPlanVersion).where(
            WeekPlanVersion.school_id == plan.school_id,
            WeekPlanVersion.week_plan_id == plan.id,
            WeekPlanVersion.version == plan.version,
        )
    )


def versions_of(session: Session, plan: WeekPlan) -> list[WeekPlanVersion]:
    """Every filed version, the newest first."""
    statement = sa.select(WeekPlanVersion).where(
        WeekPlanVersion.school_id == plan.school_id, WeekPlanVersion.week_plan_id == plan.id
    )
    fresh = {"populate_existing": True}
    return list(session.scalars(statement.order_by(WeekPlanVersion.version.desc()), execution_options=fresh))


def find_plan(session: Session, school_id: uuid.UUID, plan_id: uuid.UUID, visible: Predicate) -> WeekPlan | None:
    """The plan if the predicate (which may name ``WeekPlan``'s columns) admits the actor; always read anew."""
    statement = sa.select(WeekPlan).where(WeekPlan.school_id == school_id, WeekPlan.id == plan_id, visible)
    return session.scalars(statement, execution_options={"populate_existing": True}).one_or_none()


def decide(
    session: Session,
    plan: WeekPlan,
    *,
    state: WeekPlanState,
    note: str,
    decided_by: uuid.UUID,
    decided_at: dt.datetime,
) -> bool:
    """Decide the filed version that was read; False when it is not waiting any more: somebody was quicker."""
    values = {"state": state, "note": note, "decided_by": decided_by, "decided_at": decided_at}
    return _move(session, plan, values)


def withdraw(session: Session, plan: WeekPlan) -> bool:
    """Make the filed version that was read a draft again; False when it is not waiting any more."""
    return _move(session, plan, {"state": WeekPlanState.DRAFT})


def _move(session: Session, plan: WeekPlan, values: dict[str, Any]) -> bool:
    statement = (
        sa.update(WeekPlan)
        .where(
            WeekPlan.school_id == plan.school_id,
            WeekPlan.id == plan.id,
            WeekPlan.version == plan.version,
            WeekPlan.state == WeekPlanState.FILED,
        )
        .values(**values)
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
    statement = statement.order_by(*order)
    return list(session.scalars(statement if week_starts_on else statement.limit(100)))


def filed_plans(
    session: Session,
    school_id: uuid.UUID,
    week_starts_on: dt.date,
    stage: Stage | None = None,
    grade: int | None = None,
) -> list[WeekPlan]:
    """The plans of a week that ever were filed, without drafts: of the school, or of one grade."""
    visible = WeekPlan.state != WeekPlanState.DRAFT
    if grade is not None:
        visible = sa.and_(visible, WeekPlan.stage == stage, WeekPlan.grade == grade)
    return plans_of_week(session, school_id, week_starts_on, visible)


def prep_groups(
    session: Session, school_id: uuid.UUID, today: dt.date, person_id: uuid.UUID | None = None
) -> set[Group]:
    """The (stage, grade, subject) of every prep group, or of one person's."""
    where = [] if person_id is None else [Post.person_id == person_id]
    statement = sa.select(Post.stage, Post.grade, Post.subject).where(
        Post.school_id == school_id,
        Post.role == Role.prep_group,
        Post.from_on <= today,
        sa.or_(Post.to_on.is_(None), Post.to_on >= today),
        *where,
    )
    return {
        (stage, grade, subject) for stage, grade, subject in session.execute(statement) if stage and grade and subject
    }
