"""The fourth revision forgets figures frozen by the old rule, and keeps every sheet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import command

from backend.domain.load import CapScope
from backend.domain.sheet import SheetState
from backend.storage import schema
from backend.storage.models import FrozenFigure, NightSheet
from tests.cast import START, TONIGHT, Cast


def test_sheets_stay_and_figures_of_the_old_rule_go(engine: sa.Engine, database_url: str, cast: Cast) -> None:
    key = {"school_id": cast.shiyan.id, "class_id": cast.class_31.id}
    sheet = {"student_id": cast.ada.id, "night": TONIGHT, "change_counter": 1, "state": SheetState.submitted}
    more = {"opened_at": START, "changed_at": START, "cap_scope": CapScope.all}
    frozen = {"until": TONIGHT, "since": TONIGHT, "frozen_at": START, "figures": {"minutes": [40]}}
    with engine.begin() as connection:
        connection.execute(sa.insert(NightSheet), key | sheet | more)
        connection.execute(sa.insert(FrozenFigure), key | frozen)
    with engine.connect() as connection, schema._without_foreign_keys(connection):
        command.downgrade(schema._config(connection), "0003")
    engine.dispose()
    schema.upgrade(database_url)
    with engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(NightSheet)) == 1
        assert connection.scalar(sa.select(sa.func.count()).select_from(FrozenFigure)) == 0
