"""People of before the sixth revision stay, and stand on no notice board."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import command

from backend.storage import schema
from backend.storage.models import Person
from tests.cast import Cast


def test_people_of_the_release_before_are_kept_without_an_alias(
    engine: sa.Engine, database_url: str, cast: Cast
) -> None:
    with engine.connect() as connection:
        before = set(connection.scalars(sa.select(Person.id)))
    with engine.connect() as connection, schema._without_foreign_keys(connection):
        command.downgrade(schema._config(connection), "0005")
    engine.dispose()
    schema.upgrade(database_url)
    with engine.connect() as connection:
        kept = connection.execute(sa.select(Person.id, Person.notice_alias)).all()
    assert {person_id for person_id, _ in kept} == before
    assert {alias for _, alias in kept} == {None}
