"""Two teachers at once, on real connections: they cannot both take the last twenty minutes (rule 8)."""

import threading
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.domain.errors import Invalid, OverCapReasonRequired
from backend.domain.estimates import Estimate
from backend.domain.load import Kind, Place, Tier
from backend.services.actor import Actor, ActorKind
from backend.services.planning import assignments
from backend.services.planning.stated_homework import Homework
from backend.storage.engine import session_factory, writing
from backend.storage.models import Assignment, AssignmentState, Class
from tests.cast import TONIGHT, Cast, Holder


def actor(holder: Holder) -> Actor:
    """A member of staff, signed in."""
    return Actor(ActorKind.STAFF, holder.id, holder.school_id, holder.session_id)


def publish(session: Session, cast: Cast, holder: Holder, subject: str, minutes: int, clock: FrozenClock) -> None:
    """Publish written homework for Ada's class tonight."""
    tomorrow = TONIGHT.replace(day=TONIGHT.day + 1)
    tiers = (Estimate(Tier.standard, minutes),)
    stated = Homework(subject, f"{subject} p. 1", Kind.written, Place.home, TONIGHT, tomorrow, tiers)
    assignments.create_assignment(
        session,
        actor=actor(holder),
        class_id=cast.class_31.id,
        stated=stated,
        publish=True,
        over_cap_reason=None,
        now=clock.now(),
    )


@pytest.mark.parametrize("_turn", range(3))
def test_two_teachers_cannot_both_take_the_last_twenty_minutes(
    engine: sa.Engine, cast: Cast, clock: FrozenClock, _turn: int
) -> None:
    sessions = session_factory(engine)
    with sessions() as session:
        publish(writing(session), cast, cast.homeroom, "chinese", 40, clock)
        session.commit()
    ready, outcomes = threading.Barrier(2), []

    def take(holder: Holder, subject: str) -> None:
        with sessions() as session:
            ready.wait()
            try:
                publish(writing(session), cast, holder, subject, 20, clock)
                session.commit()
                outcomes.append("published")
            except OverCapReasonRequired:
                session.rollback()
                outcomes.append("over")

    teachers: list[tuple[Any, str]] = [(cast.maths_teacher, "maths"), (cast.english_teacher, "english")]
    threads = [threading.Thread(target=take, args=pair) for pair in teachers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcomes) == ["over", "published"]
    with sessions() as session:
        published = sa.select(sa.func.count()).where(Assignment.state == AssignmentState.PUBLISHED)
        assert session.scalar(published) == 2
        assert session.scalar(sa.select(Class.change_counter).where(Class.id == cast.class_31.id)) == 2


def test_an_id_taken_in_another_class_meanwhile_is_refused_and_nothing_is_lost(
    session: Session, cast: Cast, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tomorrow = TONIGHT.replace(day=TONIGHT.day + 1)
    stated = Homework("maths", "p. 1", Kind.written, Place.home, TONIGHT, tomorrow, (Estimate(Tier.standard, 10),))

    def draft(class_id: uuid.UUID) -> None:
        assignments.create_assignment(
            writing(session),
            actor=actor(cast.maths_teacher),
            class_id=class_id,
            stated=stated,
            publish=False,
            over_cap_reason=None,
            now=clock.now(),
            assignment_id=uuid.UUID(int=7),
        )

    draft(cast.class_31.id)
    session.commit()
    monkeypatch.setattr("backend.storage.queries.assignments.find_assignment", lambda *_, **__: None)
    with pytest.raises(Invalid) as refused:
        draft(cast.class_31.id)
    session.rollback()
    assert [(field.path, field.code) for field in refused.value.fields] == [("id", "used_twice")]
    assert session.scalars(sa.select(Assignment.title)).all() == ["p. 1"]
