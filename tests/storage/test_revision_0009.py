"""The ninth revision adds an index and leaves every policy as it is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import command

from backend.domain.policy import PolicyField, PolicyLevel
from backend.storage import schema
from backend.storage.base import new_id
from backend.storage.models import Policy
from tests.cast import START, TONIGHT, Cast


def test_policies_of_the_release_before_stand_and_are_found_by_their_child(
    engine: sa.Engine, database_url: str, cast: Cast
) -> None:
    row = {"id": new_id(), "level": PolicyLevel.student, "school_id": cast.shiyan.id, "student_id": cast.ada.id}
    row |= {"field": PolicyField.latest_lights_out, "value": {"value": "20:45"}, "effective_on": TONIGHT}
    with engine.begin() as connection:
        connection.execute(sa.insert(Policy), row | {"set_at": START})
    with engine.connect() as connection, schema._without_foreign_keys(connection):
        command.downgrade(schema._config(connection), "0008")
    engine.dispose()
    schema.upgrade(database_url)
    with engine.connect() as connection:
        kept = connection.execute(sa.select(Policy.value).where(Policy.id == row["id"])).scalar_one()
        indexes = {each["name"] for each in sa.inspect(connection).get_indexes("policies")}
    assert kept == {"value": "20:45"}
    assert "ix_policies_student" in indexes
