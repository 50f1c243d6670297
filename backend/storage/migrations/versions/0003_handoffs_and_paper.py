"""What a homeroom teacher hands on to a subject teacher; whether the paper of a night was signed.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

from backend.storage.base import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; notes of before were not typed in from signed paper."""
    op.add_column("notes", sa.Column("signed_on_paper", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "handoffs",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("class_id", sa.Uuid(), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("to_person_id", sa.Uuid(), nullable=False),
        sa.Column("from_person_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.String(length=300), nullable=False),
        sa.Column("tier", sa.String(length=24), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("median_minutes", sa.Integer(), nullable=False),
        sa.Column("estimated_minutes", sa.Integer(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id", "class_id"],
            ["classes.school_id", "classes.id"],
            name=op.f("fk_handoffs_school_id_class_id_classes"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "assignment_id"],
            ["assignments.school_id", "assignments.id"],
            name=op.f("fk_handoffs_school_id_assignment_id_assignments"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_handoffs_school_id_schools"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("pk_handoffs")),
        sa.UniqueConstraint(
            "school_id",
            "assignment_id",
            "night",
            "to_person_id",
            name=op.f("uq_handoffs_school_id_assignment_id_night_to_person_id"),
        ),
    )
    op.create_index("ix_handoffs_to", "handoffs", ["school_id", "to_person_id", "sent_at"])


def downgrade() -> None:
    """Forget both."""
    op.drop_table("handoffs")
    op.drop_column("notes", "signed_on_paper")
