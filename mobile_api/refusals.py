"""Documenting what a route may refuse: one response a status, naming the stable problem codes.

Only the OpenAPI document is touched; turning errors into answers is `mobile_api.problems`.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

from flask_smorest import Blueprint

from mobile_api.bodies import documents
from mobile_api.openapi import ProblemSchema
from mobile_api.problems import MEDIA_TYPE, status_of

View = TypeVar("View", bound=Callable[..., Any])


def refuses(blp: Blueprint, *codes: str) -> Callable[[View], View]:
    """Document a view's problem codes; ``unauthenticated`` and ``not_found`` go without saying."""
    by_status: dict[int, list[str]] = defaultdict(list)
    for code in ("unauthenticated", "not_found", *codes):
        by_status[status_of(code)].append(code)

    def decorate(view: View) -> View:
        for status, named in sorted(by_status.items()):
            words = ", ".join(f"`{code}`" for code in named)
            refusal = blp.alt_response(status, schema=ProblemSchema, description=words, content_type=MEDIA_TYPE)
            documents(refusal)(view)
        return view

    return decorate
