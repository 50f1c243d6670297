"""A child's own exceptions to a policy are found by the child.

Revision ID: 0009
Revises: 0008
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One index: each minute of an evening asks it for every child who has no sheet and a guardian who wants to know."""
    op.create_index("ix_policies_student", "policies", ["school_id", "student_id"])


def downgrade() -> None:
    """Nothing but speed is lost."""
    op.drop_index("ix_policies_student", table_name="policies")
