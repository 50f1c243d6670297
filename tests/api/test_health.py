"""`/healthz`, `/readyz`, `/metrics` and the two pages: outside the API, for those who watch and those who arrive."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.services.health import may_demonstrate
from backend.settings import Settings
from backend.storage.models import School, WorkerLease
from mobile_api import worker_watch
from mobile_api.app import create_app
from mobile_api.transaction import db
from tests.api.conftest import SECRET_KEY, Client


def test_healthz_answers_while_the_database_is_away(tmp_path) -> None:
    away = Settings.from_env(
        {"DATABASE_URL": "postgresql://me@127.0.0.1:9/nights", "NIGHTSHEET_SECRET_KEY": SECRET_KEY}
    )
    client = create_app(away).test_client()
    assert client.get("/healthz").json == {"status": "ok"}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"status": "database_unreachable"})


def test_readyz_is_well_on_this_releases_schema(client: Client) -> None:
    assert client.get("/readyz").json == {"status": "ok"}


def test_readyz_refuses_an_old_schema(client: Client, app: Flask) -> None:
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'older'"))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"status": "schema_outdated"})


def test_metrics_count_requests_by_route_and_never_by_path(client: Client) -> None:
    path = "/students/0192f0c1-2f4e-7c3a-9b1d-3f5a7c9e1b2d/nights/2026-11-17"
    client.get(path)
    client.get(path)
    text = client.get("/metrics").get_data(as_text=True)
    assert re.search(r'nightsheet_requests_total\{method="GET",route="[^"]*<[^"]*night>",status="401"\} 2\.0', text)
    assert "0192f0c1" not in text


def test_metrics_keep_no_method_that_a_stranger_makes_up(client: Client, app: Flask) -> None:
    for n in range(3):
        app.test_client().open("/healthz", method=f"MADEUP{n}")
    text = client.get("/metrics").get_data(as_text=True)
    assert "MADEUP" not in text
    assert re.search(r'nightsheet_requests_total\{method="other",route="[^"]*",status="405"\} 3\.0', text)


def test_metrics_state_the_age_of_the_workers_heartbeat(client: Client, session: Session, clock: FrozenClock) -> None:
    assert "heartbeat" not in client.get("/metrics").get_data(as_text=True)
    at = clock.now() - dt.timedelta(seconds=90)
    session.add(WorkerLease(name="ticker", holder="here", until=at, ticked_at=at))
    session.commit()
    assert "nightsheet_worker_heartbeat_age_seconds 90.0" in client.get("/metrics").get_data(as_text=True)


def test_metrics_say_that_the_worker_is_dead_after_ten_minutes_without_a_tick(
    client: Client, session: Session, clock: FrozenClock
) -> None:
    def dead() -> str:
        return next(
            line.split()[1]
            for line in client.get("/metrics").get_data(as_text=True).splitlines()
            if line.startswith("nightsheet_worker_dead ")
        )

    assert dead() == "1.0"
    session.add(WorkerLease(name="ticker", holder="here", until=clock.now(), ticked_at=clock.now()))
    session.commit()
    clock.advance(minutes=10)
    assert dead() == "0.0"
    clock.advance(seconds=1)
    assert dead() == "1.0"


def test_the_web_process_says_once_that_the_worker_is_dead_and_once_that_it_is_back(
    app: Flask, session: Session, clock: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="mobile_api.worker_watch")
    watch = app.extensions[worker_watch.NAME]
    watch.look()
    assert caplog.messages == [], "a worker that has just been started is not dead"
    clock.advance(minutes=10, seconds=1)
    watch.look()
    watch.look()
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("CRITICAL", "the worker is dead: no reminder goes out")
    ]
    session.add(WorkerLease(name="ticker", holder="here", until=clock.now(), ticked_at=clock.now()))
    session.commit()
    watch.look()
    watch.look()
    assert caplog.messages[1:] == ["the worker ticks again"]


def test_the_web_process_looks_at_the_worker_beside_a_request_once_a_minute(
    app: Flask, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []
    watch = app.extensions[worker_watch.NAME]
    monkeypatch.setattr(watch, "look", lambda: looks.append(1))
    client.get("/healthz")
    assert looks == []
    monkeypatch.setattr(watch, "_next", 0.0)
    client.get("/healthz")
    client.get("/healthz")
    assert looks == [1]


def test_a_database_that_is_away_is_not_the_workers_death(
    app: Flask, clock: FrozenClock, caplog: pytest.LogCaptureFixture, tmp_path
) -> None:
    away = Settings.from_env(
        {"DATABASE_URL": "postgresql://me@127.0.0.1:9/nights", "NIGHTSHEET_SECRET_KEY": SECRET_KEY}
    )
    watch = create_app(away, clock=clock).extensions[worker_watch.NAME]
    clock.advance(minutes=11)
    watch.look()
    assert caplog.messages == []


def test_metrics_are_nothing_to_another_machine_or_through_a_proxy(app: Flask, client: Client) -> None:
    unknown = client.get("/api/v1/no-such-thing").json["code"]
    away = app.test_client().get("/metrics", environ_base={"REMOTE_ADDR": "10.0.0.7"})
    assert (away.status_code, away.json["code"]) == (404, unknown)
    assert client.with_headers(x_forwarded_for="10.0.0.7").get("/metrics").status_code == 404


def test_with_a_token_metrics_are_for_its_bearer_alone(database_url: str) -> None:
    env = {"DATABASE_URL": database_url, "NIGHTSHEET_SECRET_KEY": SECRET_KEY, "NIGHTSHEET_METRICS_TOKEN": "let me see"}
    app = create_app(Settings.from_env(env))
    client = Client(app)
    assert client.get("/metrics").status_code == 404
    assert client.as_("let me se").get("/metrics").status_code == 404
    assert client.as_("let me see").get("/metrics").status_code == 200
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize(("asked", "lang", "words"), [("zh", "zh-CN", "作业公示"), ("en", "en", "Notice board")])
def test_the_page_about_speaks_both_languages(app: Flask, asked: str, lang: str, words: str) -> None:
    answer = app.test_client().get(f"/about?lang={asked}")
    assert answer.status_code == 200
    assert answer.headers["Content-Language"] == lang
    assert words in answer.text


def test_the_page_about_is_chinese_unless_the_browser_wants_english(app: Flask) -> None:
    assert app.test_client().get("/about").headers["Content-Language"] == "zh-CN"
    english = app.test_client().get("/about", headers={"Accept-Language": "en-GB,en;q=0.8"})
    assert english.headers["Content-Language"] == "en"


def test_the_first_page_links_each_schools_notice_board(app: Flask, session: Session) -> None:
    page = app.test_client().get("/about").text
    for slug in session.scalars(sa.select(School.slug)):
        assert f'href="/api/v1/notice-board/{slug}"' in page


def test_only_a_demonstration_is_told_where_its_sign_ins_are(app: Flask, session: Session) -> None:
    assert "demonstration.json" not in app.test_client().get("/about").text
    session.execute(sa.update(School).values(is_demonstration=True))
    session.commit()
    assert "demonstration.json" in app.test_client().get("/about").text


def test_the_demonstration_may_live_beside_no_real_school(session: Session, cast) -> None:
    assert not may_demonstrate(session)
    session.execute(sa.update(School).values(is_demonstration=True))
    assert may_demonstrate(session)
    session.execute(sa.delete(School))
    assert may_demonstrate(session)


@pytest.mark.parametrize("path", ["/about", "/api/v1/explorer"])
def test_pages_load_nothing_from_elsewhere_and_run_no_inline_script(app: Flask, path: str) -> None:
    answer = app.test_client().get(path)
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    addresses = re.findall(r'(?:src|href|data-document)="([^"]+)"', answer.text)
    assert addresses
    assert all(address.startswith("/") and not address.startswith("//") for address in addresses)
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=", answer.text)
    for address in addresses:
        if address.endswith((".css", ".js", ".svg", ".json")):
            assert app.test_client().get(address).status_code == 200


def test_the_explorer_gives_its_words_in_the_readers_language(app: Flask) -> None:
    page = app.test_client().get("/api/v1/explorer?lang=en").text
    words = json.loads(re.search(r"data-words='([^']+)'", page)[1].replace("&#39;", "'"))
    assert words["send"] == "Send"
    script = app.test_client().get("/explorer.js").text
    assert set(re.findall(r"\bwords\.([a-z_]+)", script)) <= words.keys()


def test_assets_are_asked_for_again_but_not_sent_again(app: Flask) -> None:
    first = app.test_client().get("/pages.css")
    again = app.test_client().get("/pages.css", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)
