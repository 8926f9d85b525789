"""What papers and dossiers of every kind need."""

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema one step forward."""


def downgrade() -> None:
    """Downgrading is restoring a backup."""
    raise NotImplementedError
