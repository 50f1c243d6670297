"""The notice board as a page to read and print, in Chinese or English: for the school's gate and its web site."""

import datetime as dt

from flask import Blueprint, Response, request

from backend.domain.errors import FieldProblem, Invalid
from backend.services.notice_board import get_notice_board
from mobile_api.auth import clock, public
from mobile_api.routes.landing import page
from mobile_api.routes.notice_board import cacheable
from mobile_api.schemas.notice_board import NoticeQuerySchema
from mobile_api.transaction import session

blp = Blueprint("notice_board_page", __name__)
blp.outside_api = True  # type: ignore[attr-defined]


@blp.get("/notice-board/<string:school_slug>")
@public
def notice_board_page(school_slug: str) -> Response:
    """One night of a school on paper: A4 when printed, dark at night, no script and nothing loaded from elsewhere."""
    night = _night()
    board = get_notice_board(session(), slug=school_slug, night=night, now=clock().now())
    return cacheable(page("notice_board.html", board=board))


def _night() -> dt.date | None:
    asked = {"date": request.args["date"]} if request.args.get("date") else {}
    problems = NoticeQuerySchema().validate(asked)
    if problems:
        raise Invalid("not a date", fields=[FieldProblem("date", "date_unreadable")])
    night: dt.date | None = NoticeQuerySchema().load(asked)["night"]
    return night
