"""The demonstration school, built once: ninety school nights up to a Friday in November; and two weeks, loaded once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy.orm import Session

from backend.demo.loading import load
from backend.demo.people import Rows
from backend.demo.school import DemoSchool, build
from backend.storage.engine import build_engine
from tests.databases import Databases
from tests.demo import raw_figures

AS_OF = date(2026, 11, 20)


@pytest.fixture(scope="session")
def demo_school() -> DemoSchool:
    """The school on a Friday in November 2026; the nights are made when `demo_rows` asks for them."""
    return build(AS_OF)


@pytest.fixture(scope="session")
def demo_rows(demo_school: DemoSchool) -> Rows:
    """Every row of it. Tests only read."""
    return demo_school.rows()


@pytest.fixture(scope="session")
def fortnight(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """Two weeks of it in a database, added up; loaded once for all that reckon its figures again."""
    url = databases.fresh()
    engine = build_engine(url, pool_size=1)
    load(
        engine,
        as_of=raw_figures.AS_OF,
        now=raw_figures.NOW,
        progress=lambda _done, _all: None,
        instance_folder=tmp_path_factory.mktemp("demonstration"),
        secret_key="the key of this test, at least 32 signs long",
        opened_on=raw_figures.FIRST,
    )
    with Session(engine) as made:
        yield made
    engine.dispose()
    databases.drop(url)
