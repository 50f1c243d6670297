"""The web process's composition root: settings in, a Flask application out. Nothing happens at import."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Flask, Response, abort, g, request

from backend.clock import Clock, SystemClock
from backend.settings import Settings
from mobile_api import auth, figure_answers, problems, transaction, worker_watch
from mobile_api.openapi import NightsheetApi
from mobile_api.routes import blueprints
from mobile_api.routes.push_key import firebase_of

LARGEST_BODY = 1024 * 1024
LARGEST_UPLOAD = 12 * 1024 * 1024


class Application(Flask):
    """Flask that takes every function as it is: none here is asynchronous, and looking took a share of each request."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself."""
        return func


def create_app(settings: Settings, *, clock: Clock | None = None) -> Flask:
    """The application for these settings. ``clock`` is given by tests and by the demonstration evening only."""
    app = Application("mobile_api", static_folder=None)
    app.config.from_mapping(
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        NIGHTSHEET_THREADS=settings.threads,
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        PROPAGATE_EXCEPTIONS=False,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions["nightsheet.settings"] = settings
    app.extensions["nightsheet.clock"] = clock or SystemClock()
    app.before_request(check_path)
    app.before_request(check_body)
    worker_watch.install(app, app.extensions["nightsheet.clock"])
    transaction.install(app)
    auth.install(app)
    figure_answers.install(app)
    register(app)
    problems.install(app)
    app.after_request(partial(secure, policy=POLICY + GOOGLE if firebase_of(settings) else POLICY))
    return app


def register(app: Flask) -> None:
    """Every noun's routes: under ``/api/v1`` where they belong to the API, beside it where they do not."""
    api = NightsheetApi(app)
    for blueprint in blueprints():
        if getattr(blueprint, "outside_api", False):
            app.register_blueprint(blueprint)
        else:
            api.register_blueprint(blueprint)
    for endpoint in list(app.view_functions):
        if endpoint.startswith("api-docs."):
            # A bound method takes no attribute; a partial of it does.
            app.view_functions[endpoint] = auth.public(partial(app.view_functions[endpoint]))


def check_path() -> None:
    """No name holds a NUL: PostgreSQL would call it an error where SQLite merely finds nothing."""
    if "\x00" in request.path:
        abort(404)


def check_body() -> None:
    """Refuse what is not JSON before anything reads it as an empty document; uploads have a larger limit."""
    if request.path.endswith("/roster-imports"):
        request.max_content_length = LARGEST_UPLOAD
        return
    if request.path.startswith("/unsubscribe/"):
        return  # a mail program posts a form, and nobody reads it
    if request.method in {"POST", "PUT", "PATCH", "DELETE"} and request.content_length and not request.is_json:
        from werkzeug.exceptions import UnsupportedMediaType

        raise UnsupportedMediaType


POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
#: Where a phone registers with Firebase; allowed only where the installation sends by it.
GOOGLE = "; connect-src 'self' https://firebaseinstallations.googleapis.com https://fcmregistrations.googleapis.com"
#: The sign-in screen reads a slip's code with the camera; nothing here has a use for the rest.
PERMISSIONS = "camera=(self), microphone=(), geolocation=(), payment=(), usb=()"
#: Whoever came by HTTPS once comes by it for a year: no café's network can ask for a token in the open.
HTTPS_ONLY = "max-age=31536000"


def secure(response: Response, policy: str = POLICY) -> Response:
    """The headers every answer carries."""
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers.setdefault("Permissions-Policy", PERMISSIONS)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", HTTPS_ONLY)
    if "request_id" in g:
        response.headers["X-Request-Id"] = g.request_id
    return response
