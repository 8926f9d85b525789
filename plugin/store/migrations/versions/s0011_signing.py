"""Signatures made elsewhere, and signing under way."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema one step forward."""
    op.add_column("signature", sa.Column("level", sa.Text(), server_default="", nullable=False))
    op.add_column("signature", sa.Column("beside", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "remote_signing",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("signer", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("prepared", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("begun", sa.Float(), nullable=False),
        sa.Column("until", sa.Float(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["minutes"], ["minutes.id"]),
        sa.PrimaryKeyConstraint("id", name="pk_remote_signing"),
    )
    op.create_index("ix_remote_signing_minutes", "remote_signing", ["minutes"], unique=False)


def downgrade() -> None:
    """Downgrading is restoring a backup."""
    raise NotImplementedError
