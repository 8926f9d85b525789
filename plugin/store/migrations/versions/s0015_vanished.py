"""Papers that their source does not show any more."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema one step forward."""
    op.create_table(
        "vanishing",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("document", "agency", "source", "state")),
        sa.Column("next_look", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text()) for name in ("seen_at", "gone_since", "gone_last")),
        sa.Column("gone_times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("document", name="pk_vanishing"),
        sa.ForeignKeyConstraint(["document"], ["document.id"], name="fk_vanishing_document_document"),
    )
    op.create_index("ix_vanishing_due", "vanishing", ["source", "state", "next_look"])
    op.create_index("ix_vanishing_asked", "vanishing", ["agency", "state", "gone_since", "document"])


def downgrade() -> None:
    """Downgrading is restoring a backup."""
    raise NotImplementedError
