"""The notice board: open to all, cacheable, without a person on it."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from backend.domain.policy import Stage
from backend.storage.models import Class, Person, School
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
    assert len(statements) <= 9


def get_page(app: Flask, path: str, status: int = 200) -> str:
    """A page as English is read."""
    answer = app.test_client().get(f"/notice-board/shiyan{path}", headers={"Accept-Language": "en"})
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def test_a_teacher_stands_there_only_by_the_alias_that_the_school_gave(
    client: Client, cast: Cast, engine: sa.Engine, app: Flask
) -> None:
    assert client.get("/notice-board/shiyan").get_json()["classes"][1]["homework"][0]["set_by"] is None
    with engine.begin() as connection:
        statement = sa.update(Person).where(Person.id == cast.maths_teacher.id)
        connection.execute(statement.values(notice_alias="数学 A"))
    assert client.get("/notice-board/shiyan").get_json()["classes"][1]["homework"][0]["set_by"] == "数学 A"
    assert "set by 数学 A" in get_page(app, "")


def test_a_week_of_one_class_shows_its_nights_and_no_other_class(app: Flask, client: Client, cast: Cast) -> None:
    client.as_(cast.maths_teacher).post(
        f"/classes/{cast.class_31.id}/assignments",
        stated("maths", 20, title="Friday", given_on="2026-11-20", due_on="2026-11-21"),
    )
    text = get_page(app, f"/classes/{cast.class_31.id}")
    assert "Mon 16 Nov" in text
    assert "Fri 20 Nov" in text
    assert "三(2)班" not in text
    assert text.index("&lt;b&gt;口算") < text.index("Friday")
    before = get_page(app, f"/classes/{cast.class_31.id}?date=2026-11-12")
    assert "Mon 9 Nov" in before
    assert "口算" not in before


def test_a_class_of_another_school_is_not_there(app: Flask, cast: Cast) -> None:
    assert "三" not in get_page(app, f"/classes/{cast.other_class.id}", 404)
    get_page(app, "/classes/00000000-0000-4000-8000-000000000404", 404)


def test_the_archive_says_how_many_classes_published_each_day(app: Flask) -> None:
    text = get_page(app, "/archive")
    assert "Nov 2026" in text
    assert 'aria-label="Tue 17 Nov, 1 of 4 classes"' in text
    assert 'aria-label="Sun 15 Nov, nothing published"' in text
    assert "nothing published" in get_page(app, "/archive?date=2026-10-05")


@pytest.mark.parametrize(("date", "status"), [("2024-11-16", 200), ("2024-11-15", 422), ("2026-12-20", 422)])
def test_the_archive_goes_back_two_years_and_not_far_ahead(app: Flask, date: str, status: int) -> None:
    get_page(app, f"/archive?date={date}", status)


def test_the_poster_carries_the_boards_address_as_a_code(app: Flask) -> None:
    text = get_page(app, "/poster")
    assert "/notice-board/shiyan" in text
    assert "<svg" in text
    assert "<script" not in text


@pytest.mark.parametrize(("query", "size"), [("", "size: A4"), ("?paper=A3", "size: A3"), ("?paper=x;}", "size: A4")])
def test_it_is_printed_on_the_paper_that_was_asked_for(app: Flask, query: str, size: str) -> None:
    assert size in get_page(app, query)


@pytest.mark.parametrize("path", ["", "/archive", "/poster", "/classes/{class_id}"])
def test_every_page_may_be_kept_and_speaks_both_languages(app: Flask, cast: Cast, path: str) -> None:
    address = f"/notice-board/shiyan{path.format(class_id=cast.class_31.id)}"
    first = app.test_client().get(address)
    assert first.headers["Cache-Control"] == "public, max-age=300"
    again = app.test_client().get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert 'lang="zh-CN"' in app.test_client().get(f"{address}?lang=zh").get_data(as_text=True)
    assert 'lang="en"' in app.test_client().get(f"{address}?lang=en").get_data(as_text=True)
