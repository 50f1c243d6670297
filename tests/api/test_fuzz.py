"""Whatever fits the OpenAPI document, or nearly, is answered: never with a 500, and never in a shape it does not name.

Ids in paths are the cast's own, so that requests come past the 404 of an unknown id. The same requests at every run.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok
from schemathesis.core.transport import Response
from schemathesis.generation import GenerationMode

from backend.clock import FrozenClock
from backend.settings import Settings
from mobile_api.app import create_app
from mobile_api.transaction import db
from tests import databases as sources
from tests.api.conftest import SECRET_KEY
from tests.cast import START, SUBJECTS, TONIGHT, Cast, made_id, the_cast

EXAMPLES = 3
ROLES = ("ada", "mother", "homeroom", "office")
#: Hashing a password on purpose takes long: tried by tests of their own.
SLOW = {"/api/v1/auth/sessions", "/api/v1/me/password"}
#: Ends the session with which everything else is asked.
ENDS = {("delete", "/api/v1/auth/sessions/current"), ("delete", "/api/v1/me/sessions/{session_id}")}


@pytest.fixture(scope="module")
def fuzzed(databases: sources.Databases) -> Iterator[Flask]:
    """One application for all requests; what they write stays, as it would at a school."""
    url = databases.fresh(with_cast=True)
    given_settings = Settings.from_env({"DATABASE_URL": url, "NIGHTSHEET_SECRET_KEY": SECRET_KEY})
    app = create_app(given_settings, clock=FrozenClock(START))
    app.testing = True
    app.config["RAISE_UNEXPECTED"] = False
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    databases.drop(url)


def ids_of(cast: Cast) -> dict[str, st.SearchStrategy[Any]]:
    """What stands in each place of a path."""
    nights = [TONIGHT + dt.timedelta(days=days) for days in (-1, 0, 1)]
    return {
        "student_id": st.sampled_from([str(cast.ada.id), str(cast.emil.id)]),
        "guardian_id": st.just(str(cast.mother.id)),
        "class_id": st.just(str(cast.class_31.id)),
        "school_id": st.just(str(cast.shiyan.id)),
        "district_id": st.just(str(cast.district.id)),
        "school_slug": st.just(cast.shiyan.slug),
        "subject": st.sampled_from([code for code, *_ in SUBJECTS]),
        "night": st.sampled_from([night.isoformat() for night in nights]),
        "entry_id": st.sampled_from([str(made_id(f"fuzzed entry {number}")) for number in range(3)]),
    }


def operations(app: Flask) -> list[Any]:
    """Every operation of the document but those left out."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    found = [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]
    return [each for each in found if each.path not in SLOW and (each.method, each.path) not in ENDS]


def ask_everything(app: Flask, role: str, *, examples: int, number: int = 0) -> list[str]:
    """Ask every operation as one of the cast; returns a line for each answer that must not be."""
    cast, wrong = the_cast(), []
    token = "" if role == "nobody" else getattr(cast, role).token
    places = ids_of(cast)
    modes = st.sampled_from([GenerationMode.POSITIVE, GenerationMode.NEGATIVE])

    for operation in operations(app):
        names = [each.name for each in operation.path_parameters]
        known = st.fixed_dictionaries({name: places[name] for name in names if name in places})
        cases = modes.flatmap(partial(strategy_of, operation))

        @seed(number)
        @settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=cases, ids=known)
        def ask(case: Any, ids: dict[str, str]) -> None:
            case.path_parameters = {**case.path_parameters, **ids}
            answer: Response = case.call(headers={"Authorization": f"Bearer {token}"} if token else {})
            wrong.extend(problems_of(case, answer))

        ask()
    return wrong


def strategy_of(operation: Any, mode: GenerationMode) -> st.SearchStrategy[Any]:
    """Requests that fit the document, or such as do not."""
    found: st.SearchStrategy[Any] = operation.as_strategy(generation_mode=mode)
    return found


def problems_of(case: Any, answer: Response) -> list[str]:
    """Why an answer must not be."""
    where = f"{case.method} {case.formatted_path}"
    if answer.status_code >= 500:
        return [f"{where}: {answer.status_code} for {case.query} {case.body!r}"]
    kind = (answer.headers.get("content-type") or [""])[0]
    if answer.status_code >= 400 and not kind.startswith("application/problem+json"):
        return [f"{where}: {answer.status_code} as {kind!r}"]
    return []


@pytest.mark.parametrize("role", ROLES)
def test_no_request_finds_a_defect(fuzzed: Flask, role: str) -> None:
    assert ask_everything(fuzzed, role, examples=EXAMPLES) == []
