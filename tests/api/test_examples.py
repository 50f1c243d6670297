"""The examples of the API document are true: each request loads and is answered, each answer fits its schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from marshmallow import Schema, fields

from backend.settings import Settings
from mobile_api import transaction
from mobile_api.app import create_app
from mobile_api.examples import PREFIX, examples, operation_name
from tests.api.example_evening import STEPS, evening_on
from tests.databases import Databases

Document = dict[str, Any]
CONVERTERS = ("uuid", "string", "date", "int")


def views() -> dict[str, Any]:
    """What flask-smorest knows of each operation, by its name in the files."""
    app = create_app(Settings.from_env({"NIGHTSHEET_SECRET_KEY": "k" * 40}))
    found = {}
    for rule in (each for each in app.url_map.iter_rules() if str(each).startswith(PREFIX)):
        path = str(rule).replace("<", "{").replace(">", "}")
        for kind in CONVERTERS:
            path = path.replace(f"{{{kind}:", "{")
        for verb in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            found[operation_name(verb, path)] = getattr(app.view_functions[rule.endpoint], "_apidoc", {})
    return found


VIEWS = views()


def schema_of(found: Any) -> Schema | None:
    made = found() if isinstance(found, type) else found
    return made if isinstance(made, Schema) else None


def request_schema(operation: str) -> Schema | None:
    parameters = VIEWS[operation].get("arguments", {}).get("parameters", [])
    return next((schema_of(each["schema"]) for each in parameters if each["in"] == "json"), None)


def answer_schema(operation: str) -> Schema | None:
    answers = VIEWS[operation].get("response", {}).get("responses", {})
    good = [each for status, several in answers.items() if str(status).startswith("2") for each in several]
    return next((schema_of(each["schema"]) for each in good if "schema" in each), None)


@pytest.mark.parametrize("operation", [name for name, example in examples().items() if "request" in example])
def test_a_request_loads_through_its_operations_schema(operation: str) -> None:
    schema = request_schema(operation)
    assert schema is not None
    assert schema.load(examples()[operation]["request"]) is not None


@pytest.mark.parametrize("operation", [name for name, example in examples().items() if "response" in example])
def test_an_answer_fits_its_operations_schema(operation: str) -> None:
    schema = answer_schema(operation)
    body = examples()[operation]["response"]
    if schema is None:
        assert body
    else:
        assert body.keys() <= {field.data_key or name for name, field in schema.fields.items()}
        assert load_as_sent(schema).validate(body) == {}


def load_as_sent(schema: Schema) -> Schema:
    """The schema reading what it writes: fields that are only written are read here too, however deep."""
    schema.load_fields = dict(schema.fields)
    for field in schema.fields.values():
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.Nested):
            load_as_sent(inner.schema)
    return schema


@pytest.fixture(scope="module")
def played(databases: Databases) -> Iterator[dict[str, tuple[int, Any]]]:
    """Every operation asked once with the request of the files: its status and its body."""
    url = databases.fresh(with_cast=True)
    evening, app = evening_on(url)
    yield {name: (answer.status_code, body) for name, answer, body in evening.play(examples())}
    close(app)
    databases.drop(url)


def close(app: Flask) -> None:
    with app.app_context():
        transaction.db.engine.dispose()


def test_every_operation_is_played() -> None:
    assert {operation for operation, _, _ in STEPS} == examples().keys()


@pytest.mark.parametrize("operation", examples())
def test_a_request_is_answered_as_its_example_says(played: dict[str, tuple[int, Any]], operation: str) -> None:
    status, body = played[operation]
    assert status in VIEWS[operation]["response"]["responses"], body
    assert status < 300, body
    assert shape(body) == shape(examples()[operation].get("response"))


def shape(body: Any) -> Any:
    """The names in an answer, without its values: what must not differ from the example."""
    return {name: shape(value) for name, value in sorted(body.items())} if isinstance(body, dict) else type(body) is str
