"""Answers about figures, given again while nothing they follow from has changed: by ETag, and from memory.

Who may see the figures is asked at every request, and so is their version; only the reading, adding up and writing out
is spared. An answer is the same for everybody who gets that version of it.
"""

import json
import threading
from collections import OrderedDict
from typing import Any

from flask import Flask, Response, current_app, request

from backend.services.figures.answers import Answer

MOST_BYTES = 32 * 1024 * 1024
_NAME = "nightsheet.figure_answers"


class Memory:
    """Bodies by version, those looked at last; what is larger than a quarter of it is not kept."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        """Empty."""
        self._most = most_bytes
        self._size = 0
        self._bodies: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, version: str) -> bytes | None:
        """The body of a version, if it is still there."""
        with self._lock:
            if version in self._bodies:
                self._bodies.move_to_end(version)
            return self._bodies.get(version)

    def put(self, version: str, body: bytes) -> None:
        """Keep a body, and let go of those that nobody has asked for the longest."""
        if len(body) > self._most // 4:
            return
        with self._lock:
            self._size += len(body) - len(self._bodies.pop(version, b""))
            self._bodies[version] = body
            while self._size > self._most:
                self._size -= len(self._bodies.popitem(last=False)[1])


def install(app: Flask) -> None:
    """Give ``app`` its memory."""
    app.extensions[_NAME] = Memory()


def respond(answer: Answer) -> Response:
    """The answer with its ETag, from memory if it was given before; 304 to whoever has it."""
    memory: Memory = current_app.extensions[_NAME]
    version = answer.version()
    if request.if_none_match.contains_weak(version):  # a proxy that packs an answer weakens its ETag
        return _with_version(Response(status=304), version)
    body = memory.get(version)
    if body is None:
        read, settled = answer.settled(version)
        body = written(read.document())
        if settled is None:
            return Response(body, mimetype="application/json")
        version = settled
        memory.put(version, body)
    return _with_version(Response(body, mimetype="application/json"), version)


def written(document: dict[str, Any]) -> bytes:
    """A document as JSON; ids and dates as their text."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=_text).encode()


def _text(value: Any) -> str:
    """A UUID, a date or the value of an enum."""
    return str(getattr(value, "value", value))


def _with_version(response: Response, version: str) -> Response:
    response.set_etag(version)
    response.headers["Cache-Control"] = "private, no-cache"
    return response
