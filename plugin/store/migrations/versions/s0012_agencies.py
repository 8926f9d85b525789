"""Several agencies, checkpoints of the journal, sweeps."""

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema one step forward."""


def downgrade() -> None:
    """Downgrading is restoring a backup."""
    raise NotImplementedError
