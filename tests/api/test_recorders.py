"""Class recorders: named by the homeroom teacher, two at most, good for the own class's log and nothing else."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from backend.clock import FrozenClock
from backend.domain.people import Role
from backend.storage.models import AuditEvent, Enrolment, Guardianship, Post, School
from tests.api.conftest import Client
from tests.api.planning import stated
from tests.cast import START, TONIGHT, Cast

ITEMS = {"items": [{"subject": "maths", "title": "口算", "estimated_minutes": 20}]}


def path(cast: Cast, pupil: uuid.UUID | None = None) -> str:
    return f"/classes/{cast.class_31.id}/recorders" + (f"/{pupil}" if pupil else "")


def log(cast: Cast) -> str:
    return f"/classes/{cast.class_31.id}/nights/{TONIGHT}/set"


def recorders(answer: TestResponse) -> list[tuple[str, str]]:
    return [(each["name"], each["recorder_since"]) for each in answer.get_json()["items"] if each["recorder_since"]]


class TestNaming:
    def test_the_class_stands_in_the_order_of_the_roll_with_who_records(self, client: Client, cast: Cast) -> None:
        answer = client.as_(cast.homeroom).get(path(cast))

        assert [each["name"] for each in answer.get_json()["items"]] == [
            cast.ada.name,
            cast.finn.name,
            cast.dora.name,
        ]
        assert (recorders(answer), answer.get_json()["most"]) == ([(cast.finn.name, "2026-09-01")], 2)

    def test_a_second_one_is_named_and_may_log_at_once(self, client: Client, cast: Cast) -> None:
        assert client.as_(cast.ada).put(log(cast), ITEMS).status_code == 404
        answer = client.as_(cast.homeroom).put(path(cast, cast.ada.id))

        assert recorders(answer) == [(cast.ada.name, str(TONIGHT)), (cast.finn.name, "2026-09-01")]
        assert client.as_(cast.ada).put(log(cast), ITEMS).status_code == 200

    def test_the_same_twice_is_once(self, client: Client, cast: Cast, session: Session) -> None:
        for _ in range(2):
            assert client.as_(cast.homeroom).put(path(cast, cast.ada.id)).status_code == 200

        posts = sa.select(Post).where(Post.role == Role.class_recorder, Post.person_id == cast.ada.id)
        assert len(session.scalars(posts).all()) == 1
        assert session.scalars(sa.select(AuditEvent.action).where(AuditEvent.student_id == cast.ada.id)).all() == [
            "recorder.appointed"
        ]

    def test_a_third_is_refused_in_words(self, client: Client, cast: Cast) -> None:
        client.as_(cast.homeroom).put(path(cast, cast.ada.id))
        refused = client.as_(cast.homeroom).put(path(cast, cast.dora.id))

        assert refused.status_code == 422
        assert [(each["code"], each["message"]) for each in refused.get_json()["errors"]] == [
            ("too_many_recorders", "一个班最多两名学习委员，请先撤下一名。")
        ]

    @pytest.mark.parametrize("who", ["ben", "cleo", "mother", "zed"])
    def test_only_a_pupil_of_the_class(self, client: Client, cast: Cast, who: str) -> None:
        other = getattr(cast, who).id
        assert client.as_(cast.homeroom).put(path(cast, other)).status_code == 404
        assert client.as_(cast.homeroom).delete(path(cast, other)).status_code == 404

    @pytest.mark.parametrize("who", ["maths_teacher", "homeroom_32", "office", "grade_head", "finn", "ada", "mother"])
    def test_nobody_but_the_homeroom_teacher_names_one(self, client: Client, cast: Cast, who: str) -> None:
        one = client.as_(getattr(cast, who))
        assert one.put(path(cast, cast.ada.id)).status_code == 404
        assert one.get(path(cast)).status_code == 404


class TestEnding:
    def test_it_ends_at_once_and_what_was_logged_stays(self, client: Client, cast: Cast, session: Session) -> None:
        client.as_(cast.finn).put(log(cast), ITEMS)
        assert recorders(client.as_(cast.homeroom).delete(path(cast, cast.finn.id))) == []

        assert client.as_(cast.finn).get(log(cast)).status_code == 404
        kept = client.as_(cast.homeroom).get(log(cast)).get_json()["items"]
        assert [each["subject"] for each in kept] == ["maths"]
        assert client.as_(cast.finn).get("/me").get_json()["posts"] == []
        post = session.scalars(sa.select(Post).where(Post.person_id == cast.finn.id)).one()
        assert post.to_on == TONIGHT - dt.timedelta(days=1)

    def test_one_that_began_today_leaves_nothing_and_the_same_twice_is_once(
        self, client: Client, cast: Cast, session: Session
    ) -> None:
        client.as_(cast.homeroom).put(path(cast, cast.ada.id))
        for _ in range(2):
            assert client.as_(cast.homeroom).delete(path(cast, cast.ada.id)).status_code == 200

        assert session.scalars(sa.select(Post).where(Post.person_id == cast.ada.id)).all() == []
        events = session.scalars(sa.select(AuditEvent.action).where(AuditEvent.student_id == cast.ada.id)).all()
        assert sorted(events) == ["recorder.appointed", "recorder.ended"]

    def test_who_moves_to_another_class_records_no_more(
        self, client: Client, cast: Cast, clock: FrozenClock, session: Session
    ) -> None:
        moved = sa.update(Enrolment).where(Enrolment.student_id == cast.finn.id)
        session.execute(moved.values(class_id=cast.class_32.id))
        session.commit()

        for who in (cast.finn, cast.finn_mother):
            assert client.as_(who).put(log(cast), ITEMS).status_code == 404
            assert client.as_(who).get("/me").get_json()["students"][0]["is_recorder"] is False
        assert client.as_(cast.finn).get("/me").get_json()["posts"] == []
        assert recorders(client.as_(cast.homeroom).get(path(cast))) == []


class TestARecorderWithoutAPhone:
    def test_writes_on_a_guardians(self, client: Client, cast: Cast) -> None:
        (child,) = client.as_(cast.finn_mother).get("/me").get_json()["students"]
        assert child["is_recorder"] is True
        assert client.as_(cast.finn_mother).put(log(cast), ITEMS).status_code == 200

        items = client.as_(cast.homeroom).get(log(cast)).get_json()["items"]
        assert [(each["subject"], each["estimated_minutes"]) for each in items] == [("maths", 20)]

    def test_a_guardian_of_nobody_who_records_finds_no_log(self, client: Client, cast: Cast) -> None:
        children = client.as_(cast.mother).get("/me").get_json()["students"]
        assert [each["is_recorder"] for each in children] == [False, False]
        assert client.as_(cast.mother).put(log(cast), ITEMS).status_code == 404

    def test_a_guardianship_that_ended_opens_it_no_more(self, client: Client, cast: Cast, session: Session) -> None:
        ended = sa.update(Guardianship).where(Guardianship.guardian_id == cast.finn_mother.id)
        session.execute(ended.values(ended_at=START))
        session.commit()
        assert client.as_(cast.finn_mother).get(log(cast)).status_code == 404

    def test_nor_a_post_that_ended(self, client: Client, cast: Cast) -> None:
        client.as_(cast.homeroom).delete(path(cast, cast.finn.id))
        assert client.as_(cast.finn_mother).get(log(cast)).status_code == 404


@pytest.mark.parametrize("who", ["finn", "finn_mother"])
class TestWhatARecorderSees:
    def test_the_plan_and_the_log_and_nobodys_figures(self, client: Client, cast: Cast, who: str) -> None:
        planned(client, cast)
        recorder = client.as_(getattr(cast, who))
        found = recorder.get(log(cast)).get_json()

        assert [(each["title"], each["actual"]) for each in found["planned"]] == [("口算第 12 页", None)]
        for closed in (f"/classes/{cast.class_31.id}/nights/{TONIGHT}", f"/classes/{cast.class_31.id}/plan"):
            assert recorder.get(closed).status_code == 404

    def test_titles_that_the_school_hides_from_pupils_are_hidden_and_kept(
        self, client: Client, cast: Cast, session: Session, who: str
    ) -> None:
        planned(client, cast)
        client.as_(cast.homeroom).put(log(cast), ITEMS)
        session.execute(sa.update(School).values(hide_titles=True))
        session.commit()
        recorder = client.as_(getattr(cast, who))
        found = recorder.get(log(cast))
        assert "口算" not in found.get_data(as_text=True)
        changed = {"items": [{"subject": "maths", "title": "看得见", "estimated_minutes": 25}]}
        assert recorder.put(log(cast), changed).get_json()["items"][0]["title"] == ""

        kept = client.as_(cast.homeroom).get(log(cast)).get_json()["items"]
        assert [(each["title"], each["estimated_minutes"]) for each in kept] == [("口算", 25)]


def planned(client: Client, cast: Cast) -> Any:
    """Maths has published for tonight."""
    due_on = str(TONIGHT + dt.timedelta(days=1))
    work = stated("maths", 20, given_on=str(TONIGHT), due_on=due_on) | {"title": "口算第 12 页"}
    answer = client.as_(cast.maths_teacher).post(f"/classes/{cast.class_31.id}/assignments", work)
    assert answer.status_code == 201
    return answer.get_json()
