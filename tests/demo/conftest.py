"""The demonstration school, built once: ninety school nights up to a Friday in November."""

from __future__ import annotations

from datetime import date

import pytest

from backend.demo.people import Rows
from backend.demo.school import DemoSchool, build

AS_OF = date(2026, 11, 20)


@pytest.fixture(scope="session")
def demo_school() -> DemoSchool:
    """The school on a Friday in November 2026; the nights are made when `demo_rows` asks for them."""
    return build(AS_OF)


@pytest.fixture(scope="session")
def demo_rows(demo_school: DemoSchool) -> Rows:
    """Every row of it. Tests only read."""
    return demo_school.rows()
