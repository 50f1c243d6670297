"""Two teachers at once, on real connections: they cannot both take the last twenty minutes (rule 8)."""

import threading
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.domain.errors import OverCapReasonRequired
from backend.domain.estimates import Estimate
from backend.domain.load import Kind, Place, Tier
from backend.services import assignments
from backend.services.actor import Actor, ActorKind
from backend.services.stated_homework import Homework
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
