"""What the pages look things up by: words of disclosures, subjects of the journal; and scans of signed papers."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_GUARD = {  # how the guard against updates of the journal is lifted and set again
    "sqlite": (
        "DROP TRIGGER journal_no_update",
        "CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'append-only'); END",
    ),
    "postgresql": (
        "ALTER TABLE journal DISABLE TRIGGER journal_no_update",
        "ALTER TABLE journal ENABLE TRIGGER journal_no_update",
    ),
}


def upgrade() -> None:
    """Bring the schema one step forward."""
    op.create_table(
        "search_word",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("word", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("disclosure", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["disclosure"], ["disclosure.id"]),
        sa.PrimaryKeyConstraint("agency", "word", "disclosure", name="pk_search_word"),
    )
    op.create_index("ix_search_word_disclosure", "search_word", ["disclosure"], unique=False)
    op.create_table(
        "scan",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("minutes", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["minutes"], ["minutes.id"]),
        sa.PrimaryKeyConstraint("id", name="pk_scan"),
    )
    op.create_index("ix_scan_minutes", "scan", ["minutes"], unique=False)
    op.add_column("journal", sa.Column("subject", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_journal_subject", "journal", ["agency", "subject", "seq"], unique=False)
    op.create_index("ix_disclosure_opened", "disclosure", ["agency", "opened_at", "id"], unique=False)
    op.create_index("ix_disclosure_trigger", "disclosure", ["agency", "trigger"], unique=False)
    op.create_index("ix_decision_decision", "decision", ["decision", "at"], unique=False)
    op.create_index("ix_feedback_item_state", "feedback_item", ["agency", "state", "id"], unique=False)
    _fill()


def _fill() -> None:
    """Write the subjects of the entries that are there; the words come with ``congkhai search --rebuild``."""
    journal = sa.table("journal", sa.column("agency"), sa.column("seq"), sa.column("body"), sa.column("subject"))
    connection = op.get_bind()
    lift, guard = _GUARD[connection.dialect.name]
    op.execute(lift)  # the new column is no part of the chain; the entries themselves stay as they are
    for row in connection.execute(sa.select(journal.c.agency, journal.c.seq, journal.c.body)).all():
        subject = json.loads(row.body).get("subject", "")
        same = (journal.c.agency == row.agency, journal.c.seq == row.seq)
        connection.execute(sa.update(journal).where(*same).values(subject=subject))
    op.execute(guard)


def downgrade() -> None:
    """Downgrading is restoring a backup."""
    raise NotImplementedError
