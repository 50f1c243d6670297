"""For those who watch: `/healthz` (the process), `/readyz` (database and schema), `/metrics` (numbers)."""

import hmac
import ipaddress

from flask import Blueprint, Response, jsonify, request
from sqlalchemy.exc import SQLAlchemyError

from backend.domain.errors import NotFound
from backend.services import health
from mobile_api import auth, metrics, transaction

blp = Blueprint("health", __name__)
blp.outside_api = True  # type: ignore[attr-defined]
blp.record_once(lambda state: metrics.install(state.app))


@blp.get("/healthz")
@auth.standalone
def healthz() -> Response:
    """The process answers; nothing else is asked."""
    return jsonify(status="ok")


@blp.get("/readyz")
@auth.standalone
def readyz() -> tuple[Response, int]:
    """Requests can be served: the database answers and has this release's schema."""
    try:
        transaction.begin(writes=False)
        ready = health.is_ready(transaction.session())
    except SQLAlchemyError:
        transaction.session().rollback()
        return jsonify(status="database_unreachable"), 503
    return (jsonify(status="ok"), 200) if ready else (jsonify(status="schema_outdated"), 503)


@blp.get("/metrics")
@auth.public
def metrics_text() -> Response:
    """Prometheus' text, for this machine or for the bearer of NIGHTSHEET_METRICS_TOKEN; else nothing is here."""
    if not may_read_metrics():
        raise NotFound("nothing here")
    pulse = health.take_pulse(transaction.session(), now=auth.clock().now())
    text = metrics.of_app().text(pulse.outbox, pulse.heartbeat_age_seconds, worker_is_dead=pulse.worker_is_dead)
    return Response(text, content_type=metrics.MEDIA_TYPE)


def may_read_metrics() -> bool:
    """Whether the caller shows the token or, when none is set, calls from this machine without a proxy between."""
    token = auth.settings().metrics_token
    if token is not None:
        shown = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        return hmac.compare_digest(shown.encode(), token.encode())
    forwarded = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "Via"))
    return not forwarded and is_loopback(request.remote_addr or "")


def is_loopback(address: str) -> bool:
    """Whether an address is this machine's own."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
