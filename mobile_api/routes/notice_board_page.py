"""The notice board as pages to read and print, in Chinese or English: for the school's gate and its web site.

A night of all classes, a week of one, a month of what was published, and a poster with the board's QR code. Public,
cacheable, no script, nothing loaded from elsewhere.
"""

import datetime as dt
import uuid
from functools import partial

import segno
from flask import Blueprint, Response, request
from markupsafe import Markup

from backend.domain.errors import FieldProblem, Invalid
from backend.domain.night import days_after
from backend.services.planning import notice_board as boards
from mobile_api.auth import clock, public, settings
from mobile_api.routes.landing import locale, page
from mobile_api.routes.notice_board import cacheable
from mobile_api.schemas.notice_board import NoticeQuerySchema
from mobile_api.transaction import session
from mobile_api.wording import word

blp = Blueprint("notice_board_page", __name__)
blp.outside_api = True  # type: ignore[attr-defined]

PAPERS = frozenset({"A4", "A3"})


@blp.get("/notice-board/<string:school_slug>")
@public
def notice_board_page(school_slug: str) -> Response:
    """One night of a school: on one A4 when printed, or with ``?paper=A3`` on one A3."""
    board = boards.get_notice_board(session(), slug=school_slug, night=_day_asked(), now=clock().now())
    return _page("notice_board.html", school_slug, board=board, paper=_paper())


@blp.get("/notice-board/<string:school_slug>/classes/<uuid:class_id>")
@public
def class_week_page(school_slug: str, class_id: uuid.UUID) -> Response:
    """A week of one class."""
    week = boards.get_class_week(session(), slug=school_slug, class_id=class_id, day=_day_asked(), now=clock().now())
    return _page("notice_week.html", school_slug, week=week)


@blp.get("/notice-board/<string:school_slug>/archive")
@public
def archive_page(school_slug: str) -> Response:
    """A month: on which days how many classes published."""
    archive = boards.get_archive(session(), slug=school_slug, day=_day_asked(), now=clock().now())
    return _page("notice_archive.html", school_slug, archive=archive)


@blp.get("/notice-board/<string:school_slug>/poster")
@public
def poster_page(school_slug: str) -> Response:
    """The board's address as a QR code, for the school's gate."""
    school = boards.find_school(session(), school_slug)
    address = f"{settings().public_url.rstrip('/')}/notice-board/{school.slug}"
    picture = Markup(segno.make(address, error="m").svg_inline(border=2, omitsize=True))  # noqa: S704 - drawn here
    return _page("notice_poster.html", school_slug, school=school, address=address, picture=picture)


def _page(template: str, slug: str, **values: object) -> Response:
    here = f"/notice-board/{slug}"
    return cacheable(page(template, here=here, day=partial(day_words, name=locale()), moved=_moved, **values))


def day_words(day: dt.date, name: str) -> str:
    """A date as people say it: 11月23日 周一, Mon 23 Nov."""
    months, weekdays = word("notice_board.months", name).split(), word("notice_board.weekdays", name).split()
    said = {"month": months[day.month - 1], "day": day.day, "weekday": weekdays[day.weekday()]}
    return word("notice_board.day", name).format(**said)


def _moved(day: dt.date, days: int) -> str:
    return days_after(day, days).isoformat()


def _paper() -> str:
    asked = request.args.get("paper", "A4")
    return asked if asked in PAPERS else "A4"


def _day_asked() -> dt.date | None:
    asked = {"date": request.args["date"]} if request.args.get("date") else {}
    problems = NoticeQuerySchema().validate(asked)
    if problems:
        raise Invalid("not a date", fields=[FieldProblem("date", "date_unreadable")])
    day: dt.date | None = NoticeQuerySchema().load(asked)["night"]
    return day
