"""An example of every operation's request and answer: one JSON file a noun, keyed by verb and path below ``/api/v1``.

Recorded from one evening of the tests' cast by ``python -m tests.api.example_evening``; ``tests/api/test_examples.py``
sends each request again and holds each answer against its schema. What a field means is said by the schemas, not here.
"""

import copy
import json
from functools import cache
from importlib.resources import files
from typing import Any

Document = dict[str, Any]
PREFIX = "/api/v1"
VERBS = ("get", "put", "post", "patch", "delete")


@cache
def examples() -> dict[str, Document]:
    """``{request?, response?}`` by operation, such as ``PUT /me/password``."""
    found: dict[str, Document] = {}
    for file in sorted(files(__name__).iterdir(), key=lambda each: each.name):
        if file.name.endswith(".json"):
            found |= json.loads(file.read_text(encoding="utf-8"))
    return found


def operation_name(verb: str, path: str) -> str:
    """How an operation is called in the files: ``GET /me``."""
    return f"{verb.upper()} {path.removeprefix(PREFIX)}"


def with_examples(document: Document) -> Document:
    """A copy of an OpenAPI document in which each operation's body and 2xx answer carry their example."""
    made = copy.deepcopy(document)
    for path, item in made["paths"].items():
        for verb in VERBS:
            if verb in item:
                _put_into(item[verb], examples().get(operation_name(verb, path), {}))
    return made


def _put_into(operation: Document, example: Document) -> None:
    if "request" in example:
        for content in operation.get("requestBody", {}).get("content", {}).values():
            content["example"] = example["request"]
    if "response" in example:
        for status, answer in operation["responses"].items():
            for content in answer.get("content", {}).values() if status.startswith("2") else ():
                content["example"] = example["response"]
