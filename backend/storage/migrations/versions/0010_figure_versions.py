"""A version for a school's frozen figures, and changed sheets found by school.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What is fixed stays as it is; its version is empty until something of it changes."""
    op.add_column("figure_passes", sa.Column("frozen_version", sa.String(length=32), server_default="", nullable=False))
    op.drop_index("ix_night_sheets_changed", "night_sheets")
    op.create_index("ix_night_sheets_changed", "night_sheets", ["school_id", "changed_at", "class_id", "night"])


def downgrade() -> None:
    """Nothing but speed is lost."""
    op.drop_index("ix_night_sheets_changed", "night_sheets")
    op.create_index("ix_night_sheets_changed", "night_sheets", ["school_id", "class_id", "changed_at"])
    op.drop_column("figure_passes", "frozen_version")
