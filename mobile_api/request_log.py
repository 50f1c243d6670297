"""One line in the log per request: method, route pattern, status, milliseconds, request id.

Never the path itself (it holds a child's id), the query, a header, an address or a body.
"""

import logging
import time

from flask import Flask, Response, g, request

from mobile_api.problems import request_id

log = logging.getLogger("nightsheet.request")
#: Asked every few seconds by those who watch: not worth a line unless something is wrong.
QUIET = frozenset({"/healthz", "/readyz", "/metrics"})


def install(app: Flask) -> None:
    """Log every request of ``app``."""
    app.before_request_funcs.setdefault(None, []).insert(0, begin)
    app.after_request(end)


def begin() -> None:
    """Note when the request came in."""
    g.began_at = time.perf_counter()


def end(response: Response) -> Response:
    """Write the line."""
    route = request.url_rule.rule if request.url_rule else "unknown"
    if route not in QUIET or response.status_code >= 400:
        fields = {
            "method": request.method,
            "route": route,
            "status": response.status_code,
            "ms": round((time.perf_counter() - g.get("began_at", time.perf_counter())) * 1000, 1),
            "request_id": request_id(),
        }
        log.info("request", extra=fields)
    return response
