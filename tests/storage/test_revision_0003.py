"""Notes of before the third revision stay, and were not typed in from signed paper."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import command

from backend.domain.load import CapScope
from backend.domain.sheet import SheetState
from backend.storage import schema
from backend.storage.models import NightSheet, Note
from tests.cast import START, TONIGHT, Cast


def test_a_note_of_the_release_before_is_kept_and_unsigned(engine: sa.Engine, database_url: str, cast: Cast) -> None:
    key = {"school_id": cast.shiyan.id, "student_id": cast.ada.id, "night": TONIGHT}
    sheet = {"class_id": cast.class_31.id, "change_counter": 1, "state": SheetState.open, "opened_at": START}
    with engine.begin() as connection:
        connection.execute(sa.insert(NightSheet), key | sheet | {"changed_at": START, "cap_scope": CapScope.all})
        note = {"guardian_note": "早睡", "changed_by": cast.mother.id, "changed_at": START, "change_counter": 1}
        connection.execute(sa.insert(Note), key | note)
    with engine.connect() as connection, schema._without_foreign_keys(connection):
        command.downgrade(schema._config(connection), "0002")
    engine.dispose()
    schema.upgrade(database_url)
    with engine.connect() as connection:
        kept = connection.execute(sa.select(Note.guardian_note, Note.signed_on_paper)).all()
    assert [tuple(row) for row in kept] == [("早睡", False)]
