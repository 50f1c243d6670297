"""How every process writes its log: one JSON object a line on standard error.

A line carries codes, ids of requests, numbers and route patterns: never a name, a telephone, a token, an address with a
query, or a text that somebody typed.
"""

import logging
import sys
from typing import Any, TextIO

import structlog

#: Fields that no line may carry, whoever logs them.
FORBIDDEN = frozenset(
    {"token", "authorization", "password", "code", "name", "telephone", "query", "query_string", "body"}
)


def configure_logging(stream: TextIO | None = None, *, level: int = logging.INFO) -> None:
    """Send the standard library's and structlog's lines to ``stream`` (standard error) as JSON."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(json_formatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # One says so each time somebody asks which revision the database has, the other each time a tick begins and ends.
    for chatty in ("alembic", "apscheduler"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared_steps(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def json_formatter() -> logging.Formatter:
    """A formatter for one JSON line; Chinese stays readable."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared_steps(),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )


def shared_steps() -> list[Any]:
    """What happens to every line, ours and the libraries'."""
    return [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        leave_out,
    ]


def leave_out(_logger: object, _method: str, line: Any) -> Any:
    """Replace the values of forbidden fields, so that a slip of ours is not a leak."""
    for name in FORBIDDEN & set(line):
        line[name] = "…"
    return line
