"""Class figures kept added up, frozen figures that know what may be renewed, and what was done about warnings.

What was frozen before does not say which students' work its sums held together, so it cannot be judged by the new
rule of privacy: it is forgotten and frozen anew when next asked for.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

from backend.storage.base import Document, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _belongs(table: str, *, to_class: bool = True) -> list[sa.ForeignKeyConstraint]:
    school = sa.ForeignKeyConstraint(
        ["school_id"], ["schools.id"], name=op.f(f"fk_{table}_school_id_schools"), ondelete="CASCADE"
    )
    if not to_class:
        return [school]
    to = sa.ForeignKeyConstraint(
        ["school_id", "class_id"],
        ["classes.school_id", "classes.id"],
        name=op.f(f"fk_{table}_school_id_class_id_classes"),
        ondelete="CASCADE",
    )
    return [to, school]


def upgrade() -> None:
    """Create the tables, widen the index that knows a class's nights, and add one by the time of change."""
    op.execute("DELETE FROM frozen_figures")
    op.add_column("frozen_figures", sa.Column("cap_minutes", sa.Integer(), nullable=True))
    op.add_column("frozen_figures", sa.Column("amended", sa.Integer(), server_default="0", nullable=False))
    op.add_column("frozen_figures", sa.Column("enrolled", sa.Integer(), server_default="0", nullable=False))
    op.add_column("frozen_figures", sa.Column("minutes", Document, server_default="[]", nullable=False))
    op.add_column("frozen_figures", sa.Column("kept", Document, server_default="{}", nullable=False))
    op.create_table(
        "rolled_up_figures",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("class_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("stamp", sa.String(length=80), nullable=False),
        sa.Column("cap_minutes", sa.Integer(), nullable=True),
        sa.Column("amended", sa.Integer(), nullable=False),
        sa.Column("minutes", Document, nullable=False),
        sa.Column("figures", Document, nullable=False),
        *_belongs("rolled_up_figures"),
        sa.PrimaryKeyConstraint("school_id", "class_id", "until", name=op.f("pk_rolled_up_figures")),
    )
    op.create_table(
        "figure_passes",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("passed_at", UtcDateTime(), nullable=False),
        *_belongs("figure_passes", to_class=False),
        sa.PrimaryKeyConstraint("school_id", name=op.f("pk_figure_passes")),
    )
    op.create_table(
        "warning_actions",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("warning_id", sa.Uuid(), nullable=False),
        sa.Column("class_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=True),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("action", sa.String(length=300), nullable=False),
        sa.Column("closed_by", sa.Uuid(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=False),
        *_belongs("warning_actions"),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("pk_warning_actions")),
        sa.UniqueConstraint("school_id", "warning_id", name=op.f("uq_warning_actions_school_id_warning_id")),
    )
    op.drop_index("ix_night_sheets_class", "night_sheets")
    op.create_index("ix_night_sheets_class", "night_sheets", ["school_id", "class_id", "night", "change_counter"])
    op.create_index("ix_night_sheets_changed", "night_sheets", ["school_id", "class_id", "changed_at"])


def downgrade() -> None:
    """Forget what was added up and what was done; frozen figures of the new kind mean nothing to the old rule."""
    op.execute("DELETE FROM frozen_figures")
    op.drop_index("ix_night_sheets_changed", "night_sheets")
    op.drop_index("ix_night_sheets_class", "night_sheets")
    op.create_index("ix_night_sheets_class", "night_sheets", ["school_id", "class_id", "night"])
    for table in ("warning_actions", "figure_passes", "rolled_up_figures"):
        op.drop_table(table)
    for column in ("kept", "minutes", "enrolled", "amended", "cap_minutes"):
        op.drop_column("frozen_figures", column)
