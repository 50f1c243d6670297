"""A provider that speaks HTTP: what it answers is a function of what it was asked, and what it was asked is kept."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """What is answered. `held` answers only when the stand-in stops; `dripping` sends a byte now and then."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    held: bool = False
    dripping: bool = False
    cut: bool = False


def says(document: Any, status: int = 200, **headers: str) -> Reply:
    """A JSON answer."""
    return Reply(
        status, json.dumps(document).encode(), {name.replace("_", "-"): each for name, each in headers.items()}
    )


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


class WebProvider:
    """The stand-in; `answer` decides. Requests stand in `asked` in the order in which they came."""

    def __init__(self, answer: Callable[[Asked], Reply]) -> None:
        """Start serving on a free port of loopback."""
        self.answer = answer
        self.asked: list[Asked] = []
        self.ended = threading.Event()
        self.connections = 0
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                provider.connections += 1
                super().setup()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                asked = Asked(self.command, parts.path, query, dict(self.headers), body)
                provider.asked.append(asked)
                self.reply(provider.answer(asked))

            do_GET = do_POST  # noqa: N815 - the library's name

            def reply(self, reply: Reply) -> None:
                if reply.held:
                    provider.ended.wait(20)
                if reply.held or reply.cut:
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(10_000 if reply.dripping else len(reply.body)))
                self.end_headers()
                while reply.dripping and not provider.ended.wait(0.05):
                    self.wfile.write(b" ")
                    self.wfile.flush()
                self.wfile.write(reply.body)

            def log_message(self, format: str, *args: Any) -> None:
                """Keep quiet."""

            def handle(self) -> None:
                with suppress(OSError):  # the channel has hung up, as it may
                    super().handle()

        self.server = _Server(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    @property
    def base(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def stop(self) -> None:
        """Stop serving and close the socket."""
        self.ended.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
