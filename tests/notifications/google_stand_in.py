"""A stand-in for Google on loopback: the token endpoint and FCM's `messages:send`, faults included.

It answers as the documentation says: the error class of firebase-admin comes only from the `FcmError` detail in the
body. What was posted is kept in `posts`, in the order in which it came.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"


@dataclass(frozen=True)
class Reply:
    """A status, a body and headers."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


def taken(message: dict[str, Any]) -> Reply:
    """The answer to a message that is taken."""
    address = message.get("fid") or message.get("token")
    return Reply(200, {"name": f"projects/demo/messages/{address}"})


def refused(status: int, platform: str, code: str | None = None, *, field_: str | None = None, **headers: str) -> Reply:
    """An error as FCM words it; `field_` is the field that an INVALID_ARGUMENT blames."""
    details: list[dict[str, Any]] = []
    if code:
        details.append({"@type": FCM_ERROR, "errorCode": code})
    if field_:
        details.append({"@type": BAD_REQUEST, "fieldViolations": [{"field": field_, "description": "no"}]})
    body = {"error": {"code": status, "message": platform, "status": platform, "details": details}}
    return Reply(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256  # a chunk opens a hundred connections at once


class Google:
    """The stand-in; `answer` decides about a message, `token_answer` about an access token."""

    def __init__(self) -> None:
        """Start serving on a free port of loopback."""
        self.answer: Callable[[dict[str, Any]], Reply] = taken
        self.token_answer = Reply(200, {"access_token": "token", "expires_in": 3600, "token_type": "Bearer"})
        self.posts: list[dict[str, Any]] = []
        self.lock = threading.Lock()
        google = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.reply(google.token_answer if self.path == "/token" else google.message(json.loads(body)))

            def reply(self, reply: Reply) -> None:
                body = json.dumps(reply.body).encode()
                self.send_response(reply.status)
                for name, value in {**reply.headers, "Content-Type": "application/json"}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Keep quiet."""

        self.server = _Server(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    @property
    def base(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def message(self, posted: dict[str, Any]) -> Reply:
        """Keep a message and answer it."""
        with self.lock:
            self.posts.append(posted["message"])
        return self.answer(posted["message"])

    @property
    def addresses(self) -> list[str]:
        """Where messages were to go, sorted: they are sent side by side."""
        return sorted(post.get("fid") or post["token"] for post in self.posts)

    def certificate(self) -> dict[str, Any]:
        """A service account whose tokens this stand-in gives out; the key is a throw-away."""
        return {
            "type": "service_account",
            "project_id": "demo",
            "private_key_id": "1",
            "private_key": throw_away_key(),
            "client_email": "worker@demo.example",
            "client_id": "1",
            "token_uri": f"{self.base}/token",
        }

    def stop(self) -> None:
        """Stop serving and close the socket."""
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@cache
def throw_away_key() -> str:
    """An RSA key in PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@contextmanager
def google_on_loopback() -> Iterator[Google]:
    """Let firebase-admin take the stand-in for Google; it reads the address once per app, before its first send."""
    from firebase_admin import messaging

    google = Google()
    service = messaging._MessagingService
    assert "fcm.googleapis.com" in service.FCM_URL
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(service, "FCM_URL", google.base + "/v1/projects/{0}/messages:send")
            yield google
    finally:
        google.stop()
