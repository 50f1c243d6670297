"""Every route says who may call it, what it answers and how it fails; nothing sets a cookie."""

import re
from typing import Any

import pytest
from flask import Flask

from backend.settings import Settings
from mobile_api.app import create_app
from mobile_api.auth import Access
from mobile_api.examples import examples
from mobile_api.wording import catalogue

VERBS = ("get", "put", "post", "patch", "delete")


@pytest.fixture(scope="module")
def app() -> Flask:
    """An application that reaches no database."""
    return create_app(Settings.from_env({"NIGHTSHEET_SECRET_KEY": "k" * 40}))


@pytest.fixture(scope="module")
def document(app: Flask) -> dict[str, Any]:
    """The OpenAPI document."""
    answer = app.test_client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    return dict(answer.get_json())


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{verb.upper()} {path}", operation)
        for path, item in document["paths"].items()
        for verb, operation in item.items()
        if verb in VERBS
    ]


def test_every_view_declares_who_may_call_it(app: Flask) -> None:
    undeclared = [
        endpoint
        for endpoint, view in app.view_functions.items()
        if not isinstance(getattr(view, "access", None), Access)
    ]
    assert undeclared == []


def test_only_sign_in_and_what_everybody_may_see_is_public(app: Flask) -> None:
    public = {
        str(rule)
        for rule in app.url_map.iter_rules()
        if str(rule).startswith("/api/") and app.view_functions[rule.endpoint].access.who is None  # type: ignore[attr-defined]
    }
    assert public <= {
        "/api/v1/openapi.json",
        "/api/v1/explorer",
        "/api/v1/auth/claims",
        "/api/v1/auth/sessions",
        "/api/v1/auth/tablets",
        "/api/v1/notice-board/<string:school_slug>",
        "/api/v1/push-key",
    }


def test_the_document_describes_every_route_of_the_api(app: Flask, document: dict[str, Any]) -> None:
    described = {name for name, _ in operations(document)}
    for rule in app.url_map.iter_rules():
        if not str(rule).startswith("/api/v1/") or str(rule) in {"/api/v1/openapi.json", "/api/v1/explorer"}:
            continue
        path = str(rule)
        for kind in ("uuid", "string", "date", "int"):
            path = path.replace(f"<{kind}:", "{")
        path = path.replace(">", "}")
        for verb in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            assert f"{verb} {path}" in described


def test_every_operation_has_a_summary_and_names_its_problems(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        assert operation.get("summary"), name
        answers = operation["responses"]
        assert any(code.startswith("2") for code in answers), name
        assert "default" in answers or any(code.startswith("4") for code in answers), name


def test_every_body_and_every_answer_has_an_example(document: dict[str, Any]) -> None:
    """To add one: `mobile_api/examples/<noun>.json`, and a step in `tests/api/example_evening.py`, then run that."""
    without = []
    for name, operation in operations(document):
        bodies = list(operation.get("requestBody", {}).get("content", {}).values())
        good = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
        bodies += [content for answer in good for content in answer.get("content", {}).values()]
        without += [name for content in bodies if "example" not in content]
    assert without == []


def test_no_example_is_of_an_operation_that_is_gone(document: dict[str, Any]) -> None:
    known = {name.replace("/api/v1", "", 1) for name, _ in operations(document)}
    assert examples().keys() <= known


def test_every_refusal_names_problem_codes_that_exist(document: dict[str, Any]) -> None:
    known = {key.removeprefix("problem.") for key in catalogue("en") if key.startswith("problem.")}
    for name, operation in operations(document):
        named = set()
        for status, answer in operation["responses"].items():
            if status.startswith("4"):
                codes = re.findall(r"`([a-z_]+)`", answer.get("description", ""))
                assert codes, f"{name} does not say why it answers {status}"
                named |= set(codes)
        assert named, name
        assert named <= known, name
        assert "requestBody" not in operation or "invalid" in named, name


def test_problems_are_documented_as_problem_details(document: dict[str, Any]) -> None:
    for name, answer in document["components"]["responses"].items():
        if "content" in answer:
            assert list(answer["content"]) == ["application/problem+json"], name


def test_no_answer_sets_a_cookie(app: Flask) -> None:
    for path in ("/api/v1/openapi.json", "/api/v1/me", "/nowhere", "/healthz"):
        assert "Set-Cookie" not in app.test_client().get(path).headers
