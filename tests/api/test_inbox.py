"""The inbox: what was sent to one, in pages, and nobody else's."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.storage.base import NO_SUBJECT
from backend.storage.models import Guardianship, OutboxRow, OutboxState
from tests.api.conftest import Client
from tests.cast import START, TONIGHT, Cast, Holder

Post = Callable[..., OutboxRow]


@pytest.fixture
def post(session: Session) -> Post:
    """Puts a message into somebody's outbox."""

    def made(
        to: Holder,
        code: str = "confirm_sheet",
        *,
        subject: uuid.UUID = NO_SUBJECT,
        state: OutboxState = OutboxState.SENT,
        minutes: int = 0,
        occasion: int = 1,
    ) -> OutboxRow:
        assert to.school_id is not None
        row = OutboxRow(
            school_id=to.school_id,
            id=uuid.uuid4(),
            code=code,
            recipient_id=to.id,
            subject_id=subject,
            night=TONIGHT,
            occasion=occasion,
            params={"minutes": 61},
            state=state,
            created_at=START + dt.timedelta(minutes=minutes),
            due_at=START,
            expires_at=START + dt.timedelta(hours=1),
        )
        session.add(row)
        session.commit()
        return row

    return made


def test_a_message_says_what_it_is_about(client: Client, cast: Cast, post: Post) -> None:
    row = post(cast.mother, subject=cast.ada.id)

    assert client.as_(cast.mother).get("/me/inbox").get_json() == {
        "items": [
            {
                "id": str(row.id),
                "code": "confirm_sheet",
                "params": {"minutes": 61},
                "student_id": str(cast.ada.id),
                "class_id": None,
                "night": "2026-11-17",
                "created_at": "2026-11-17T10:30:00+00:00",
                "read_at": None,
                "again_at": None,
                "can_snooze_minutes": [15, 30],
            }
        ],
        "next_cursor": None,
        "unread": 1,
    }


def test_a_class_is_named_as_a_class_and_a_digest_as_neither(client: Client, cast: Cast, post: Post) -> None:
    post(cast.homeroom, "plan_over_cap", subject=cast.class_31.id)
    post(cast.homeroom, "weekly_digest", minutes=1)

    items = client.as_(cast.homeroom).get("/me/inbox").get_json()["items"]
    assert [(item["student_id"], item["class_id"]) for item in items] == [(None, None), (None, str(cast.class_31.id))]


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (OutboxState.SENT, True),
        (OutboxState.FAILED, True),
        (OutboxState.UNKNOWN, True),
        (OutboxState.PENDING, False),
        (OutboxState.LEASED, False),
        (OutboxState.SENDING, False),
        (OutboxState.DROPPED, False),
    ],
)
def test_only_what_left_us_is_shown(client: Client, cast: Cast, post: Post, state: OutboxState, shown: bool) -> None:
    row = post(cast.mother, state=state)

    assert bool(client.as_(cast.mother).get("/me/inbox").get_json()["items"]) is shown
    assert client.as_(cast.mother).put(f"/me/inbox/{row.id}/read").status_code == (204 if shown else 404)


def test_nobody_sees_or_reads_anothers(client: Client, cast: Cast, post: Post) -> None:
    row = post(cast.mother, subject=cast.ada.id)

    for other in (cast.father, cast.ben_mother, cast.homeroom, cast.zed_mother):
        assert client.as_(other).get("/me/inbox").get_json()["items"] == []
        assert client.as_(other).put(f"/me/inbox/{row.id}/read").status_code == 404


def test_messages_about_a_child_end_with_the_guardianship(
    client: Client, cast: Cast, post: Post, session: Session
) -> None:
    post(cast.father, subject=cast.ada.id)
    post(cast.father, "weekly_digest")
    session.execute(sa.update(Guardianship).where(Guardianship.guardian_id == cast.father.id).values(ended_at=START))
    session.commit()

    codes = [item["code"] for item in client.as_(cast.father).get("/me/inbox").get_json()["items"]]
    assert codes == ["weekly_digest"]


def test_read_once_is_read_then(client: Client, cast: Cast, post: Post, clock: FrozenClock) -> None:
    row = post(cast.mother)
    for _ in range(2):
        assert client.as_(cast.mother).put(f"/me/inbox/{row.id}/read").status_code == 204
        clock.advance(minutes=5)

    item = client.as_(cast.mother).get("/me/inbox").get_json()["items"][0]
    assert item["read_at"] == "2026-11-17T10:30:00+00:00"


def test_pages_hold_every_message_once_the_newest_first_even_of_one_instant(
    client: Client, cast: Cast, post: Post
) -> None:
    rows = [post(cast.mother, occasion=number, minutes=number // 3) for number in range(7)]
    mother, seen, cursor, pages = client.as_(cast.mother), [], None, 0
    while pages < 10:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = mother.get("/me/inbox", **query).get_json()
        seen += [item["id"] for item in page["items"]]
        cursor, pages = page["next_cursor"], pages + 1
        if cursor is None:
            break

    assert pages == 4
    assert seen == [str(row.id) for row in sorted(rows, key=lambda row: (row.created_at, row.id), reverse=True)]


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 101},
        {"limit": "many"},
        {"cursor": "nonsense"},
        {"cursor": "WyJhIiwiYiJd"},
        {"cursor": "WyIyMDI2LTExLTE3VDEwOjMwOjAwIiwiMDE5M2YyYTAtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAxIl0"},
    ],
)
def test_a_page_that_is_none_is_refused(client: Client, cast: Cast, query: dict[str, object]) -> None:
    assert client.as_(cast.mother).get("/me/inbox", **query).status_code == 422
