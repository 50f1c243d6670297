"""The notice board: open to all, cacheable, without a person on it."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from backend.domain.policy import Stage
from backend.storage.models import Class, School
from mobile_api.transaction import db
from tests.api.conftest import Client
from tests.api.planning import stated
from tests.cast import TONIGHT, Cast


@pytest.fixture(autouse=True)
def published(client: Client, cast: Cast) -> None:
    """Maths and a draft of English for 三(1)班, and no science."""
    path = f"/classes/{cast.class_31.id}"
    client.as_(cast.maths_teacher).post(f"{path}/assignments", stated("maths", 50, title="<b>口算</b>"))
    client.as_(cast.english_teacher).post(f"{path}/assignments", stated("english", publish=False))
    client.as_(cast.homeroom).put(f"{path}/subjects/science/nights/{TONIGHT}/none", {})


def test_anybody_reads_classes_subjects_titles_and_minutes(client: Client, cast: Cast) -> None:
    answer = client.get("/notice-board/shiyan")
    assert answer.status_code == 200
    board = answer.get_json()
    assert (board["school"]["name"], board["date"]) == (cast.shiyan.name, TONIGHT.isoformat())
    assert [each["name"] for each in board["classes"]] == ["一(1)班", "三(1)班", "三(2)班", "七(1)班"]
    mine = board["classes"][1]
    assert (mine["cap_minutes"], mine["planned_minutes"], mine["cap_state"]) == (60, 50, "near")
    assert [item["subject"]["code"] for item in mine["homework"]] == ["maths"]
    assert [subject["code"] for subject in mine["none"]] == ["science"]


def test_it_carries_no_personal_data(client: Client, cast: Cast) -> None:
    text = client.get("/notice-board/shiyan").get_data(as_text=True)
    for holder in cast.holders:
        assert holder.name not in text
        assert str(holder.id) not in text


def test_it_may_be_kept_and_is_unchanged_by_its_etag(client: Client) -> None:
    first = client.get("/notice-board/shiyan")
    assert first.headers["Cache-Control"] == "public, max-age=300"
    again = client.with_headers(if_none_match=first.headers["ETag"]).get("/notice-board/shiyan")
    assert (again.status_code, again.data) == (304, b"")


def test_a_school_may_hide_titles(client: Client, engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.update(School).values(hide_titles=True))
    text = client.get("/notice-board/shiyan").get_data(as_text=True)
    assert "口算" not in text
    assert client.get("/notice-board/shiyan").get_json()["classes"][1]["homework"][0]["title"] is None


def test_another_day_and_an_unknown_school(client: Client) -> None:
    assert client.get("/notice-board/shiyan", date="2026-11-18").get_json()["classes"][1]["homework"] == []
    assert client.get("/notice-board/shiyan", date="2019-01-01").status_code == 422
    assert client.get("/notice-board/nowhere").status_code == 404


@pytest.mark.parametrize(("language", "words"), [("zh-CN", "书面作业 50 分钟，上限 60 分钟"), ("en", "cap 60")])
def test_the_page_speaks_the_readers_language_and_escapes_titles(app: Flask, language: str, words: str) -> None:
    answer = app.test_client().get("/notice-board/shiyan", headers={"Accept-Language": language})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert words in text
    assert "&lt;b&gt;口算" in text
    assert "<script" not in text
    assert answer.headers["Cache-Control"] == "public, max-age=300"


def test_the_page_takes_a_language_and_a_day_from_its_address(app: Flask) -> None:
    text = app.test_client().get("/notice-board/shiyan?lang=en&date=2026-11-18").get_data(as_text=True)
    assert "Nothing has been published yet." in text
    assert app.test_client().get("/notice-board/shiyan?date=junk").status_code == 422


@pytest.mark.parametrize("classes", [1, 20])
def test_the_number_of_statements_does_not_grow_with_classes(
    client: Client, cast: Cast, engine: sa.Engine, classes: int, count_statements: Any, app: Flask
) -> None:
    with engine.begin() as connection:
        for number in range(10, 10 + classes):
            values = {
                "school_year": 2026,
                "stage": Stage.primary,
                "grade": 4,
                "number": number,
                "name": f"四({number})班",
            }
            connection.execute(sa.insert(Class), values | {"school_id": cast.shiyan.id})
    with app.app_context(), count_statements(db.engine) as statements:
        assert len(client.get("/notice-board/shiyan").get_json()["classes"]) == 4 + classes
    assert len(statements) <= 8
