"""The eleventh revision changes no message, and what it keeps of a night is not taken back by going up again."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import command

from backend.storage import schema
from backend.storage.models import DeliveryNight, OutboxRow, OutboxState
from tests.cast import START, TONIGHT, Cast


def test_messages_of_the_release_before_are_found_by_night(engine: sa.Engine, database_url: str, cast: Cast) -> None:
    row = {"school_id": cast.shiyan.id, "id": uuid.uuid4(), "recipient_id": cast.mother.id, "subject_id": cast.ada.id}
    row |= {"code": "cap_reached", "night": TONIGHT, "state": OutboxState.SENT, "params": {}, "created_at": START}
    row |= {"due_at": START, "expires_at": START}
    kept = {"school_id": cast.shiyan.id, "night": TONIGHT, "kept_at": START, "codes": [], "channels": []}
    with engine.begin() as connection:
        connection.execute(sa.insert(OutboxRow), row)
        connection.execute(sa.insert(DeliveryNight), kept)
    with engine.connect() as connection, schema._without_foreign_keys(connection):
        command.downgrade(schema._config(connection), "0010")
        assert "delivery_nights" not in sa.inspect(connection).get_table_names()
        assert connection.scalar(sa.select(sa.func.count()).select_from(OutboxRow)) == 1
    engine.dispose()
    schema.upgrade(database_url)
    with engine.connect() as connection:
        assert connection.execute(sa.select(OutboxRow.code, OutboxRow.night)).all() == [("cap_reached", TONIGHT)]
        assert connection.execute(sa.select(DeliveryNight.night)).all() == []
        assert "ix_outbox_night" in {each["name"] for each in sa.inspect(connection).get_indexes("outbox")}
