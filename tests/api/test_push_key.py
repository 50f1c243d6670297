"""By what a phone registers for push, and where a reminder's link leads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask import Flask

from backend.push_keys import public_key
from backend.settings import Settings, SettingsError
from mobile_api.app import create_app
from mobile_api.routes import push_key
from tests.api.conftest import Client


def test_without_web_push_there_is_no_key_and_that_is_said(client: Client) -> None:
    answer = client.as_(None).get("/push-key")
    assert (answer.status_code, answer.get_json()) == (200, {"key": None, "firebase": None})


def test_the_key_is_public(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push_key, "public_key_of", lambda _: "BEl62iUY")
    assert client.as_(None).get("/push-key").get_json()["key"] == "BEl62iUY"


def test_where_web_push_is_turned_on_the_key_is_made_once_and_is_what_browsers_take(tmp_path: Path) -> None:
    settings = Settings.from_env(
        {
            "DATABASE_URL": f"sqlite:///{tmp_path}/nowhere.db",
            "NIGHTSHEET_SECRET_KEY": "k" * 48,
            "NIGHTSHEET_CHANNELS": "web_push,inbox",
            "NIGHTSHEET_INSTANCE": str(tmp_path / "instance"),
        }
    )
    asked = [create_app(settings).test_client().get("/api/v1/push-key").get_json()["key"] for _ in range(2)]
    assert asked == [public_key(tmp_path / "instance" / "web_push_key.pem")] * 2
    assert len(asked[0]) == 87


WEB = {"apiKey": "AIza", "appId": "1:2:web:3", "messagingSenderId": "2", "projectId": "sheets", "vapidKey": "BNc"}
GOOGLE = "connect-src 'self' https://firebaseinstallations.googleapis.com https://fcmregistrations.googleapis.com"


@pytest.mark.parametrize(("channels", "speaks"), [("inbox,fcm", True), ("inbox", False)])
def test_a_phone_hears_of_firebase_only_where_the_installation_sends_by_it(
    tmp_path: Path, channels: str, speaks: bool
) -> None:
    for name, content in (("web.json", {**WEB, "authDomain": "kept here"}), ("account.json", {})):
        (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
    settings = Settings.from_env(
        {
            "DATABASE_URL": f"sqlite:///{tmp_path}/nowhere.db",
            "NIGHTSHEET_SECRET_KEY": "k" * 48,
            "NIGHTSHEET_CHANNELS": channels,
            "NIGHTSHEET_FIREBASE_CREDENTIALS": str(tmp_path / "account.json"),
            "NIGHTSHEET_FIREBASE_WEB_CONFIG": str(tmp_path / "web.json"),
        }
    )
    answer = create_app(settings).test_client().get("/api/v1/push-key")
    told = {"api_key": "AIza", "app_id": "1:2:web:3", "project_id": "sheets", "sender_id": "2", "vapid_key": "BNc"}
    assert answer.json is not None
    assert answer.json["firebase"] == (told if speaks else None)
    assert (GOOGLE in answer.headers["Content-Security-Policy"]) is speaks


@pytest.mark.parametrize("content", ["{", "[]", json.dumps({**WEB, "vapidKey": ""})])
def test_a_web_configuration_that_is_not_whole_stops_start_up(tmp_path: Path, content: str) -> None:
    (tmp_path / "web.json").write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match="NIGHTSHEET_FIREBASE_WEB_CONFIG"):
        Settings.from_env({"NIGHTSHEET_FIREBASE_WEB_CONFIG": str(tmp_path / "web.json")})


def test_a_reminders_link_leads_to_the_client_which_alone_knows_who_is_signed_in(app: Flask) -> None:
    message = "0193f2a0-0000-7000-8000-000000000001"
    answer = app.test_client().get(f"/reminders/{message}")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/#/reminders/{message}")
    assert app.test_client().get("/reminders/no-id").status_code == 404
