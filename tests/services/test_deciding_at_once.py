"""Two desks at once, on real connections: one decision about a week plan, one about a weekend."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.domain.errors import Invalid
from backend.domain.estimates import Estimate
from backend.domain.load import Kind, Place, Tier
from backend.domain.people import Role
from backend.domain.policy import Stage
from backend.services.actor import Actor, ActorKind
from backend.services.planning import assignments, week_plans, weekends
from backend.services.planning.stated_homework import Homework
from backend.services.planning.week_plans import FiledPlan
from backend.storage.base import new_id
from backend.storage.engine import session_factory, writing
from backend.storage.models import Assignment, AuditEvent, Post, WeekendDecision, WeekPlan, WeekPlanState
from tests.cast import TONIGHT, YEAR_BEGINS, Cast, Holder

MONDAY, FRIDAY = dt.date(2026, 11, 23), dt.date(2026, 11, 20)
TURNS = range(3)


def actor(holder: Holder) -> Actor:
    return Actor(ActorKind.STAFF, holder.id, holder.school_id, holder.session_id)


def homework(given_on: dt.date, days: int) -> Homework:
    tiers = (Estimate(Tier.standard, 10),)
    return Homework("maths", "练习册", Kind.written, Place.home, given_on, given_on + dt.timedelta(days=days), tiers)


@pytest.fixture
def second(engine: sa.Engine, cast: Cast) -> Holder:
    """A colleague in the academic office who heads grade 3 as well, as the office and the head are each one so far."""
    holder = cast.homeroom_32
    post = {"school_id": cast.shiyan.id, "person_id": holder.id, "weekdays": [], "from_on": YEAR_BEGINS}
    nothing = {"class_id": None, "subject": None, "to_on": None}
    office = {"id": new_id(), "role": Role.academic_office, "stage": None, "grade": None}
    head = {"id": new_id(), "role": Role.grade_head, "stage": Stage.primary, "grade": 3}
    with engine.begin() as connection:
        connection.execute(sa.insert(Post), [post | nothing | office, post | nothing | head])
    return holder


def at_once(engine: sa.Engine, *doings: Callable[[Session], None]) -> list[str]:
    """Do these at the same moment, each on a connection of its own; how each of them ended."""
    sessions, ready, ended = session_factory(engine), threading.Barrier(len(doings)), []

    def run(do: Callable[[Session], None]) -> None:
        with sessions() as session:
            ready.wait()
            try:
                do(writing(session))
                session.commit()
                ended.append("done")
            except Invalid as error:
                session.rollback()
                ended.append(error.fields[0].code)

    threads = [threading.Thread(target=run, args=(do,)) for do in doings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return sorted(ended)


@pytest.fixture
def plan_id(engine: sa.Engine, cast: Cast, clock: FrozenClock) -> uuid.UUID:
    """Grade 3 maths has filed next week."""
    with session_factory(engine)() as session:
        plan = FiledPlan(Stage.primary, 3, "maths", MONDAY, (homework(MONDAY, 1),))
        prep = actor(cast.prep_maths)
        found = week_plans.file_week_plan(
            writing(session), actor=prep, school_id=cast.shiyan.id, plan=plan, now=clock.now()
        )
        session.commit()
    return uuid.UUID(str(found["id"]))


def deciding(
    cast: Cast, clock: FrozenClock, plan_id: uuid.UUID, who: Holder, *, approved: bool
) -> Callable[[Session], None]:
    """One of the office decides about the plan."""

    def do(session: Session) -> None:
        week_plans.decide_week_plan(
            session,
            actor=actor(who),
            school_id=cast.shiyan.id,
            plan_id=plan_id,
            approved=approved,
            note="" if approved else "太多",
            now=clock.now(),
        )

    return do


@pytest.mark.parametrize("_turn", TURNS)
def test_a_week_plan_approved_at_two_desks_is_approved_once_and_makes_its_drafts_once(
    engine: sa.Engine, cast: Cast, clock: FrozenClock, second: Holder, plan_id: uuid.UUID, _turn: int
) -> None:
    both = [deciding(cast, clock, plan_id, who, approved=True) for who in (cast.office, second)]
    assert at_once(engine, *both) == ["done", "done"]
    with engine.connect() as connection:
        drafts = list(connection.scalars(sa.select(Assignment.class_id)))
        events = list(connection.scalars(sa.select(AuditEvent.action).where(AuditEvent.action == "week_plan.approved")))
    assert sorted(drafts) == sorted([cast.class_31.id, cast.class_32.id])
    assert len(events) == 1


@pytest.mark.parametrize("_turn", TURNS)
def test_a_week_plan_approved_here_and_sent_back_there_is_one_of_both(
    engine: sa.Engine, cast: Cast, clock: FrozenClock, second: Holder, plan_id: uuid.UUID, _turn: int
) -> None:
    approves = deciding(cast, clock, plan_id, cast.office, approved=True)
    sends_back = deciding(cast, clock, plan_id, second, approved=False)
    assert at_once(engine, approves, sends_back) == ["already_decided", "done"]
    with engine.connect() as connection:
        state = connection.scalar(sa.select(WeekPlan.state))
        drafts = connection.scalar(sa.select(sa.func.count()).select_from(Assignment))
    assert drafts == (2 if state is WeekPlanState.APPROVED else 0)


@pytest.mark.parametrize("_turn", TURNS)
def test_a_weekend_approved_at_two_desks_is_one_decision(
    engine: sa.Engine, cast: Cast, clock: FrozenClock, second: Holder, _turn: int
) -> None:
    with session_factory(engine)() as session:
        made = assignments.create_assignment(
            writing(session),
            actor=actor(cast.maths_teacher),
            class_id=cast.class_31.id,
            stated=homework(FRIDAY, 3),
            publish=True,
            over_cap_reason=None,
            now=clock.now(),
        )
        session.commit()
        seen = [(made["id"], made["version"])]

    def approving(who: Holder) -> Callable[[Session], None]:
        def do(session: Session) -> None:
            weekends.decide_weekend(
                session,
                actor=actor(who),
                class_id=cast.class_31.id,
                night=TONIGHT,
                approved=True,
                note="",
                seen=seen,
                now=clock.now(),
            )

        return do

    assert at_once(engine, approving(cast.grade_head), approving(second)) == ["done", "done"]
    with engine.connect() as connection:
        (decision,) = connection.execute(sa.select(WeekendDecision.__table__)).all()
        decided_by = list(
            connection.scalars(sa.select(AuditEvent.actor_id).where(AuditEvent.action == "weekend.approved"))
        )
    assert decision.approved
    assert decided_by == [decision.decided_by]
