"""What the documents name exists: links, files, commands and their options, make targets, routes, codes, variables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask

import nightsheet
from backend.domain.errors import all_problem_codes
from backend.services.reminders.reminder_preferences import CODES
from backend.settings import VARIABLES, Settings
from mobile_api.app import create_app
from mobile_api.auth import Who
from mobile_api.problems import status_of
from notifications.rules import ALL

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
API = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
#: Not settings: what the tests, the Makefile and the supervisor hand to themselves.
OTHER_VARIABLES = {"NIGHTSHEET_CI"}
ROOMS = ("backend", "mobile_api", "notifications", "tests", "docs", "bench")
WORDS = {
    "student": Who.STUDENT,
    "guardian": Who.GUARDIAN,
    "staff": Who.STAFF,
    "officer": Who.OFFICER,
    "tablet": Who.TABLET,
}
FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
ROW = re.compile(r"^\| `(GET|PUT|POST|PATCH|DELETE)` \| `(/[^`]*)` \| ([^|]*) \|", re.MULTILINE)


def name_of(document: Path) -> str:
    return str(document.relative_to(ROOT))


def code_of(text: str) -> Iterator[str]:
    """Yield every line of fenced code and every inline code span; a line that ends in a backslash goes on."""
    for block in FENCE.findall(text):
        yield from block.replace("\\\n", " ").splitlines()[1:-1]
    yield from re.findall(r"`([^`\n]+)`", FENCE.sub("", text))


def anchors_of(document: Path) -> set[str]:
    """The fragments that a document's headings make, as GitHub writes them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", document.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def broken_links(document: Path) -> Iterator[str]:
    for target in LINK.findall(FENCE.sub("", document.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, fragment = target.partition("#")
        found = (document.parent / path).resolve() if path else document
        if not found.exists() or (fragment and fragment not in anchors_of(found)):
            yield target


def commands_in(text: str) -> Iterator[str]:
    """Yield what follows each `nightsheet` that is typed as a command, up to the end of that command."""
    for line in code_of(text):
        for rest in re.findall(r"(?<![\w./=@:-])(?<!-u )(?:\.venv/bin/)?nightsheet((?: [^|;&#>`]*)?)", line):
            if rest.strip():
                yield rest.strip()


def why_no_command(rest: str) -> str | None:
    """What is wrong with a command line, or None."""
    found: click.Command = nightsheet.cli
    rest = re.sub(r"^--lang \S+\s*", "", rest)
    for word in rest.split():
        if word.startswith("--"):
            break
        if not isinstance(found, click.Group):
            break
        if not re.fullmatch(r"[a-z][a-z-]*", word):
            return None if word == "…" else f"no word of a command: {word}"
        if word not in found.commands:
            return f"no such command: {word}"
        found = found.commands[word]
    options = {name for each in found.params for name in each.opts} | {"--help"}
    unknown = set(re.findall(r"--[a-z-]+", rest)) - options
    return f"no such option: {sorted(unknown)}" if unknown else None


@pytest.fixture(scope="module")
def app() -> Flask:
    return create_app(Settings.from_env({"NIGHTSHEET_SECRET_KEY": "k" * 40}))


def routes_of(app: Flask) -> dict[tuple[str, str], Who | None]:
    """Every route as docs/api.md writes it: below /api/v1 without it, names of path parameters left out."""
    found = {}
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<[^>]*>", "{}", str(rule)).removeprefix("/api/v1")
        path = path if str(rule).startswith("/api/v1") else f"outside {path}"
        for verb in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            found[verb, path] = app.view_functions[rule.endpoint].access.who  # type: ignore[attr-defined]
    return found


def test_the_checks_know_what_is_wrong() -> None:
    assert why_no_command("roster import FILE --school yucai --dry-run") is None
    assert why_no_command("--lang zh demo --play") is None
    assert why_no_command("roster export FILE") == "no such command: export"
    assert why_no_command("slips 三(1)班 --colour red") == "no such option: ['--colour']"
    assert list(commands_in("`NIGHTSHEET_PORT=8001 nightsheet run` and `User=nightsheet`")) == ["run"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    assert list(broken_links(document)) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_command_and_option_exists(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert {rest: why for rest in commands_in(text) if (why := why_no_command(rest))} == {}


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_make_target_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        name for line in code_of(document.read_text(encoding="utf-8")) for name in re.findall(r"\bmake ([a-z-]+)", line)
    }
    assert named <= targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_file_named_exists(document: Path) -> None:
    spans = re.findall(r"`((?:%s)/[\w./-]+)`" % "|".join(ROOMS), document.read_text(encoding="utf-8"))  # noqa: UP031
    assert [span for span in spans if not (ROOT / span).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_environment_variable_exists(document: Path) -> None:
    named = set(re.findall(r"\bNIGHTSHEET_[A-Z_]+\b", document.read_text(encoding="utf-8")))
    assert named <= {variable.name for variable in VARIABLES} | OTHER_VARIABLES


def test_the_api_manual_has_every_route_and_no_other(app: Flask) -> None:
    below, _, outside = API.partition("## Outside the API")
    written = {(verb, re.sub(r"{[^}]*}", "{}", path)) for verb, path, _ in ROW.findall(below)}
    written |= {(verb, "outside " + re.sub(r"{[^}]*}", "{}", path)) for verb, path, _ in ROW.findall(outside)}
    assert written == set(routes_of(app))


def test_the_api_manual_says_who_may_call_each_route(app: Flask) -> None:
    routes = routes_of(app)
    for verb, path, who in ROW.findall(API.partition("## Outside the API")[0]):
        declared = routes[verb, re.sub(r"{[^}]*}", "{}", path)]
        named = [WORDS[word.strip()] for word in who.split(",")] if who != "everybody" else []
        said = None if not named else Who(0)
        for each in named:
            said = each if said is None else said | each
        assert said == declared, f"{verb} {path}"


def test_the_api_manual_has_every_problem_code_with_its_status() -> None:
    written = {code: int(status) for status, code in re.findall(r"^\| (\d{3}) \| `([a-z_]+)` \|", API, re.MULTILINE)}
    assert set(all_problem_codes()) <= set(written)
    assert {code: status_of(code) for code in all_problem_codes()}.items() <= written.items()


def test_every_reminder_code_of_the_manual_exists_and_every_rule_stands_in_it() -> None:
    manual = (ROOT / "docs" / "reminders.md").read_text(encoding="utf-8")
    table = manual.partition("## The table")[2].partition("\n## ")[0]
    written = set(re.findall(r"^\| `([a-z_]+)`", table, re.MULTILINE))
    assert {rule.code for rule in ALL} <= written <= {code.code for code in CODES}
