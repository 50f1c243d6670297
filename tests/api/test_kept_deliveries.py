"""What the office was shown of a night's messages stays, whoever is erased later; and it shows no more for that."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.services.actor import Actor, ActorKind
from backend.services.rights import retention
from backend.storage.models import DeliveryNight, OutboxRow, OutboxState, School
from notifications.worker import Worker
from tests.api.conftest import Client
from tests.api.planning import add_students
from tests.api.test_reach import figures, put_attempt, put_row
from tests.cast import TONIGHT, Cast

#: 14:00 in Shanghai on the day after tonight.
OVER = dt.datetime(2026, 11, 18, 6, tzinfo=dt.UTC)


@pytest.fixture
def pupils(engine: sa.Engine, session: Session, cast: Cast) -> list[uuid.UUID]:
    """Ada and six more; each one's guardian got `cap_reached` tonight, a teacher `plan_over_cap`."""
    found = [cast.ada.id, *add_students(engine, cast.class_31, cast.shiyan.id, 6)]
    for pupil in found:
        row = put_row(session, cast.mother, "cap_reached", OutboxState.SENT, subject_id=pupil)
        put_attempt(session, cast, row, "accepted")
    put_row(session, cast.maths_teacher, "plan_over_cap", OutboxState.SENT, subject_id=cast.class_31.id)
    session.commit()
    return found


@pytest.fixture
def worker(engine: sa.Engine, clock: FrozenClock) -> Worker:
    """A worker at 14:00 of the next day."""
    clock.move_to(OVER)
    return Worker(engine, clock=clock, channels=[], public_url="https://school.example")


def erase_ada(client: Client, cast: Cast) -> None:
    answer = client.as_(cast.mother).post(f"/students/{cast.ada.id}/erasure", {"confirm_name": cast.ada.name})
    assert answer.status_code == 200, answer.get_json()


def shown(client: Client, cast: Cast) -> Any:
    """Tonight's figures, by code and by channel."""
    found = figures(client, cast, **{"from": "2026-11-17", "to": "2026-11-17"})
    return found["codes"], found["channels"]


def left(session: Session) -> int:
    session.rollback()
    return session.scalar(sa.select(sa.func.count()).select_from(OutboxRow).where(OutboxRow.code == "cap_reached")) or 0


def purge(session: Session, cast: Cast) -> None:
    """Remove tonight and all before, as the day after."""
    ids: dict[str, Any] = {"id": cast.office.id, "school_id": cast.shiyan.id, "session_id": cast.office.id}
    actor = Actor(kind=ActorKind.STAFF, locale="zh-CN", **ids)
    before = dt.date(2026, 11, 18)
    while retention.purge_some(session, actor=actor, school_id=cast.shiyan.id, before=before, now=OVER):
        session.commit()
    session.commit()


def test_an_erased_child_is_missing_in_no_figure_that_was_shown(
    client: Client, cast: Cast, session: Session, pupils: list[uuid.UUID], worker: Worker
) -> None:
    assert worker.keep() == 1
    before = shown(client, cast)
    assert [each["n"] for each in before[0]] == [7, 1]
    erase_ada(client, cast)
    assert left(session) == len(pupils) - 1
    assert shown(client, cast) == before


def test_nor_when_no_worker_has_kept_the_night_yet(
    client: Client, cast: Cast, session: Session, pupils: list[uuid.UUID], clock: FrozenClock
) -> None:
    clock.move_to(OVER)
    before = shown(client, cast)
    erase_ada(client, cast)
    assert left(session) == len(pupils) - 1
    assert shown(client, cast) == before


def test_a_night_that_is_not_over_is_not_kept_and_was_shown_to_nobody(
    client: Client, cast: Cast, session: Session, pupils: list[uuid.UUID], worker: Worker, clock: FrozenClock
) -> None:
    clock.move_to(OVER - dt.timedelta(minutes=1))
    assert worker.keep() == 0
    assert shown(client, cast)[0][0] == {"night": "2026-11-17", "code": "cap_reached", "withheld": True}
    erase_ada(client, cast)
    clock.move_to(OVER)
    assert shown(client, cast)[0][0]["n"] == len(pupils) - 1


def test_what_is_withheld_is_not_kept_either(
    cast: Cast, session: Session, pupils: list[uuid.UUID], worker: Worker
) -> None:
    put_row(session, cast.finn_mother, "sleep_short", OutboxState.SENT, subject_id=cast.finn.id)
    put_row(session, cast.finn_mother, "cap_reached", OutboxState.FAILED, subject_id=cast.finn.id)
    session.commit()
    worker.keep()
    (kept,) = session.scalars(sa.select(DeliveryNight)).all()
    capped, short = kept.codes
    assert short == {"code": "sleep_short", "withheld": True}
    assert not {"sent", "failed"} & capped.keys()
    assert "plan_over_cap" not in str(kept.codes)


def test_once_kept_a_night_is_never_kept_anew_and_quiet_nights_are_kept_too(
    client: Client, cast: Cast, session: Session, pupils: list[uuid.UUID], worker: Worker, clock: FrozenClock
) -> None:
    assert (worker.keep(), worker.keep()) == (1, 0)
    before = shown(client, cast)
    put_row(session, cast.mother, "cap_reached", OutboxState.SENT, subject_id=uuid.uuid4())
    session.commit()
    clock.advance(hours=72)
    assert worker.keep() == 3
    kept = session.execute(sa.select(DeliveryNight.night, DeliveryNight.codes).order_by(DeliveryNight.night)).all()
    assert [(night, len(codes)) for night, codes in kept] == [
        (TONIGHT + dt.timedelta(days=n), 1 if n == 0 else 0) for n in range(4)
    ]
    assert figures(client, cast)["codes"] == before[0]


def test_months_without_a_worker_are_kept_the_oldest_first(
    client: Client, cast: Cast, pupils: list[uuid.UUID], worker: Worker, clock: FrozenClock
) -> None:
    clock.advance(hours=24 * 70)
    assert worker.keep() == 71
    assert figures(client, cast, **{"from": "2026-11-17", "to": "2026-11-17"})["codes"][0]["n"] == len(pupils)


def test_what_still_waits_when_its_night_is_over_counts_as_what_becomes_of_it(
    client: Client, cast: Cast, session: Session, worker: Worker
) -> None:
    for state, n in ((OutboxState.PENDING, 5), (OutboxState.DROPPED, 6), (OutboxState.SENDING, 7)):
        reason = "expired" if state is OutboxState.DROPPED else None
        for _ in range(n):
            subject = uuid.uuid4()
            put_row(session, cast.mother, "cap_reached", state, subject_id=subject, outcome_reason=reason)
    session.commit()
    assert figures(client, cast)["codes"][0]["waiting"] == 12
    worker.keep()
    (found,) = figures(client, cast)["codes"]
    assert (found["n"], found["dropped"], found["unknown"], found["waiting"]) == (18, 11, 7, 0)
    assert found["reasons"] == {"expired": 11, "worker_lost": 7}


def test_messages_of_old_nights_are_counted_before_they_are_removed(
    client: Client, cast: Cast, session: Session, pupils: list[uuid.UUID], clock: FrozenClock
) -> None:
    clock.move_to(OVER)
    before = shown(client, cast)
    purge(session, cast)
    assert left(session) == 0
    assert shown(client, cast) == before


def test_nights_of_another_school_are_its_own(
    client: Client, cast: Cast, session: Session, pupils: list[uuid.UUID], worker: Worker
) -> None:
    worker.keep()
    schools = session.execute(sa.select(School.slug).join(DeliveryNight, DeliveryNight.school_id == School.id)).all()
    assert schools == [(cast.shiyan.slug,)]


def put_digests(session: Session, cast: Cast) -> None:
    """Last week's digest of both guardians, of another child's, and of the homeroom teacher."""
    for to in (cast.mother, cast.father, cast.finn_mother, cast.homeroom):
        put_row(session, to, "weekly_digest", OutboxState.SENT, params={"over_cap_nights": 3})
    session.commit()


def digests(session: Session) -> set[uuid.UUID]:
    session.rollback()
    return set(session.scalars(sa.select(OutboxRow.recipient_id).where(OutboxRow.code == "weekly_digest")))


def test_digests_that_counted_an_erased_childs_nights_go_and_no_others(
    client: Client, cast: Cast, session: Session
) -> None:
    put_digests(session, cast)
    erase_ada(client, cast)
    assert digests(session) == {cast.finn_mother.id, cast.homeroom.id}


def test_families_digests_of_old_nights_go_with_them(cast: Cast, session: Session) -> None:
    put_digests(session, cast)
    put_row(session, cast.mother, "weekly_digest", OutboxState.SENT, night=dt.date(2026, 11, 18))
    session.commit()
    purge(session, cast)
    assert digests(session) == {cast.mother.id, cast.homeroom.id}
