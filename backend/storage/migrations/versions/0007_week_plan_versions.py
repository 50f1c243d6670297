"""Every version of a week plan that was filed.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

from backend.storage.base import Document, UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A new table, begun with the version of every plan that stands."""
    op.create_table(
        "week_plan_versions",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("week_plan_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("items", Document, nullable=False),
        sa.Column("filed_by", sa.Uuid(), nullable=False),
        sa.Column("filed_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "week_plan_id"],
            ["week_plans.school_id", "week_plans.id"],
            name=op.f("fk_week_plan_versions_school_id_week_plan_id_week_plans"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_week_plan_versions_school_id_schools"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("school_id", "week_plan_id", "version", name=op.f("pk_week_plan_versions")),
    )
    op.execute(
        "INSERT INTO week_plan_versions (school_id, week_plan_id,"
        " version, state, items, filed_by, filed_at, decided_by, decided_at, note) "
        "SELECT school_id, id, version, state, items, filed_by, filed_at, decided_by, decided_at, note "
        "FROM week_plans WHERE state <> 'draft'"
    )


def downgrade() -> None:
    """Forget the earlier versions."""
    op.drop_table("week_plan_versions")
