"""What lets thousands of tests run quickly: work that comes out the same for each of them is done once in a process.

Only what a long-lived process of the product would keep too: no rows, no application, no settings, nothing a test could
find changed by another. Databases are made in `tests.databases`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Iterator, MutableMapping
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.routing.rules import Rule

from backend.storage import engine as engines

Statements = dict[Hashable, Any]


class KeptStatements(MutableMapping[tuple[Any, ...], Any]):
    """SQLAlchemy's cache of compiled statements, for every engine on one kind of database.

    SQLAlchemy's own key begins with the dialect object, of which each engine has one; ours all have the same options.
    """

    def __init__(self, kept: Statements) -> None:
        """Keep in `kept`, which others use too."""
        self._kept = kept

    def __getitem__(self, key: tuple[Any, ...]) -> Any:
        """The compiled statement; raises KeyError."""
        return self._kept[key[1:]]

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        """Keep it for all."""
        self._kept[key[1:]] = compiled

    def __delitem__(self, key: tuple[Any, ...]) -> None:
        """Forget it for all."""
        del self._kept[key[1:]]

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """Keys without their dialect."""
        return iter(self._kept)  # type: ignore[arg-type]

    def __len__(self) -> int:
        """How many there are."""
        return len(self._kept)


def keep_statements(patch: pytest.MonkeyPatch) -> None:
    """Compile each statement once in this process, as a server does that lives for weeks, not once for each test."""
    kept: dict[str, Statements] = {}
    listen = engines.listen

    def and_keep(engine: sa.Engine) -> None:
        listen(engine)
        shared = KeptStatements(kept.setdefault(engine.dialect.name, {}))
        engine.update_execution_options(compiled_cache=shared)

    patch.setattr(engines, "listen", and_keep)


def write_addresses_when_asked(patch: pytest.MonkeyPatch) -> None:
    """Werkzeug compiles two functions a route that build its address. Nearly no test asks for one: compile it then."""
    compile_builder = Rule._compile_builder
    assert list(inspect.signature(compile_builder).parameters) == ["self", "append_unknown"]

    def later(self: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        made: list[Callable[..., tuple[str, str]]] = []

        def build(self: Rule, /, **values: Any) -> tuple[str, str]:
            if not made:
                made.append(compile_builder(self, append_unknown))
            return made[0](self, **values)

        return build

    patch.setattr(Rule, "_compile_builder", later)
