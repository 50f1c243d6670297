"""The notice board as JSON: public, cacheable for five minutes, the same bytes to everybody."""

from typing import Any

from flask import Response, json, request
from flask_smorest import Blueprint

from backend.services.planning.notice_board import get_notice_board
from mobile_api.auth import clock, public
from mobile_api.refusals import refuses
from mobile_api.schemas.notice_board import NoticeBoardSchema, NoticeQuerySchema
from mobile_api.transaction import session

blp = Blueprint("notice_board", __name__, url_prefix="/api/v1", description="Homework made public")


@blp.route("/notice-board/<string:school_slug>")
@blp.arguments(NoticeQuerySchema, location="query")
@blp.response(200, NoticeBoardSchema)
@blp.alt_response(304, description="Unchanged since the ETag in If-None-Match")
@refuses(blp, "invalid")
@public
def notice_board(query: dict[str, Any], school_slug: str) -> Response:
    """Homework and minutes of every class on one night, open to all, with no personal data."""
    board = get_notice_board(session(), slug=school_slug, now=clock().now(), **query)
    text = json.dumps(NoticeBoardSchema().dump(board))
    return cacheable(Response(text, mimetype="application/json"))


def cacheable(response: Response) -> Response:
    """Let browsers and proxies keep an answer for five minutes, and ask by ETag afterwards."""
    response.headers["Cache-Control"] = "public, max-age=300"
    response.add_etag()
    response.make_conditional(request)
    return response
