"""Ending e-mail by the link in a letter: GET shows a form and changes nothing, POST ends it at once (RFC 8058).

No sign-in: whoever has the letter may. Neither page says whose letters they are.
"""

from typing import Any

from flask import Blueprint, Response

from backend.domain.errors import NotFound
from backend.services.reminders import unsubscribing
from mobile_api.auth import clock, public, settings, standalone
from mobile_api.routes.landing import page
from mobile_api.transaction import session

blp = Blueprint("unsubscribe_page", __name__)
blp.outside_api = True  # type: ignore[attr-defined]


@blp.get("/unsubscribe/<string:token>")
@standalone
def unsubscribe_form(token: str) -> Response:
    """The form. A mail scanner that opens every link ends nothing by it."""
    try:
        unsubscribing.person_of(settings().required_secret_key(), token)
    except NotFound:
        return _page("unknown")
    return _page("ask", token=token)


@blp.post("/unsubscribe/<string:token>")
@public
def unsubscribe(token: str) -> Response:
    """End the letters; what the body says does not matter, and the same twice is once."""
    key = settings().required_secret_key()
    try:
        unsubscribing.unsubscribe(session(), secret_key=key, token=token, now=clock().now())
    except NotFound:
        return _page("unknown")
    return _page("done")


def _page(step: str, **values: Any) -> Response:
    answer = page("unsubscribe.html", step=step, **values)
    answer.status_code = 404 if step == "unknown" else 200
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
