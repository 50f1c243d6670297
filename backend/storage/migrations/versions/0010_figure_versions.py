"""A version for a school's frozen figures, and changed sheets found by school.

Revision ID: 0010
Revises: 0009
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from backend.storage.base import Document

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


ENDED = ("finished", "stopped_for_sleep", "unfinished")


def _unpack_work() -> None:
    """Work that is kept once with how often (minutes, estimate, how it ended, times), one row each."""
    keys: list[sa.ColumnClause[Any]] = [
        sa.column("school_id", sa.Uuid()),
        sa.column("class_id", sa.Uuid()),
        sa.column("until", sa.Date()),
    ]
    table = sa.table("frozen_figures", *keys, sa.column("figures", Document))
    connection = op.get_bind()
    for *key, figures in connection.execute(sa.select(*keys, table.c.figures)).all():
        work = figures.get("work")
        if isinstance(work, dict):
            fours = [(name, numbers[at : at + 4]) for name, numbers in work.items() for at in range(0, len(numbers), 4)]
            rows = [
                [*name.split("|"), minutes, None if estimate < 0 else estimate, ENDED[ended]]
                for name, (minutes, estimate, ended, times) in fours
                for _ in range(times)
            ]
            where = [column == value for column, value in zip(keys, key, strict=True)]
            connection.execute(sa.update(table).where(*where).values(figures=figures | {"work": rows}))


def upgrade() -> None:
    """What is fixed stays as it is; its version is empty until something of it changes."""
    op.add_column("figure_passes", sa.Column("frozen_version", sa.String(length=32), server_default="", nullable=False))
    op.drop_index("ix_night_sheets_changed", "night_sheets")
    op.create_index("ix_night_sheets_changed", "night_sheets", ["school_id", "changed_at", "class_id", "night"])


def downgrade() -> None:
    """Nothing but speed is lost: what stands is added up anew, what is fixed is written as the release before does."""
    op.execute("DELETE FROM rolled_up_figures")
    _unpack_work()
    op.drop_index("ix_night_sheets_changed", "night_sheets")
    op.create_index("ix_night_sheets_changed", "night_sheets", ["school_id", "class_id", "changed_at"])
    op.drop_column("figure_passes", "frozen_version")
