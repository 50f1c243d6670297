"""Latest lights-out resolved in SQL is what the domain resolves in Python (rule 7, policy)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.domain.policy import PolicyField, PolicyLevel, Stage, resolve
from backend.services.school.policy_values import values_for
from backend.storage import models
from backend.storage.engine import build_engine, session_factory
from backend.storage.queries.latest_lights_out import latest_lights_out_of
from tests.cast import TONIGHT, the_cast
from tests.databases import Databases

CAST = the_cast()
#: Each level's place, so that a row says no more than its level.
PLACES: dict[PolicyLevel, dict[str, Any]] = {
    PolicyLevel.district: {"district_id": CAST.district.id},
    PolicyLevel.school: {"school_id": CAST.shiyan.id},
    PolicyLevel.grade: {"school_id": CAST.shiyan.id, "grade": 3},
    PolicyLevel.class_: {"school_id": CAST.shiyan.id, "class_id": CAST.class_31.id},
    PolicyLevel.student: {"school_id": CAST.shiyan.id, "student_id": CAST.ada.id},
}
ELSEWHERE: dict[PolicyLevel, dict[str, Any]] = {
    PolicyLevel.district: {"district_id": CAST.other_district.id},
    PolicyLevel.school: {"school_id": CAST.shiyan.id, "stage": Stage.junior},
    PolicyLevel.grade: {"school_id": CAST.shiyan.id, "grade": 7},
    PolicyLevel.class_: {"school_id": CAST.shiyan.id, "class_id": CAST.class_32.id},
    PolicyLevel.student: {"school_id": CAST.shiyan.id, "student_id": CAST.ben.id},
}
rows = st.lists(
    st.fixed_dictionaries(
        {
            "level": st.sampled_from(list(PLACES)),
            "here": st.booleans(),
            "value": st.sampled_from([None, "20:00", "21:45", "23:10", "00:20"]),
            "days_ago": st.integers(-2, 5),
        }
    ),
    max_size=6,
    unique_by=lambda row: (row["level"], row["here"], row["days_ago"]),
)


@pytest.fixture(scope="module")
def place(databases: Databases) -> Iterator[sa.Engine]:
    """One database for all examples."""
    url = databases.fresh(with_cast=True)
    engine = build_engine(url, pool_size=1)
    yield engine
    engine.dispose()
    databases.drop(url)


@settings(max_examples=100)
@given(rows=rows)
def test_sql_and_python_resolve_alike(place: sa.Engine, rows: list[dict[str, Any]]) -> None:
    with session_factory(place)() as session:
        for row in rows:
            where = (PLACES if row["here"] else ELSEWHERE)[row["level"]]
            session.add(
                models.Policy(
                    id=uuid.uuid4(),
                    level=row["level"],
                    field=PolicyField.latest_lights_out,
                    value={"value": row["value"]},
                    effective_on=TONIGHT - dt.timedelta(days=row["days_ago"]),
                    set_at=dt.datetime(2026, 11, 1, tzinfo=dt.UTC),
                    **where,
                )
            )
        session.flush()
        stored = [
            each for each in session.scalars(sa.select(models.Policy)) if each.district_id in (None, CAST.district.id)
        ]
        values = values_for(stored, stage=Stage.primary, grade=3, class_id=CAST.class_31.id, student_id=CAST.ada.id)
        key = (CAST.shiyan.id, CAST.ada.id)
        expected = resolve(values, TONIGHT).latest_lights_out
        assert latest_lights_out_of(session, [key], TONIGHT).get(key) == expected
        session.rollback()
