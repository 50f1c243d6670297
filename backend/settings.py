"""What an installation can set from outside: every environment variable once, in `VARIABLES`.

`Settings.from_env` reads a mapping that it is given; nothing here reads the environment by itself and nothing happens
at import. What a school decides (policies, order of channels, texts) is data in the database and does not belong here.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

#: Channels that this release can send through; a school's own order among them is data.
CHANNELS = ("console", "inbox", "fcm")
#: What a browser needs to register with Firebase, as the Firebase console names it; none of it is secret.
FIREBASE_WEB_KEYS = ("apiKey", "appId", "messagingSenderId", "projectId", "vapidKey")
#: Web servers that `serve` can start; the first is taken unless it cannot be imported.
SERVERS = ("granian", "waitress")
#: Shorter keys could be guessed by trying, which would undo the hash of national student numbers.
SECRET_KEY_LENGTH = 32


class SettingsError(Exception):
    """A variable has a value that cannot be used; the message names the variable and the remedy."""


@dataclass(frozen=True)
class Variable:
    """One environment variable: the field it fills, how its text is read, and a line for the manual.

    `read` turns the text into the field's value and raises ValueError with a remedy. A variable that is absent or empty
    has the value `default`. `secret` keeps its value out of error messages.
    """

    name: str
    field: str
    default: Any
    says: str
    read: Callable[[str], Any] = str
    secret: bool = False

    def value_in(self, env: Mapping[str, str]) -> Any:
        """Return the value for the field; raises SettingsError."""
        text = env.get(self.name, "").strip()
        if not text:
            return self.default
        try:
            return self.read(text)
        except ValueError as problem:
            shown = "" if self.secret else f" is {text!r}:"
            raise SettingsError(f"{self.name}{shown} {problem}") from None


def _number(lowest: int, highest: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not lowest <= int(text) <= highest:
            raise ValueError(f"write a whole number from {lowest} to {highest}")
        return int(text)

    return read


def _file(text: str) -> Path:
    path = Path(text).expanduser()
    if not path.is_file():
        raise ValueError("there is no such file; write the path of an existing one")
    return path


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
        found = json.loads(_file(text).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError):
        raise ValueError("the file is not JSON; copy the web app's configuration from the Firebase console") from None
    held = found if isinstance(found, dict) else {}
    missing = [key for key in FIREBASE_WEB_KEYS if not isinstance(held.get(key), str) or not held[key]]
    if missing:
        raise ValueError(f"the file lacks {', '.join(missing)}; copy them from the Firebase console")
    return {key: held[key] for key in FIREBASE_WEB_KEYS}


def _server(text: str) -> str:
    if text not in SERVERS:
        raise ValueError(f"write one of {', '.join(SERVERS)}")
    return text


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
    Variable("NIGHTSHEET_PORT", "port", 8000, "Port on which `serve` listens.", _number(1, 65535)),
    Variable(
        "NIGHTSHEET_PUBLIC_URL",
        "public_url",
        None,
        "The address that phones open; stands in every slip and push. Unset: made from host and port.",
        _public_url,
    ),
    Variable("NIGHTSHEET_TLS_CERT", "tls_cert", None, "Certificate file (PEM), if no proxy ends TLS.", _file),
    Variable("NIGHTSHEET_TLS_KEY", "tls_key", None, "Key file (PEM) of that certificate.", _file),
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
    Variable("NIGHTSHEET_WORKERS", "workers", 1, "Web processes of `serve`.", _number(1, 64)),
    Variable("NIGHTSHEET_THREADS", "threads", 8, "Requests that one web process answers at once.", _number(1, 256)),
    Variable(
        "NIGHTSHEET_TRUSTED_PROXIES",
        "trusted_proxies",
        0,
        "Reverse proxies in front, whose `X-Forwarded-*` lines are believed.",
        _number(0, 5),
    ),
    Variable("NIGHTSHEET_SERVER", "server", "granian", "Web server of `serve`: `granian` or `waitress`.", _server),
    Variable("NIGHTSHEET_CHANNELS", "channels", ("console", "inbox"), "Channels that the worker may use.", _channels),
    Variable(
        "NIGHTSHEET_FIREBASE_CREDENTIALS",
        "firebase_credentials",
        None,
        "Service account file (JSON) of Firebase; needed by the channel `fcm`.",
        _file,
    ),
    Variable(
        "NIGHTSHEET_FIREBASE_WEB_CONFIG",
        "firebase_web",
        None,
        "The web app's configuration file (JSON) of Firebase, with `vapidKey`: phones register by it. Not secret.",
        _firebase_web,
    ),
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


def _refuse_what_contradicts(values: Mapping[str, Any]) -> None:
    if (values["tls_cert"] is None) != (values["tls_key"] is None):
        raise SettingsError("NIGHTSHEET_TLS_CERT and NIGHTSHEET_TLS_KEY belong together; set both or neither")
    if "fcm" in values["channels"] and values["firebase_credentials"] is None:
        raise SettingsError("NIGHTSHEET_CHANNELS names fcm; set NIGHTSHEET_FIREBASE_CREDENTIALS too, or leave fcm out")


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
