"""How every process writes its log: one JSON object a line on standard error.

A line carries codes, ids of requests, numbers and route patterns: never a name, a telephone, a token, an address with a
query, or a text that somebody typed. An exception is its kind and where it was raised, never its message.
"""

import logging
import sys
import traceback
from collections.abc import Iterator
from types import TracebackType
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
            structlog.processors.ExceptionRenderer(stack_without_words),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )


def stack_without_words(
    exc_info: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
) -> str:
    """An exception and what caused it as files, lines and kinds, without a word of what they say.

    What an exception says may be what somebody typed: a driver quotes the row that it refuses, names and notes and all.
    """
    return "".join(_told(exc_info[1])) if exc_info[1] is not None else ""


def _told(error: BaseException) -> Iterator[str]:
    """The cause first, as Python does; each chain of causes once."""
    chain: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in chain:
        chain.append(following)
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)
    for each in reversed(chain):
        yield from traceback.StackSummary.extract(traceback.walk_tb(each.__traceback__)).format()
        yield f"{type(each).__module__}.{type(each).__qualname__}{_code_of(each)}\n"


def _code_of(error: BaseException) -> str:
    """What a database or the system calls the error: a word out of a fixed list, or a number."""
    codes = (getattr(error, name, None) for name in ("sqlstate", "sqlite_errorname", "errno"))
    code = next((each for each in codes if each is not None), None)
    return f" ({code})" if code is not None else ""


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
