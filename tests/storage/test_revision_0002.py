"""A database of the first release keeps its schools, families and times when the second revision comes."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from alembic import command

from backend.domain.policy import SchoolSystem
from backend.domain.reminder_times import DEFAULTS
from backend.storage import schema
from backend.storage.models import Person, ReminderSetting, School
from tests.cast import START, the_cast

OF_0002 = {*DEFAULTS}


def of_0001(model: type[School | ReminderSetting], *more: str) -> sa.TableClause:
    """A table as the first revision has it."""
    table = model.__table__
    assert isinstance(table, sa.Table)
    kept = [sa.column(c.name, c.type) for c in table.c if c.name not in OF_0002 and c.name not in more]
    return sa.table(table.name, *kept)


def test_rows_of_the_release_before_get_the_times_of_before(engine: sa.Engine, database_url: str) -> None:
    school_id, person = uuid.uuid4(), the_cast().mother
    with engine.connect() as connection, schema._without_foreign_keys(connection):
        command.downgrade(schema._config(connection), "0001")
    with engine.begin() as connection:
        school = {"id": school_id, "slug": "old", "name": "Old", "zone": "Asia/Shanghai", "locale": "en"}
        school |= {"system": SchoolSystem.six_three, "created_at": START, "hide_titles": False, "channels": []}
        school |= {"over_cap_mode": "reason", "sleep_short_tolerance_minutes": 30, "is_demonstration": False}
        connection.execute(sa.insert(of_0001(School)), [school])
        who = {"kind": "guardian", "name": "王", "name_key": "王", "locale": "en", "created_at": START}
        connection.execute(sa.insert(Person), [{"school_id": school_id, "id": person.id, **who}])
        wish = {"school_id": school_id, "person_id": person.id, "shows_names": False, "evening_digest": True}
        connection.execute(sa.insert(of_0001(ReminderSetting, "digest_at")), [wish])
    engine.dispose()
    schema.upgrade(database_url)
    with engine.connect() as connection:
        chosen = connection.execute(sa.select(*(getattr(School, name) for name in DEFAULTS))).one()
        assert dict(chosen._mapping) == dict(DEFAULTS)
        # Also as the rules compare it, inside the database.
        due = sa.select(School.id).where(School.publish_estimates_at <= sa.literal(dt.time(15, 30), sa.Time))
        assert connection.scalars(due).all() == [school_id]
        kept = connection.execute(sa.select(ReminderSetting.evening_digest, ReminderSetting.digest_at)).one()
        assert tuple(kept) == (True, None)
