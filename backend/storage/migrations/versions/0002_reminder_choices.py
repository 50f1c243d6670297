"""When a school's reminders come, a guardian's evening digest, and nights that a guardian has excused.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

from backend.storage.base import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

#: As it was when this was released; text, because SQLite compares times as text.
CLOCKS = {
    "publish_estimates_at": "15:30:00.000000",
    "confirm_again_at": "07:30:00.000000",
    "sleep_short_at": "09:00:00.000000",
    "streak_at": "09:00:00.000000",
    "class_over_cap_at": "07:30:00.000000",
    "weekly_digest_at": "17:00:00.000000",
}
MINUTES = {"wind_down_before_minutes": "45", "bedtime_passed_after_minutes": "10"}


def upgrade() -> None:
    """Add columns with the defaults of before, so that nothing comes at another time than yesterday."""
    for name, default in CLOCKS.items():
        op.add_column("schools", sa.Column(name, sa.Time(), server_default=default, nullable=False))
    for name, default in MINUTES.items():
        op.add_column("schools", sa.Column(name, sa.Integer(), server_default=default, nullable=False))
    op.add_column("reminder_settings", sa.Column("digest_at", sa.Time(), nullable=True))
    op.create_table(
        "absences",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "student_id"],
            ["students.school_id", "students.id"],
            name=op.f("fk_absences_school_id_student_id_students"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_absences_school_id_schools"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("school_id", "student_id", "night", name=op.f("pk_absences")),
    )


def downgrade() -> None:
    """Forget the choices."""
    op.drop_table("absences")
    op.drop_column("reminder_settings", "digest_at")
    for name in (*MINUTES, *CLOCKS):
        op.drop_column("schools", name)
