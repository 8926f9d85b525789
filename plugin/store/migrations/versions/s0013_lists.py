"""What long lists and the interface for other programs need."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_INDEXES = (
    ("ix_waiting_paper_agency", "waiting_paper", ["agency", "at", "document"]),
    ("ix_disclosure_limit", "disclosure", ["agency", "state", "publish_by", "id"]),
    ("ix_disclosure_newest", "disclosure", ["agency", "state", "opened_at", "id"]),
    ("ix_disclosure_category", "disclosure", ["agency", "category", "opened_at", "id"]),
    ("ix_disclosure_day", "disclosure", ["agency", "trigger", "id"]),
    ("ix_disclosure_document_document", "disclosure_document", ["document"]),
    ("ix_posting_state", "posting", ["state", "disclosure", "channel"]),
    ("ix_posting_begun", "posting", ["posted_from", "disclosure"]),
    ("ix_dossier_complete", "dossier", ["complete", "id"]),
    ("ix_dossier_filed", "dossier", ["filed_at", "sealed_at", "id"]),
    ("ix_outbox_state", "outbox", ["state", "key"]),
    ("ix_fault_settled", "fault", ["settled", "agency", "id"]),
    ("ix_supply_due", "supply", ["agency", "answered_at", "due"]),
)
_WAITING = """
    INSERT INTO waiting_paper (document, agency, at)
    SELECT decision.document, document.agency, decision.at
    FROM decision JOIN document ON document.id = decision.document
    WHERE decision.decision = 'review' AND document.status = 'current'
    AND NOT EXISTS (
        SELECT 1 FROM decision AS later WHERE later.document = decision.document AND later.seq > decision.seq
    )
    AND NOT EXISTS (SELECT 1 FROM disclosure_document WHERE disclosure_document.document = decision.document)
"""
"""Papers that wait already: the newest decision asks a person, and no matter holds them."""


def upgrade() -> None:
    """Bring the schema one step forward."""
    op.add_column("token", sa.Column("account", sa.Text(), nullable=False, server_default=""))
    op.add_column("token", sa.Column("used", sa.Float()))
    op.create_index("ix_dossier_sealed", "dossier", ["sealed_at", "id"], unique=False)
    op.create_table(
        "waiting_paper",
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["document"], ["document.id"]),
        sa.PrimaryKeyConstraint("document", name="pk_waiting_paper"),
    )
    for name, table, columns in _INDEXES:
        op.create_index(name, table, columns, unique=False)
    op.execute(_WAITING)


def downgrade() -> None:
    """Downgrading is restoring a backup."""
    raise NotImplementedError
