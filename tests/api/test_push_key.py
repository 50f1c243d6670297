"""The public key of Web Push, and where a reminder's link leads."""

from __future__ import annotations

import pytest
from flask import Flask

from mobile_api.routes import push_key
from tests.api.conftest import Client


def test_without_web_push_there_is_no_key_and_that_is_said(client: Client) -> None:
    answer = client.as_(None).get("/push-key")
    assert (answer.status_code, answer.get_json()) == (200, {"key": None})


def test_the_key_is_public(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push_key, "public_key_of", lambda _: "BEl62iUY")
    assert client.as_(None).get("/push-key").get_json() == {"key": "BEl62iUY"}


def test_a_reminders_link_leads_to_the_client_which_alone_knows_who_is_signed_in(app: Flask) -> None:
    message = "0193f2a0-0000-7000-8000-000000000001"
    answer = app.test_client().get(f"/reminders/{message}")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/#/reminders/{message}")
    assert app.test_client().get("/reminders/no-id").status_code == 404
