"""A class's cap resolved in SQL is what the domain resolves in Python, without any child's exception (rule 7)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from backend.domain.policy import PolicyField, Stage, resolve
from backend.services.school.policy_values import values_for
from backend.storage import models
from backend.storage.engine import build_engine, session_factory
from backend.storage.queries.class_caps import class_cap
from tests.cast import TONIGHT, the_cast
from tests.databases import Databases
from tests.notifications.test_latest_lights_out import ELSEWHERE, PLACES

CAST = the_cast()
rows = st.lists(
    st.fixed_dictionaries(
        {
            "level": st.sampled_from(list(PLACES)),
            "here": st.booleans(),
            "value": st.sampled_from([None, 0, 45, 60, 90]),
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


def by_sql(session: Session, class_id: uuid.UUID, night: dt.date) -> int | None:
    cap = class_cap(models.Class, models.School, sa.literal(night, sa.Date))
    source = sa.join(models.Class, models.School, models.School.id == models.Class.school_id)
    return session.scalar(sa.select(cap).select_from(source).where(models.Class.id == class_id))


@settings(max_examples=60)
@given(drawn=rows)
def test_sql_and_the_domain_name_the_same_cap(place: sa.Engine, drawn: list[dict[str, Any]]) -> None:
    with session_factory(place)() as session:
        for row in drawn:
            where = (PLACES if row["here"] else ELSEWHERE)[row["level"]]
            session.execute(
                sa.insert(models.Policy).values(
                    id=uuid.uuid4(),
                    level=row["level"],
                    field=PolicyField.cap_minutes,
                    value={"value": row["value"]},
                    effective_on=TONIGHT - dt.timedelta(days=row["days_ago"]),
                    set_at=dt.datetime(2026, 9, 1, tzinfo=dt.UTC),
                    **where,
                )
            )
        session.flush()
        stored = [
            each for each in session.scalars(sa.select(models.Policy)) if each.district_id in (None, CAST.district.id)
        ]
        values = values_for(stored, stage=Stage.primary, grade=3, class_id=CAST.class_31.id)
        wanted = resolve(values, TONIGHT).cap_minutes
        assert by_sql(session, CAST.class_31.id, TONIGHT) == wanted
        session.rollback()


@pytest.mark.parametrize(("class_", "cap"), [("class_11", 0), ("class_31", 60), ("class_71", 90)])
def test_without_a_policy_the_preset_stands(place: sa.Engine, class_: str, cap: int) -> None:
    with session_factory(place)() as session:
        assert by_sql(session, getattr(CAST, class_).id, TONIGHT) == cap
