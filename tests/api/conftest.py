"""The application as phones meet it: over HTTP, signed in by token, with the clock standing still."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from backend.clock import FrozenClock
from backend.settings import Settings
from mobile_api.app import create_app
from mobile_api.transaction import db
from tests.cast import START, Cast, Holder

SECRET_KEY = "a secret key that only the tests know, 48 bytes"
PREFIX = "/api/v1"


class Client:
    """Speaks JSON to the application, as nobody or as one of the cast."""

    def __init__(self, app: Flask, token: str | None = None, headers: dict[str, str] | None = None) -> None:
        self._app = app
        self._client = app.test_client()
        self._headers = dict(headers or {})
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"

    def as_(self, holder: Holder | str | None) -> Client:
        """The same client signed in as one of the cast, or with a token of one's own; None signs out."""
        token = holder.token if isinstance(holder, Holder) else holder
        kept = {name: value for name, value in self._headers.items() if name != "Authorization"}
        return Client(self._app, token, kept)

    def with_headers(self, **headers: str) -> Client:
        """The same client with more headers: `accept_language="en"` becomes Accept-Language."""
        named = {name.replace("_", "-").title(): value for name, value in headers.items()}
        return Client(self._app, None, self._headers | named)

    def raises_nothing(self) -> None:
        """From now on a defect is answered as in production, not raised into the test."""
        self._app.config["RAISE_UNEXPECTED"] = False

    def get(self, path: str, *, headers: dict[str, str] | None = None, **query: Any) -> TestResponse:
        """GET with query parameters."""
        return self._open("GET", path, query_string=query, headers=headers or {})

    def post(self, path: str, json: Any = None, **kwargs: Any) -> TestResponse:
        """POST a JSON document."""
        return self._open("POST", path, json=json, **kwargs)

    def put(self, path: str, json: Any = None, **kwargs: Any) -> TestResponse:
        """PUT a JSON document."""
        return self._open("PUT", path, json=json, **kwargs)

    def patch(self, path: str, json: Any = None, **kwargs: Any) -> TestResponse:
        """PATCH with a JSON document."""
        return self._open("PATCH", path, json=json, **kwargs)

    def delete(self, path: str, json: Any = None, **kwargs: Any) -> TestResponse:
        """DELETE, with a JSON document where there is one."""
        return self._open("DELETE", path, json=json, **kwargs)

    def _open(self, method: str, path: str, *, json: Any = None, **kwargs: Any) -> TestResponse:
        address = path if path.startswith(("/api", "/healthz", "/readyz", "/metrics")) else PREFIX + path
        body = {} if json is None else {"json": json}
        headers = self._headers | kwargs.pop("headers", {})
        return self._client.open(address, method=method, headers=headers, **body, **kwargs)


@pytest.fixture
def clock() -> FrozenClock:
    """A clock standing at the cast's beginning: Tuesday 17 November 2026, 18:30 in Shanghai."""
    return FrozenClock(START)


@pytest.fixture
def settings(database_url: str) -> Settings:
    """The settings of a small school on this test's own database."""
    return Settings.from_env({"DATABASE_URL": database_url, "NIGHTSHEET_SECRET_KEY": SECRET_KEY})


@pytest.fixture
def app(settings: Settings, clock: FrozenClock, cast: Cast) -> Iterator[Flask]:
    """The application over this test's own database, with the cast in it."""
    made = create_app(settings, clock=clock)
    made.testing = True
    yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> Client:
    """A client that is nobody; `client.as_(cast.mother)` is Ada's mother."""
    return Client(app)
