"""Reminders and periodic duties."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _text(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=False)


def upgrade() -> None:
    """Bring the schema one step forward."""
    op.create_table(
        "duty",
        *(_text(name) for name in ("id", "agency", "kind", "key", "period", "title", "who", "source", "subject")),
        _text("last_day"),
        _text("late_from"),
        _text("target"),
        sa.Column("assumed", sa.Boolean(), nullable=False),
        sa.Column("meeting", sa.Boolean(), nullable=False),
        _text("note"),
        _text("state"),
        _text("opened_at"),
        sa.Column("settled_at", sa.Text(), nullable=True),
        *(_text(name) for name in ("settled_by", "reason", "evidence_sha256")),
        sa.PrimaryKeyConstraint("id", name="pk_duty"),
        sa.UniqueConstraint("agency", "key", "period", name="uq_duty_agency"),
    )
    op.create_index("ix_duty_state", "duty", ["agency", "state"], unique=False)
    op.create_table(
        "reminder",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        *(_text(name) for name in ("agency", "subject", "stage", "role", "messenger", "day", "title", "late_from")),
        _text("made_at"),
        sa.Column("sent_at", sa.Text(), nullable=True),
        _text("message"),
        sa.PrimaryKeyConstraint("id", name="pk_reminder"),
        sa.UniqueConstraint("subject", "day", "role", "messenger", name="uq_reminder_subject"),
    )
    op.create_index("ix_reminder_unsent", "reminder", ["messenger", "role", "sent_at"], unique=False)


def downgrade() -> None:
    """Downgrading is restoring a backup."""
    raise NotImplementedError
