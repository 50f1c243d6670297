"""Whoever has left the school is told nothing any more; and what names its own recipient never names a child."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.people import PersonKind
from backend.storage import models
from notifications.worker import Worker
from tests.cast import START, Cast, Holder
from tests.notifications.evening import at, put_sheet


def told_of(session: Session, worker: Worker, clock: str) -> set[tuple[str, object]]:
    """``(code, recipient)`` of what a tick puts in."""
    session.commit()
    worker.tick(at(clock))
    return {(row.code, row.recipient_id) for row in session.scalars(sa.select(models.OutboxRow))}


def change(session: Session, who: Holder, **values: object) -> None:
    session.execute(sa.update(models.Person).where(models.Person.id == who.id).values(**values))


@pytest.mark.parametrize("who", [lambda cast: cast.ada, lambda cast: cast.father], ids=["child", "guardian"])
def test_a_child_or_a_guardian_who_has_left_hears_nothing_and_the_others_do(
    session: Session, cast: Cast, worker: Worker, who: Callable[[Cast], Holder]
) -> None:
    running: dict[str, Any] = {"running_written": True, "cap_near_at": at("19:48"), "cap_reached_at": at("20:00")}
    put_sheet(session, cast, cast.ada, **running)
    change(session, who(cast), left_at=START)
    family = {("cap_reached", each.id) for each in (cast.ada, cast.mother, cast.father)}
    assert told_of(session, worker, "20:01") == family - {("cap_reached", who(cast).id)}


def test_a_teacher_who_has_left_is_not_asked_for_estimates(session: Session, cast: Cast, worker: Worker) -> None:
    change(session, cast.maths_teacher, left_at=START)
    told = told_of(session, worker, "15:31")
    assert told
    assert ("publish_estimates", cast.maths_teacher.id) not in told


def test_what_names_its_own_recipient_never_reaches_a_student(session: Session, cast: Cast, worker: Worker) -> None:
    change(session, cast.maths_teacher, kind=PersonKind.student)
    told = told_of(session, worker, "15:31")
    assert told
    assert ("publish_estimates", cast.maths_teacher.id) not in told
