"""Every environment variable stands in docs/configuration.md, and a bad value stops start-up by name."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
from pathlib import Path

import pytest

from backend.channel_settings import NEEDS
from backend.clock import FrozenClock
from backend.settings import VARIABLES, Settings, SettingsError, instance_secret_key
from notifications.channels import build_channels

MANUAL = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
KEY = "k" * 32


@pytest.mark.parametrize("variable", VARIABLES, ids=lambda variable: variable.name)
def test_each_variable_stands_in_the_manual_with_its_line(variable) -> None:  # type: ignore[no-untyped-def]
    assert f"| `{variable.name}` |" in MANUAL
    assert variable.says in MANUAL


def test_the_manual_names_no_variable_that_does_not_exist() -> None:
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", MANUAL, re.MULTILINE)) == {variable.name for variable in VARIABLES}


def test_each_field_is_filled_by_exactly_one_variable() -> None:
    filled = [variable.field for variable in VARIABLES]
    assert sorted(filled) == sorted(field.name for field in dataclasses.fields(Settings))


def test_nothing_set_is_a_demonstration_on_this_machine() -> None:
    settings = Settings.from_env({})
    assert settings.database_url == "sqlite:///instance/nightsheet.db"
    assert (settings.public_url, settings.channels) == ("http://127.0.0.1:8000", ("console", "inbox"))


def test_there_is_no_default_for_the_secret_key() -> None:
    with pytest.raises(SettingsError, match="NIGHTSHEET_SECRET_KEY is not set"):
        Settings.from_env({}).required_secret_key()
    assert Settings.from_env({"NIGHTSHEET_SECRET_KEY": KEY}).required_secret_key() == KEY


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_always_reached_by_psycopg(scheme: str) -> None:
    settings = Settings.from_env({"DATABASE_URL": f"{scheme}://me:pw@db/nights"})
    assert settings.database_url == "postgresql+psycopg://me:pw@db/nights"


def test_a_tls_certificate_makes_the_own_address_https(tmp_path: Path) -> None:
    (tmp_path / "x.pem").touch()
    pem = str(tmp_path / "x.pem")
    assert Settings.from_env({"NIGHTSHEET_TLS_CERT": pem, "NIGHTSHEET_TLS_KEY": pem}).public_url.startswith("https://")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("DATABASE_URL", "mysql://me@db/nights"),
        ("DATABASE_URL", "nights.db"),
        ("NIGHTSHEET_PORT", "0"),
        ("NIGHTSHEET_PORT", "65536"),
        ("NIGHTSHEET_PORT", "８000"),
        ("NIGHTSHEET_WORKERS", "two"),
        ("NIGHTSHEET_THREADS", "0"),
        ("NIGHTSHEET_TRUSTED_PROXIES", "-1"),
        ("NIGHTSHEET_PUBLIC_URL", "school.example"),
        ("NIGHTSHEET_PUBLIC_URL", "ftp://school.example"),
        ("NIGHTSHEET_TLS_CERT", "/no/such/file"),
        ("NIGHTSHEET_SECRET_KEY", "short"),
        ("NIGHTSHEET_CHANNELS", "pigeon"),
        ("NIGHTSHEET_CHANNELS", "fcm"),
        ("NIGHTSHEET_FIREBASE_CREDENTIALS", "/no/such/file"),
        ("NIGHTSHEET_WEB_PUSH_KEY", "/no/such/file"),
        ("NIGHTSHEET_WEB_PUSH_CONTACT", "it@school.example"),
        ("NIGHTSHEET_SMTP_PORT", "0"),
        ("NIGHTSHEET_SMTP_SECURITY", "ssl"),
        ("NIGHTSHEET_MAIL_FROM", "Nightsheet <n@school.example>"),
        ("NIGHTSHEET_MAIL_FROM", "nobody"),
        ("NIGHTSHEET_SMS_URL", "http://sms.example/send"),
        ("NIGHTSHEET_SMS_SECRET", "short"),
        ("NIGHTSHEET_WECOM_AGENT_ID", "app"),
        ("NIGHTSHEET_GROUP_BOTS", "/no/such/file"),
        ("NIGHTSHEET_APPRISE_URL", "bark://host/{address}"),
        ("NIGHTSHEET_APPRISE_URL", "wxpusher://AT_token/UID_1"),
    ],
)
def test_a_bad_value_stops_start_up_by_name(name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_env({name: text})


def test_a_certificate_without_its_key_is_refused() -> None:
    with pytest.raises(SettingsError, match="belong together"):
        Settings.from_env({"NIGHTSHEET_TLS_CERT": __file__})


@pytest.mark.parametrize(("channel", "variable"), [(c, v) for c, needs in NEEDS.items() for v in needs])
def test_a_channel_without_what_it_needs_stops_start_up_by_both_names(
    tmp_path: Path, channel: str, variable: str
) -> None:
    (tmp_path / "groups.json").write_text(json.dumps({"staff": {"channel": channel, "url": "https://x.example"}}))
    (tmp_path / "account.json").touch()
    whole = {
        "NIGHTSHEET_CHANNELS": channel,
        "NIGHTSHEET_FIREBASE_CREDENTIALS": str(tmp_path / "account.json"),
        "NIGHTSHEET_SMTP_HOST": "mail.school.example",
        "NIGHTSHEET_MAIL_FROM": "n@school.example",
        "NIGHTSHEET_SECRET_KEY": KEY,
        "NIGHTSHEET_SMS_URL": "https://sms.example/send",
        "NIGHTSHEET_SMS_SECRET": "x" * 16,
        "NIGHTSHEET_WECOM_CORP_ID": "ww1",
        "NIGHTSHEET_WECOM_AGENT_ID": "1000002",
        "NIGHTSHEET_WECOM_SECRET": "x" * 16,
        "NIGHTSHEET_GROUP_BOTS": str(tmp_path / "groups.json") if channel.endswith("_bot") else "",
        "NIGHTSHEET_APPRISE_URL": "wxpusher://AT_token/{address}",
    }
    complete = Settings.from_env(whole)
    for made in build_channels(complete, FrozenClock(dt.datetime(2026, 11, 17, tzinfo=dt.UTC))):
        assert made.name == channel
        made.close()
    with pytest.raises(SettingsError, match=rf"(?s)(?=.*{variable})"):
        build_channels(Settings.from_env(whole | {variable: ""}), FrozenClock(dt.datetime(2026, 11, 17, tzinfo=dt.UTC)))


def test_mail_goes_unprotected_to_this_machine_only() -> None:
    mail = {"NIGHTSHEET_CHANNELS": "email", "NIGHTSHEET_MAIL_FROM": "n@school.example"}
    open_mail = mail | {"NIGHTSHEET_SMTP_SECURITY": "none"}
    assert Settings.from_env(open_mail | {"NIGHTSHEET_SMTP_HOST": "127.0.0.1"}).smtp_security == "none"
    with pytest.raises(SettingsError, match="NIGHTSHEET_SMTP_SECURITY"):
        Settings.from_env(open_mail | {"NIGHTSHEET_SMTP_HOST": "mail.school.example"})


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        "{",
        "{}",
        '{"staff": 1}',
        '{"staff": {"channel": "sms", "url": "https://x.example"}}',
        '{"staff": {"channel": "wecom_bot", "url": "http://x.example"}}',
    ],
)
def test_a_file_of_groups_that_names_none_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "groups.json").write_text(content)
    with pytest.raises(SettingsError, match="NIGHTSHEET_GROUP_BOTS"):
        Settings.from_env({"NIGHTSHEET_GROUP_BOTS": str(tmp_path / "groups.json")})


def test_a_bot_that_no_group_has_is_refused(tmp_path: Path) -> None:
    (tmp_path / "groups.json").write_text('{"staff": {"channel": "wecom_bot", "url": "https://x.example"}}')
    env = {"NIGHTSHEET_CHANNELS": "feishu_bot", "NIGHTSHEET_GROUP_BOTS": str(tmp_path / "groups.json")}
    with pytest.raises(SettingsError, match="no group in NIGHTSHEET_GROUP_BOTS"):
        Settings.from_env(env)


def test_no_channels_secret_shows_in_a_repr(tmp_path: Path) -> None:
    bot = '{"staff": {"channel": "wecom_bot", "url": "https://x.example/hunter2", "secret": "hunter2"}}'
    (tmp_path / "groups.json").write_text(bot)
    secrets = ("NIGHTSHEET_SMTP_PASSWORD", "NIGHTSHEET_SMS_SECRET", "NIGHTSHEET_WECOM_SECRET")
    env = dict.fromkeys(secrets, "hunter2hunter2hunter2") | {"NIGHTSHEET_GROUP_BOTS": str(tmp_path / "groups.json")}
    env["NIGHTSHEET_APPRISE_URL"] = "wxpusher://AT_hunter2/{address}"
    assert "hunter2" not in repr(Settings.from_env(env))
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({"NIGHTSHEET_APPRISE_URL": "bark://hunter2/{address}"})
    assert "hunter2" not in str(refused.value)


def test_no_secret_shows_in_an_error_or_a_repr() -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({"DATABASE_URL": "mysql://me:hunter2@db/nights"})
    shown = repr(Settings.from_env({"DATABASE_URL": "postgresql://me:hunter2@db/n", "NIGHTSHEET_SECRET_KEY": KEY}))
    assert "hunter2" not in str(refused.value) + shown
    assert KEY not in shown


def test_the_demonstrations_own_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    key = instance_secret_key(tmp_path / "instance")
    assert instance_secret_key(tmp_path / "instance") == key
    assert Settings.from_env({"NIGHTSHEET_SECRET_KEY": key}).required_secret_key() == key
    assert (tmp_path / "instance" / "secret_key").stat().st_mode & 0o777 == 0o600
