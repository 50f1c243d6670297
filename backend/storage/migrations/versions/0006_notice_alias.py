"""What stands on the notice board for a member of staff.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A further column: nobody has an alias yet."""
    op.add_column("people", sa.Column("notice_alias", sa.String(length=20), nullable=True))


def downgrade() -> None:
    """Forget the aliases."""
    op.drop_column("people", "notice_alias")
