"""A class tablet is started with a one-time code.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

from backend.storage.base import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two further columns: the tablets that are in use have their sessions already, and no code."""
    op.add_column("tablets", sa.Column("code_hash", sa.LargeBinary(length=32), nullable=True))
    op.add_column("tablets", sa.Column("code_expires_at", UtcDateTime(), nullable=True))
    op.create_index("ix_tablets_code_hash", "tablets", ["code_hash"], unique=True)


def downgrade() -> None:
    """Forget the codes that nobody has used."""
    op.drop_index("ix_tablets_code_hash", table_name="tablets")
    op.drop_column("tablets", "code_expires_at")
    op.drop_column("tablets", "code_hash")
