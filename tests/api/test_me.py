"""Who am I, where am I signed in, and what happens to a session that has ended."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.storage.models import Enrolment, Guardianship, Person, PushEndpoint
from mobile_api.transaction import db
from tests.api.conftest import Client
from tests.cast import START, Cast
from tests.databases import Statements

PHONE = "0193f2a0-0000-7000-8000-000000000001"


def test_a_guardian_sees_every_own_child_with_class_and_consent(client: Client, cast: Cast) -> None:
    me = client.as_(cast.mother).get("/me").get_json()

    assert (me["kind"], me["name"], me["school"]["slug"], me["today"]) == (
        "guardian",
        cast.mother.name,
        "shiyan",
        "2026-11-17",
    )
    children = {child["name"]: child for child in me["students"]}
    assert set(children) == {cast.ada.name, cast.emil.name}
    assert children[cast.ada.name]["class"]["name"] == "三(1)班"
    assert children[cast.emil.name]["class"]["grade"] == 1
    assert children[cast.ada.name]["consent"] == {"state": "granted", "needed": True, "text_version": "2026-11"}


def test_a_guardian_who_was_not_asked_yet_sees_that_nothing_may_be_written(client: Client, cast: Cast) -> None:
    child = client.as_(cast.dora_mother).get("/me").get_json()["students"][0]

    assert (child["may_write"], child["consent"]["state"], child["consent"]["needed"]) == (False, "missing", True)


@pytest.mark.parametrize(("first", "last", "told"), [(0, 2, 2), (-2, 0, 0), (1, 3, None), (-3, -1, None)])
def test_a_child_who_is_paused_tonight_says_until_when(
    client: Client, cast: Cast, first: int, last: int, told: int | None, clock: FrozenClock
) -> None:
    path = f"/students/{cast.ada.id}/reminders"
    tonight = clock.now().date()
    nights = [str(tonight + dt.timedelta(days=days)) for days in (first, last)]
    clock.advance(days=-5)
    answer = client.as_(cast.mother).put(path, {"paused_from": nights[0], "paused_to": nights[1]})
    assert answer.status_code == 200, answer.text
    clock.advance(days=5)

    until = None if told is None else str(tonight + dt.timedelta(days=told))
    for who in (cast.mother, cast.ada):
        children = client.as_(who).get("/me").get_json()["students"]
        assert {child["name"]: child["paused_to"] for child in children}[cast.ada.name] == until


def test_a_former_guardian_sees_no_child(client: Client, cast: Cast) -> None:
    assert client.as_(cast.grandfather).get("/me").get_json()["students"] == []


def test_a_student_sees_nobody_else(client: Client, cast: Cast) -> None:
    me = client.as_(cast.ada).get("/me").get_json()

    assert [child["id"] for child in me["students"]] == [str(cast.ada.id)]
    assert me["posts"] == []


def test_the_class_recorder_sees_the_own_post(client: Client, cast: Cast) -> None:
    posts = client.as_(cast.finn).get("/me").get_json()["posts"]

    assert [(post["role"], post["class"]["id"]) for post in posts] == [("class_recorder", str(cast.class_31.id))]


def test_a_teacher_sees_posts_by_class_and_subject_and_no_child(client: Client, cast: Cast) -> None:
    me = client.as_(cast.maths_teacher).get("/me").get_json()

    assert [(post["class"]["name"], post["subject"], post["weekdays"]) for post in me["posts"]] == [
        ("三(1)班", "maths", [1, 2, 3, 4, 5]),
        ("三(2)班", "maths", [1, 2, 3, 4, 5]),
    ]
    assert me["students"] == []
    assert [subject["code"] for subject in me["school"]["subjects"]] == ["chinese", "maths", "english", "science"]


def test_an_officer_has_a_district_and_no_school(client: Client, cast: Cast) -> None:
    me = client.as_(cast.officer).get("/me").get_json()

    assert (me["district"]["slug"], me["school"], me["students"], me["posts"]) == ("yunhe", None, [], [])


def test_a_child_who_moved_is_shown_in_the_class_of_today(client: Client, cast: Cast, session: Session) -> None:
    move = START.date()
    session.execute(sa.update(Enrolment).where(Enrolment.student_id == cast.ada.id).values(to_on=move.replace(day=16)))
    session.add(
        Enrolment(
            school_id=cast.shiyan.id,
            id=uuid.uuid4(),
            student_id=cast.ada.id,
            class_id=cast.class_32.id,
            from_on=move,
        )
    )
    session.commit()

    me = client.as_(cast.ada).get("/me").get_json()
    assert me["students"][0]["class"]["name"] == "三(2)班"


def test_it_takes_as_many_statements_with_six_children_as_with_two(
    client: Client,
    cast: Cast,
    app: Flask,
    session: Session,
    count_statements: Callable[[sa.Engine], AbstractContextManager[Statements]],
) -> None:
    with app.app_context():
        engine = db.engine
    with count_statements(engine) as two:
        client.as_(cast.mother).get("/me")
    for child in (cast.finn, cast.dora, cast.ben, cast.cleo):
        session.add(
            Guardianship(
                school_id=cast.shiyan.id, guardian_id=cast.mother.id, student_id=child.id, relation="", since_at=START
            )
        )
    session.commit()
    with count_statements(engine) as six:
        assert len(client.as_(cast.mother).get("/me").get_json()["students"]) == 6
    assert len(six) == len(two) <= 7


def test_one_lists_and_ends_the_own_devices_only(client: Client, cast: Cast) -> None:
    mother = client.as_(cast.mother)
    items = mother.get("/me/sessions").get_json()["items"]

    assert [(item["id"], item["is_current"], item["device_name"]) for item in items] == [
        (str(cast.mother.session_id), True, "mother's device")
    ]
    refused = mother.delete(f"/me/sessions/{cast.father.session_id}")
    unknown = mother.delete(f"/me/sessions/{uuid.uuid4()}")
    assert refused.status_code == unknown.status_code == 404
    assert client.as_(cast.father).get("/me").status_code == 200
    assert mother.delete(f"/me/sessions/{cast.mother.session_id}").status_code == 204
    assert mother.get("/me").get_json()["code"] == "session_revoked"


def test_a_session_that_has_ended_cannot_be_ended_again(client: Client, cast: Cast) -> None:
    teacher = client.as_(cast.homeroom)
    body = {"school": "shiyan", "login": "homeroom", "password": cast.homeroom.password}
    other = client.post("/auth/sessions", body).get_json()["session_id"]

    assert teacher.delete(f"/me/sessions/{other}").status_code == 204
    assert teacher.delete(f"/me/sessions/{other}").status_code == 404


def test_signing_out_ends_the_session_and_its_reminders(client: Client, cast: Cast, session: Session) -> None:
    body = {"school": "shiyan", "login": "homeroom", "password": cast.homeroom.password, "installation_id": PHONE}
    teacher = client.as_(client.post("/auth/sessions", body).get_json()["token"])
    teacher.put(f"/me/devices/{PHONE}", {"kind": "fcm_token", "address": "abc"})

    assert teacher.delete("/auth/sessions/current").status_code == 204
    assert teacher.get("/me").get_json()["code"] == "session_revoked"
    assert session.scalars(sa.select(PushEndpoint)).all() == []


def test_an_expired_session_is_told_apart_from_a_revoked_and_an_unknown_one(
    client: Client, cast: Cast, clock: FrozenClock
) -> None:
    clock.advance(days=181)

    assert client.as_(cast.mother).get("/me").get_json()["code"] == "session_expired"
    assert client.as_("nonsense").get("/me").get_json()["code"] == "unauthenticated"
    assert client.get("/me").status_code == 401


def test_who_has_left_the_school_is_signed_out(client: Client, cast: Cast, session: Session) -> None:
    session.execute(sa.update(Person).where(Person.id == cast.homeroom.id).values(left_at=START))
    session.commit()

    assert client.as_(cast.homeroom).get("/me").get_json()["code"] == "session_revoked"


@pytest.mark.parametrize(
    ("language", "title"), [("en", "Please sign in."), ("zh-CN,zh;q=0.9", "请先登录。"), ("fr", "请先登录。")]
)
def test_before_sign_in_problems_are_worded_in_the_browsers_language(client: Client, language: str, title: str) -> None:
    assert client.with_headers(accept_language=language).get("/me").get_json()["title"] == title
