"""What long lists and the interface for other programs need."""

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema one step forward."""


def downgrade() -> None:
    """Downgrading is restoring a backup."""
    raise NotImplementedError
