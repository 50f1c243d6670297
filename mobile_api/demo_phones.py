"""The phones of `demo --play`: what each installation holds, and one request over loopback.

Who does what with them is `demo_deeds`.
"""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

PREFIX = "/api/v1"
TIMEOUT_SECONDS = 30
Document = dict[str, Any]


@dataclass(slots=True)
class Records:
    """What one installation holds: entries by subject, sleep and note of each child, with its own revisions."""

    entries: dict[tuple[str, str], Document] = field(default_factory=dict)
    sleeps: dict[str, Document] = field(default_factory=dict)
    assignments: dict[str, Document] = field(default_factory=dict)


@dataclass(slots=True)
class Phone:
    """One signed-in person on one installation. A clock that is fast shows `fast` too much."""

    key: str
    installation_id: str
    records: Records
    fast: timedelta
    token: str = ""
    is_online: bool = True
    queue: list[Document] = field(default_factory=list)


class Loopback:
    """The served application on this machine."""

    def __init__(self, port: int) -> None:
        """Nothing is opened yet."""
        self._port = port

    def call(self, method: str, path: str, phone: Phone | None, body: Document | None = None) -> tuple[int, Document]:
        """One request over a connection of its own; the status and the parsed answer."""
        headers = {"Content-Type": "application/json"}
        if phone is not None:
            headers["Authorization"] = f"Bearer {phone.token}"
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT_SECONDS)
        try:
            payload = None if body is None else json.dumps(body, ensure_ascii=False).encode()
            connection.request(method, PREFIX + path, payload, headers)
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else {}
        finally:
            connection.close()

    def do(self, method: str, path: str, phone: Phone | None, body: Document | None = None) -> Document:
        """A request that cannot fail in a sound program. Raises RuntimeError when it does."""
        status, answer = self.call(method, path, phone, body)
        if status >= 300:
            raise RuntimeError(f"{method} {path}: {status} {answer}")
        return answer
