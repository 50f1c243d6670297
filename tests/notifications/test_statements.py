"""A chunk is a fixed number of statements: what a worker does for one row it does for two hundred at the same price."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.domain.people import PersonKind
from backend.storage import models
from backend.storage.base import new_id
from notifications.channels.base import Message, Outcome, Result
from notifications.worker import Worker
from tests.cast import Cast
from tests.notifications.evening import FakeChannel, at, outbox_of, put_sheet

ROWS = 200
ANSWERS = {
    "accepted": lambda _: Outcome(Result.ACCEPTED, provider_id="taken"),
    "to be tried again": lambda _: Outcome(Result.RETRY, error_code="503"),
    "no answer": lambda _: Outcome(Result.UNCLEAR, error_code="timeout"),
    "refused": lambda _: Outcome(Result.REFUSED, error_code="refused"),
    "gone": lambda message: Outcome(Result.ADDRESS_GONE, error_code=f"gone from {len(message.address or '') % 2}"),
}  # fmt: skip


@contextmanager
def counted(engine: sa.Engine) -> Iterator[Counter[str]]:
    """How often the driver is asked, by the statement's first word; a list of parameters counts for each."""
    found: Counter[str] = Counter()

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        found[statement.split()[0]] += len(parameters) if isinstance(parameters, list) else 1

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def many_guardians(session: Session, cast: Cast, number: int) -> None:
    """So many further guardians of Ada's, each with a phone."""
    ids = [new_id() for _ in range(number)]
    own = {"school_id": cast.ada.school_id}
    who = {"name": "n", "name_key": "n", "kind": PersonKind.guardian, "created_at": at("12:00")}
    guards = {"student_id": cast.ada.id, "relation": "", "since_at": at("12:00")}
    phone = {"kind": models.AddressKind.FCM_INSTALLATION, "keys": {}, "registered_at": at("12:00")}
    session.execute(sa.insert(models.Person), [{**own, **who, "id": each} for each in ids])
    session.execute(sa.insert(models.Guardianship), [{**own, **guards, "guardian_id": each} for each in ids])
    phones = [{"person_id": each, "installation_id": each, "address": f"{n} {each}"} for n, each in enumerate(ids)]
    session.execute(sa.insert(models.PushEndpoint), [{**own, **phone, **each} for each in phones])


def statements_of(session: Session, cast: Cast, worker: Worker, engine: sa.Engine) -> Counter[str]:
    """What one round of the worker asks of the database."""
    worker.tick()
    with counted(engine) as found:
        worker.deliver()
    return found


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_one_row_and_two_hundred_take_the_same_statements(
    session: Session,
    cast: Cast,
    worker: Worker,
    channel: FakeChannel,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
    answer: Callable[[Message], Outcome],
) -> None:
    monkeypatch.setattr("notifications.delivery.CHUNK", ROWS + 10)
    engine, channel.answer = worker._engine, answer
    session.execute(sa.update(models.Guardianship).values(ended_at=at("12:00")))
    many_guardians(session, cast, 1)
    put_sheet(session, cast, cast.ada, latest_lights_out_at=at("20:30"))
    session.commit()
    one = statements_of(session, cast, worker, engine)
    session.execute(sa.delete(models.Delivery))
    session.execute(sa.delete(models.OutboxRow))
    session.execute(sa.update(models.PushEndpoint).values(disabled_at=None, disabled_reason=None))
    many_guardians(session, cast, ROWS - 1)
    session.commit()
    many = statements_of(session, cast, worker, engine)
    assert len(channel.sent) == 1 + ROWS
    assert len(outbox_of(session)) == ROWS
    assert many == one
