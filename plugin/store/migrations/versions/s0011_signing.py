"""Signatures made elsewhere, and signing under way."""

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema one step forward."""


def downgrade() -> None:
    """Downgrading is restoring a backup."""
    raise NotImplementedError
