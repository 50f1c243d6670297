"""Nothing that identifies or opens anything is ever written to a log."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from backend.domain.people import PersonKind
from backend.logs import configure_logging
from backend.storage.models import Person
from mobile_api import request_log
from tests.api.conftest import SECRET_KEY, Client
from tests.cast import PASSWORD, START, Cast

PHONE = "0193f2a0-0000-7000-8000-000000000001"


def test_no_code_token_password_name_or_telephone_reaches_a_log(
    app: Flask, client: Client, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    request_log.install(app)
    with caplog.at_level(logging.DEBUG):
        said = speak(client, cast)
    written = "\n".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)

    assert len([record for record in caplog.records if record.name == "nightsheet.request"]) >= 9
    for secret in said:
        assert secret not in written


def test_a_defect_is_logged_under_its_route_and_never_with_a_childs_id(
    client: Client, cast: Cast, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.raises_nothing()
    monkeypatch.setattr("mobile_api.routes.consents.consents", None)
    answer = client.as_(cast.mother).get(f"/students/{cast.ada.id}/consent")

    assert answer.status_code == 500
    (record,) = [record for record in caplog.records if record.name == "nightsheet.api"]
    assert vars(record)["route"] == "/api/v1/students/<uuid:student_id>/consent"
    assert vars(record)["request_id"] == answer.headers["X-Request-Id"]
    assert str(cast.ada.id) not in str(vars(record))


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the process log says, as a real process writes it."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    configure_logging(stream)
    yield stream
    root.handlers[:], root.level = handlers, level


def test_a_row_that_the_database_refuses_is_not_quoted_in_the_log(
    client: Client, cast: Cast, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(session: Session, **_asked: object) -> None:
        again = {"school_id": cast.shiyan.id, "id": cast.ada.id, "kind": PersonKind.student, "name_key": "x"}
        session.execute(sa.insert(Person), again | {"name": cast.ada.name, "created_at": START})

    client.raises_nothing()
    monkeypatch.setattr("mobile_api.routes.consents.consents.decide_consent", refused)
    decision = {"decision": "granted", "text_version": "2026-11"}
    answer = client.as_(cast.mother).put(f"/students/{cast.ada.id}/consent", decision)

    assert answer.status_code == 500
    (line,) = [each for each in map(json.loads, written.getvalue().splitlines()) if each["event"] == "unexpected error"]
    assert "sqlalchemy.exc.IntegrityError" in line["exception"]
    assert re.search(r"(IntegrityError|UniqueViolation) \((SQLITE_CONSTRAINT_PRIMARYKEY|23505)\)", line["exception"])
    assert "test_logs.py" in line["exception"]
    for secret in (cast.ada.name, str(cast.ada.id), cast.ada.id.hex):
        assert secret not in written.getvalue()


def test_of_an_exception_the_log_has_kind_and_place_and_cause_but_not_what_it_says(
    cast: Cast, written: io.StringIO
) -> None:
    try:
        try:
            int(cast.ada.name)
        except ValueError as error:
            raise RuntimeError(cast.ada.name) from error
    except RuntimeError:
        logging.getLogger("nightsheet").exception("went wrong")
    line = json.loads(written.getvalue())
    assert cast.ada.name not in written.getvalue()
    assert line["exception"].index("builtins.ValueError\n") < line["exception"].index("builtins.RuntimeError\n")
    assert "test_logs.py" in line["exception"]


def test_what_the_scheduler_says_at_every_tick_is_left_out() -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    try:
        configure_logging(stream)
        logging.getLogger("apscheduler.executors.default").info("ran")
        logging.getLogger("apscheduler.executors.default").warning("missed")
    finally:
        root.handlers[:], root.level = handlers, level
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["missed"]


def speak(client: Client, cast: Cast) -> list[str]:
    """Sign in in every way, rightly and wrongly, and return what no log may hold."""
    code = client.as_(cast.homeroom).post(f"/guardians/{cast.father.id}/claims").get_json()["code"]
    body = {"code": code, "installation_id": PHONE}
    client.post("/auth/claims", body | {"telephone_last_four": "9999"})
    claimed = client.post("/auth/claims", body | {"telephone_last_four": "2222"}).get_json()["token"]
    staff = {"school": "shiyan", "login": "homeroom"}
    client.post("/auth/sessions", staff | {"password": "a wrong password"})
    signed_in = client.post("/auth/sessions", staff | {"password": PASSWORD}).get_json()["token"]
    client.as_(signed_in).put("/me/password", {"old_password": PASSWORD, "new_password": "seven quiet herons"})
    client.as_(claimed).get("/me")
    client.as_(claimed).put(f"/me/devices/{PHONE}", {"kind": "fcm_token", "address": "the-push-address"})
    client.as_(claimed).put(f"/students/{cast.ada.id}/consent", {"decision": "granted", "text_version": "2026-11"})
    names = [holder.name for holder in cast.holders]
    telephones = [holder.telephone for holder in cast.holders if holder.telephone]
    secrets = [code, code.replace("-", ""), claimed, signed_in, PASSWORD, "a wrong password", "seven quiet herons"]
    return [*names, *telephones, *secrets, SECRET_KEY, "the-push-address", cast.homeroom.token]
