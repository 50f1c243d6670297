"""What an installation can set from outside: every environment variable once, in `VARIABLES`.

`Settings.from_env` reads a mapping that it is given; nothing here reads the environment by itself and nothing happens
at import. What a school decides (policies, order of channels, texts) is data in the database and does not belong here.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from backend.channel_settings import CHANNEL_VARIABLES, CHANNELS, GroupBot, refuse_half_set_up, web_push_key_file
from backend.variables import SettingsError, Variable, existing_file, number, one_of

__all__ = ["CHANNELS", "SERVERS", "VARIABLES", "Settings", "SettingsError", "Variable", "instance_secret_key"]

#: What a browser needs to register with Firebase, as the Firebase console names it; none of it is secret.
FIREBASE_WEB_KEYS = ("apiKey", "appId", "messagingSenderId", "projectId", "vapidKey")
#: Web servers that `serve` can start; the first is taken unless it cannot be imported.
SERVERS = ("granian", "waitress")
#: Shorter keys could be guessed by trying, which would undo the hash of national student numbers.
SECRET_KEY_LENGTH = 32


def _database(text: str) -> str:
    scheme, separator, rest = text.partition("://")
    if not separator or not rest.strip("/"):
        raise ValueError("write sqlite:///path/to/nightsheet.db or postgresql://user:password@host/database")
    if scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        return f"postgresql+psycopg://{rest}"
    if scheme == "sqlite":
        return text
    raise ValueError("only sqlite:/// and postgresql:// are known")


def _public_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("write the address that phones open, like https://school.example")
    return text.rstrip("/")


def _secret_key(text: str) -> str:
    if len(text) < SECRET_KEY_LENGTH:
        raise ValueError(f"it needs at least {SECRET_KEY_LENGTH} characters; make one with: openssl rand -hex 32")
    return text


def _channels(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    unknown = [name for name in names if name not in CHANNELS]
    if unknown or not names:
        raise ValueError(f"name one or more of {', '.join(CHANNELS)}, with commas between")
    return names


def _firebase_web(text: str) -> dict[str, str]:
    try:
        found = json.loads(existing_file(text).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError):
        raise ValueError("the file is not JSON; copy the web app's configuration from the Firebase console") from None
    held = found if isinstance(found, dict) else {}
    missing = [key for key in FIREBASE_WEB_KEYS if not isinstance(held.get(key), str) or not held[key]]
    if missing:
        raise ValueError(f"the file lacks {', '.join(missing)}; copy them from the Firebase console")
    return {key: held[key] for key in FIREBASE_WEB_KEYS}


VARIABLES: tuple[Variable, ...] = (
    Variable(
        "DATABASE_URL",
        "database_url",
        None,
        "The database: `sqlite:///…` or `postgresql://…`. Unset: `nightsheet.db` in the instance folder.",
        _database,
        secret=True,
    ),
    Variable("NIGHTSHEET_INSTANCE", "instance", Path("instance"), "Folder for what `nightsheet run` makes.", Path),
    Variable("NIGHTSHEET_HOST", "host", "127.0.0.1", "Address on which `serve` listens."),
    Variable("NIGHTSHEET_PORT", "port", 8000, "Port on which `serve` listens.", number(1, 65535)),
    Variable(
        "NIGHTSHEET_PUBLIC_URL",
        "public_url",
        None,
        "The address that phones open; stands in every slip and push. Unset: made from host and port.",
        _public_url,
    ),
    Variable("NIGHTSHEET_TLS_CERT", "tls_cert", None, "Certificate file (PEM), if no proxy ends TLS.", existing_file),
    Variable("NIGHTSHEET_TLS_KEY", "tls_key", None, "Key file (PEM) of that certificate.", existing_file),
    Variable(
        "NIGHTSHEET_SECRET_KEY",
        "secret_key",
        None,
        "Keys the hash of national student numbers. Never change it: numbers would match no more.",
        _secret_key,
        secret=True,
    ),
    Variable(
        "NIGHTSHEET_METRICS_TOKEN",
        "metrics_token",
        None,
        "Bearer token for `/metrics` from elsewhere. Unset: only this machine may read it.",
        secret=True,
    ),
    Variable("NIGHTSHEET_WORKERS", "workers", 1, "Web processes of `serve`.", number(1, 64)),
    Variable("NIGHTSHEET_THREADS", "threads", 8, "Requests that one web process answers at once.", number(1, 256)),
    Variable(
        "NIGHTSHEET_TRUSTED_PROXIES",
        "trusted_proxies",
        0,
        "Reverse proxies in front, whose `X-Forwarded-*` lines are believed.",
        number(0, 5),
    ),
    Variable(
        "NIGHTSHEET_SERVER", "server", "granian", "Web server of `serve`: `granian` or `waitress`.", one_of(*SERVERS)
    ),
    Variable("NIGHTSHEET_CHANNELS", "channels", ("console", "inbox"), "Channels that the worker may use.", _channels),
    Variable(
        "NIGHTSHEET_FIREBASE_CREDENTIALS",
        "firebase_credentials",
        None,
        "Service account file (JSON) of Firebase; needed by the channel `fcm`.",
        existing_file,
    ),
    Variable(
        "NIGHTSHEET_FIREBASE_WEB_CONFIG",
        "firebase_web",
        None,
        "The web app's configuration file (JSON) of Firebase, with `vapidKey`: phones register by it. Not secret.",
        _firebase_web,
    ),
    Variable(
        "NIGHTSHEET_RETENTION_MONTHS",
        "retention_months",
        24,
        "Months for which the worker keeps nights; it removes older ones month by month. `0`: it removes none.",
        number(0, 240),
    ),
    *CHANNEL_VARIABLES,
)


@dataclass(frozen=True)
class Settings:
    """What this installation was started with. Secrets are kept out of its `repr`."""

    database_url: str = field(repr=False)
    instance: Path
    host: str
    port: int
    public_url: str
    tls_cert: Path | None
    tls_key: Path | None
    secret_key: str | None = field(repr=False)
    metrics_token: str | None = field(repr=False)
    workers: int
    threads: int
    trusted_proxies: int
    channels: tuple[str, ...]
    firebase_credentials: Path | None
    firebase_web: Mapping[str, str] | None
    server: str = "granian"
    retention_months: int = 24
    web_push_key_file: Path | None = None
    web_push_contact: str | None = None
    smtp_host: str | None = None
    smtp_port: int = 587
    smtp_security: str = "starttls"
    smtp_user: str | None = None
    smtp_password: str | None = field(default=None, repr=False)
    mail_from: str | None = None
    sms_url: str | None = None
    sms_secret: str | None = field(default=None, repr=False)
    wecom_corp_id: str | None = None
    wecom_agent_id: int | None = None
    wecom_secret: str | None = field(default=None, repr=False)
    group_bots: Mapping[str, GroupBot] | None = None
    apprise_url: str | None = field(default=None, repr=False)
    alarm_url: str | None = field(default=None, repr=False)
    alarm_mail: str | None = None

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Read every variable from `env`; raises SettingsError at the first that cannot be used."""
        values = {variable.field: variable.value_in(env) for variable in VARIABLES}
        _refuse_what_contradicts(values)
        values["database_url"] = values["database_url"] or f"sqlite:///{values['instance'] / 'nightsheet.db'}"
        values["public_url"] = values["public_url"] or _own_address(values)
        return cls(**values)

    def required_secret_key(self) -> str:
        """Return the secret key; raises SettingsError when there is none."""
        if self.secret_key is None:
            raise SettingsError("NIGHTSHEET_SECRET_KEY is not set; make one with: openssl rand -hex 32")
        return self.secret_key

    @property
    def web_push_public_key(self) -> str | None:
        """What browsers subscribe with, made on first use; None where Web Push is off. Raises SettingsError."""
        if "web_push" not in self.channels:
            return None
        from backend.push_keys import make_push_key, public_key

        path = web_push_key_file(self)
        if not path.exists():
            make_push_key(path)
        return public_key(path)


def _refuse_what_contradicts(values: Mapping[str, Any]) -> None:
    if (values["tls_cert"] is None) != (values["tls_key"] is None):
        raise SettingsError("NIGHTSHEET_TLS_CERT and NIGHTSHEET_TLS_KEY belong together; set both or neither")
    refuse_half_set_up(values, {variable.name: variable.field for variable in VARIABLES})


def _own_address(values: Mapping[str, Any]) -> str:
    scheme = "https" if values["tls_cert"] else "http"
    return f"{scheme}://{values['host']}:{values['port']}"


def instance_secret_key(instance: Path) -> str:
    """Return the demonstration's own secret key, made on first use in `instance`, readable by the owner only.

    For `nightsheet run` alone: a school sets NIGHTSHEET_SECRET_KEY and keeps it with its backups.
    """
    path = instance / "secret_key"
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
    return path.read_text(encoding="ascii").strip()
