"""“Remind me again”: one copy, in time, never past the reason's end, and nobody else's."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.storage.models import OutboxRow, OutboxState
from tests.api.conftest import Client
from tests.cast import START, TONIGHT, Cast, Holder
from tests.notifications.evening import put_setting

Put = Callable[..., OutboxRow]
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def put(session: Session, cast: Cast) -> Put:
    """A message that Ada's mother has got, an hour of its reason left."""

    def made(to: Holder = cast.mother, code: str = "cap_reached", **values: Any) -> OutboxRow:
        own = {"state": OutboxState.SENT, "created_at": START, "due_at": START, "expires_at": START + HOUR}
        ids = {"school_id": to.school_id, "id": uuid.uuid4(), "recipient_id": to.id, "subject_id": cast.ada.id}
        row = OutboxRow(**(ids | {"code": code, "night": TONIGHT, "occasion": 1, "params": {"a": 1}} | own | values))
        session.add(row)
        session.commit()
        return row

    return made


def snooze(client: Client, row: OutboxRow, minutes: int = 15) -> Any:
    return client.put(f"/me/inbox/{row.id}/snooze", {"minutes": minutes})


def copies(session: Session) -> list[tuple[int, OutboxState, dt.datetime]]:
    session.rollback()
    rows = session.scalars(sa.select(OutboxRow).order_by(OutboxRow.occasion)).all()
    return [(row.occasion, row.state, row.due_at) for row in rows]


def test_a_copy_is_due_later_and_the_message_counts_as_read(
    client: Client, cast: Cast, put: Put, session: Session
) -> None:
    mother, row = client.as_(cast.mother), put()
    assert snooze(mother, row).get_json() == {"again_at": "2026-11-17T10:45:00+00:00"}
    assert copies(session) == [
        (1, OutboxState.SENT, START),
        (11, OutboxState.PENDING, START + dt.timedelta(minutes=15)),
    ]
    inbox = mother.get("/me/inbox").get_json()
    assert [item["again_at"] for item in inbox["items"]] == ["2026-11-17T10:45:00+00:00"]
    assert inbox["unread"] == 0


def test_asked_again_the_time_moves_and_there_is_one_copy(
    client: Client, cast: Cast, put: Put, session: Session
) -> None:
    row = put()
    snooze(client.as_(cast.mother), row)
    snooze(client.as_(cast.mother), row, 30)
    assert copies(session)[1:] == [(11, OutboxState.PENDING, START + dt.timedelta(minutes=30))]


def test_it_can_be_called_off(client: Client, cast: Cast, put: Put, session: Session) -> None:
    mother, row = client.as_(cast.mother), put()
    assert mother.delete(f"/me/inbox/{row.id}/snooze").status_code == 204
    snooze(mother, row)
    assert mother.delete(f"/me/inbox/{row.id}/snooze").status_code == 204
    assert [state for _, state, _ in copies(session)] == [OutboxState.SENT, OutboxState.DROPPED]
    assert mother.get("/me/inbox").get_json()["items"][0]["again_at"] is None


@pytest.mark.parametrize(
    ("left", "minutes", "code"),
    [(15, 15, "too_late_to_snooze"), (16, 15, None), (30, 30, "too_late_to_snooze"), (31, 30, None)],
)
def test_never_past_the_end_of_the_reason(
    client: Client, cast: Cast, put: Put, left: int, minutes: int, code: str | None
) -> None:
    row = put(expires_at=START + dt.timedelta(minutes=left))
    mother = client.as_(cast.mother)
    assert (minutes in mother.get("/me/inbox").get_json()["items"][0]["can_snooze_minutes"]) is (code is None)
    answer = snooze(mother, row, minutes)
    assert [each["code"] for each in answer.get_json().get("errors", [])] == ([code] if code else [])


def test_not_into_quiet_hours(client: Client, cast: Cast, put: Put, session: Session) -> None:
    put_setting(session, cast.mother, quiet_from=dt.time(18, 45), quiet_to=dt.time(7))
    answer = snooze(client.as_(cast.mother), put(), 15)
    assert [each["code"] for each in answer.get_json()["errors"]] == ["in_quiet_hours"]


@pytest.mark.parametrize("code", ["weekly_digest", "evening_digest", "consent_withdrawn", "data_erased", "test"])
def test_what_is_no_reminder_of_a_moment_does_not_come_again(client: Client, cast: Cast, put: Put, code: str) -> None:
    row = put(code=code)
    assert client.as_(cast.mother).get("/me/inbox").get_json()["items"][0]["can_snooze_minutes"] == []
    assert snooze(client.as_(cast.mother), row).status_code == 422


def test_three_times_at_most(client: Client, cast: Cast, put: Put, session: Session, clock: FrozenClock) -> None:
    row = put(expires_at=START + 5 * HOUR)
    for _ in range(3):
        assert snooze(client.as_(cast.mother), row).status_code == 200
        session.execute(sa.update(OutboxRow).values(state=OutboxState.SENT))
        session.commit()
        clock.advance(minutes=15)
    answer = snooze(client.as_(cast.mother), row)
    assert [each["code"] for each in answer.get_json()["errors"]] == ["snoozed_enough"]
    assert [occasion for occasion, _, _ in copies(session)] == [1, 11, 21, 31]


@pytest.mark.parametrize("minutes", [0, 14, 60, -15, "15", None])
def test_only_a_quarter_or_half_an_hour(client: Client, cast: Cast, put: Put, minutes: Any) -> None:
    assert client.as_(cast.mother).put(f"/me/inbox/{put().id}/snooze", {"minutes": minutes}).status_code == 422


def test_nobody_moves_anothers(client: Client, cast: Cast, put: Put, session: Session) -> None:
    row = put()
    for other in (cast.father, cast.ben_mother, cast.homeroom, cast.office, cast.zed_mother):
        assert snooze(client.as_(other), row).status_code == 404
        assert client.as_(other).delete(f"/me/inbox/{row.id}/snooze").status_code == 404
    assert len(copies(session)) == 1
