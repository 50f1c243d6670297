"""The installable client as it was built: `/`, its files, its service worker, its manifest. No database is asked.

The build in `mobile_api/static/app` is committed; what it is built from is `mobile_api/client`. Files are compressed
here, once a process, and not in the build: other compressors write other bytes, and the build must come out the same
everywhere.
"""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

from mobile_api import auth

blp = Blueprint("client", __name__)
blp.outside_api = True  # type: ignore[attr-defined]

BUILD: Traversable = files("mobile_api") / "static" / "app"

#: Their names carry a hash of their content.
FOREVER = "public, max-age=31536000, immutable"
ALWAYS_ASK = "no-cache"
WORTH_COMPRESSING = 1024
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".webmanifest": "application/manifest+json",
    ".html": "text/html",
}


@dataclass(frozen=True)
class Built:
    """One file of the build, in the forms in which it is sent."""

    content: bytes
    packed: bytes | None
    media_type: str
    etag: str


@blp.get("/")
@auth.standalone
def index() -> Response:
    """The client. Its own addresses stand behind the # sign, so this one page answers all of them."""
    return sent("index.html", ALWAYS_ASK)


@blp.get("/reminders/<uuid:message_id>")
@auth.standalone
def reminder(message_id: UUID) -> Any:
    """Where a reminder's link leads: the client opens what it is about, for whoever is signed in there."""
    return redirect(f"/#/reminders/{message_id}")


@blp.get("/sw.js")
@auth.standalone
def service_worker() -> Response:
    """The service worker, at the root, because it may only look after what lies below it."""
    return sent("sw.js", ALWAYS_ASK)


@blp.get("/manifest.webmanifest")
@auth.standalone
def manifest() -> Response:
    """What a phone needs to install the client."""
    return sent("manifest.webmanifest", ALWAYS_ASK)


@blp.get("/app/<path:name>")
@auth.standalone
def file(name: str) -> Response:
    """A file of the build."""
    return sent(name, FOREVER if name.startswith("assets/") else ALWAYS_ASK)


def sent(name: str, cache_control: str) -> Response:
    """The file as this browser takes it; 304 where it has it already."""
    built = find_built(name)
    if built is None:
        raise NotFound
    packed = built.packed if request.accept_encodings["gzip"] > 0 else None
    response = Response(built.content if packed is None else packed, content_type=built.media_type)
    if packed is not None:
        response.headers["Content-Encoding"] = "gzip"
    if built.packed is not None:
        response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = cache_control
    response.set_etag(built.etag + ("-gz" if packed is not None else ""))
    response.make_conditional(request)
    return response


@cache
def find_built(name: str) -> Built | None:
    """The file of that name in the build, read once; None where there is none."""
    safe = safe_join("", name)
    source = BUILD / (safe or "")
    if safe is None or not source.is_file():
        return None
    content = source.read_bytes()
    media_type, is_text = media_type_of(name)
    packed = gzip.compress(content, 9, mtime=0) if is_text and len(content) >= WORTH_COMPRESSING else None
    return Built(content, packed, media_type, hashlib.sha256(content).hexdigest()[:32])


def media_type_of(name: str) -> tuple[str, bool]:
    """The media type of a file, and whether it is text: the machine's own table of types is not asked for ours."""
    ending = name[name.rfind(".") :]
    known = TYPES.get(ending)
    if known is not None:
        return f"{known}; charset=utf-8", True
    return mimetypes.guess_type(name)[0] or "application/octet-stream", ending == ".svg"
