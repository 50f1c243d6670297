"""The two pages the server renders itself: `/about` says what runs here, the explorer shows the API to developers.

What students, guardians and teachers use is the client; notice boards are a route of their own.
"""

from functools import partial
from importlib.resources import files

from flask import Blueprint, Response, render_template, request

from backend.services import health
from backend.services.school import founding
from mobile_api import auth, problems, transaction
from mobile_api.wording import catalogue, word

blp = Blueprint("landing", __name__)
blp.outside_api = True  # type: ignore[attr-defined]

MEDIA_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


@blp.get("/about")
@auth.public
def landing() -> Response:
    """What runs here, and where to go from here."""
    session = transaction.session()
    return page(
        "landing.html",
        schools=founding.schools(session),
        demonstration=health.shows_demonstration(session),
        sign_ins=str(auth.settings().instance / "demonstration.json"),
    )


@blp.get("/api/v1/explorer")
@auth.standalone
def explorer() -> Response:
    """Every operation of the API with schemas, examples and a form to try it."""
    prefix = "explorer."
    words = {key.removeprefix(prefix): text for key, text in catalogue(locale()).items() if key.startswith(prefix)}
    return page("explorer.html", words=words)


@blp.get("/pages.css")
@auth.standalone
def stylesheet() -> Response:
    """The looks of both pages."""
    return asset("static", "pages.css")


@blp.get("/explorer.js")
@auth.standalone
def explorer_script() -> Response:
    """The explorer's script."""
    return asset("static", "explorer.js")


@blp.get("/icon.svg")
@auth.standalone
def icon() -> Response:
    """A folded corner of paper with a moon."""
    return asset("templates", "icon.svg")


def locale() -> str:
    """The language asked for by `?lang=`, else the browser's."""
    asked = request.args.get("lang", "")
    return problems.locale() if asked not in {"zh", "zh-CN", "en"} else "en" if asked == "en" else "zh-CN"


def page(template: str, **values: object) -> Response:
    """A page in the reader's language."""
    name = locale()
    text = render_template(template, say=partial(word, locale=name), locale=name, **values)
    response = Response(text, content_type="text/html; charset=utf-8")
    response.headers["Vary"] = "Accept-Language"
    response.headers["Content-Language"] = name
    return response


def asset(folder: str, name: str) -> Response:
    """A file of this package, kept by the browser until it changes."""
    content = (files("mobile_api") / folder / name).read_bytes()
    response = Response(content, content_type=f"{MEDIA_TYPES[name.rpartition('.')[2]]}; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response
