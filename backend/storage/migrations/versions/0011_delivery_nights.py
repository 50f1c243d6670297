"""What an office is shown of a night's messages, kept when the night is over; messages found by night.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

from backend.storage.base import Document, UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nights that are over are kept by the worker's next hours, the oldest first: nothing is counted here."""
    op.create_table(
        "delivery_nights",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("kept_at", UtcDateTime(), nullable=False),
        sa.Column("codes", Document, nullable=False),
        sa.Column("channels", Document, nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name="fk_delivery_nights_school_id_schools", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("school_id", "night", name="pk_delivery_nights"),
    )
    op.create_index("ix_outbox_night", "outbox", ["school_id", "night"])


def downgrade() -> None:
    """Figures of erased children's messages go; all others are counted anew."""
    op.drop_index("ix_outbox_night", "outbox")
    op.drop_table("delivery_nights")
