"""A line to a subject teacher: this took 48 minutes against 20."""

import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from backend.domain.load import Outcome, Tier
from backend.storage.models import AuditEvent, OutboxRow
from tests.api.conftest import Client
from tests.api.planning import UNKNOWN, add_sheet, add_students, same_but_id, stated
from tests.cast import TONIGHT, Cast


@pytest.fixture
def path(cast: Cast) -> str:
    return f"/classes/{cast.class_31.id}/nights/{TONIGHT}/handoffs"


@pytest.fixture
def maths(client: Client, cast: Cast, engine: sa.Engine) -> str:
    """Maths for 20 minutes that took three pupils 40, 48 and 60, and a fourth was stopped."""
    made = client.as_(cast.maths_teacher).post(f"/classes/{cast.class_31.id}/assignments", stated(minutes=20))
    assignment = str(made.get_json()["id"])
    pupils = add_students(engine, cast.class_31, cast.shiyan.id, 4)
    ends = [Outcome.finished] * 3 + [Outcome.stopped_for_sleep]
    for pupil, minutes, outcome in zip(pupils, (40, 48, 60, 90), ends, strict=True):
        values: dict[str, Any] = {"assignment_id": uuid.UUID(assignment), "tier": Tier.standard, "outcome": outcome}
        add_sheet(engine, cast.shiyan.id, cast.class_31.id, pupil, TONIGHT, minutes, estimated_minutes=20, **values)
    return assignment


def test_the_subject_teacher_finds_it_with_the_figure_and_nobody_is_pushed(
    client: Client, cast: Cast, engine: sa.Engine, path: str, maths: str
) -> None:
    body = {"assignment_id": maths, "line": "第 3 题很多人卡住"}
    sent = client.as_(cast.homeroom).post(path, body)
    assert (sent.status_code, sent.get_json()["items"][0]["name"]) == (201, cast.maths_teacher.name)
    got = client.as_(cast.maths_teacher).get("/me/handoffs").get_json()["items"][0]
    assert (got["median_minutes"], got["estimated_minutes"], got["n"], got["line"]) == (48, 20, 3, "第 3 题很多人卡住")
    assert (got["name"], got["class_name"], got["read_at"]) == (cast.homeroom.name, cast.class_31.name, None)
    with engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(OutboxRow)) == 0
        actions = connection.scalars(sa.select(AuditEvent.action)).all()
    assert "class.handed_on" in actions
    board = client.as_(cast.homeroom).get(path.removesuffix("/handoffs")).get_json()
    assert [each["assignment_id"] for each in board["handoffs"]] == [maths]


def test_sent_again_it_replaces_and_is_unread_again(client: Client, cast: Cast, path: str, maths: str) -> None:
    client.as_(cast.homeroom).post(path, {"assignment_id": maths})
    teacher = client.as_(cast.maths_teacher)
    first = teacher.get("/me/handoffs").get_json()["items"][0]
    assert teacher.put(f"/me/handoffs/{first['id']}/read").status_code == 204
    assert teacher.get("/me/handoffs").get_json()["items"][0]["read_at"]
    client.as_(cast.homeroom).post(path, {"assignment_id": maths, "line": "又想了想"})
    items = teacher.get("/me/handoffs").get_json()["items"]
    assert [(each["line"], each["read_at"]) for each in items] == [("又想了想", None)]


def test_nobody_but_the_recipient_reads_it(client: Client, cast: Cast, path: str, maths: str) -> None:
    client.as_(cast.homeroom).post(path, {"assignment_id": maths})
    mine = client.as_(cast.maths_teacher).get("/me/handoffs").get_json()["items"][0]["id"]
    for who in ("english_teacher", "homeroom", "homeroom_32", "office", "other_office"):
        person = client.as_(getattr(cast, who))
        assert person.get("/me/handoffs").get_json()["items"] == []
        refused, unknown = (person.put(f"/me/handoffs/{each}/read") for each in (mine, UNKNOWN))
        assert (refused.status_code, same_but_id(refused)) == (404, same_but_id(unknown))


@pytest.mark.parametrize("who", ["maths_teacher", "homeroom_32", "office", "grade_head", "other_homeroom", "mother"])
def test_only_the_homeroom_teacher_hands_on(client: Client, cast: Cast, path: str, maths: str, who: str) -> None:
    assert client.as_(getattr(cast, who)).post(path, {"assignment_id": maths}).status_code == 404


def test_what_cannot_be_handed_on_says_why(client: Client, cast: Cast, path: str, maths: str) -> None:
    homeroom = client.as_(cast.homeroom)
    own = homeroom.post(f"/classes/{cast.class_31.id}/assignments", stated("chinese")).get_json()["id"]
    english = client.as_(cast.english_teacher).post(f"/classes/{cast.class_31.id}/assignments", stated("english"))
    unfinished = english.get_json()["id"]
    for assignment, code in (
        (UNKNOWN, "unknown_assignment"),
        (unfinished, "nobody_finished"),
        (own, "nobody_finished"),
    ):
        answer = homeroom.post(path, {"assignment_id": str(assignment)})
        assert (answer.status_code, answer.get_json()["errors"][0]["code"]) == (422, code)
    yesterday = path.replace(str(TONIGHT), "2026-11-16")
    assert homeroom.post(yesterday, {"assignment_id": maths}).status_code == 422


def test_a_subject_that_only_oneself_teaches_has_nobody_to_tell(
    client: Client, cast: Cast, engine: sa.Engine, path: str
) -> None:
    made = client.as_(cast.homeroom).post(f"/classes/{cast.class_31.id}/assignments", stated("chinese"))
    own = made.get_json()["id"]
    pupil = add_students(engine, cast.class_31, cast.shiyan.id, 1)[0]
    values: dict[str, Any] = {"assignment_id": uuid.UUID(own), "tier": Tier.standard, "subject": "chinese"}
    add_sheet(engine, cast.shiyan.id, cast.class_31.id, pupil, TONIGHT, 30, **values)
    answer = client.as_(cast.homeroom).post(path, {"assignment_id": own})
    assert answer.get_json()["errors"][0]["code"] == "no_other_teacher"
