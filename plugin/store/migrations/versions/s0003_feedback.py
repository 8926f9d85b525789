"""Feedback from several sources, and what became of it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema one step forward: what clerks had entered moves into the new table, unread and unanswered."""
    op.create_table(
        "feedback_item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("disclosure", sa.Text(), nullable=True),
        sa.Column("received_at", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.Text(), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=False),
        sa.Column("acknowledged_at", sa.Text(), nullable=True),
        sa.Column("erased_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["disclosure"], ["disclosure.id"]),
        sa.PrimaryKeyConstraint("id", name="pk_feedback_item"),
        sa.UniqueConstraint("agency", "source", "ref", name="uq_feedback_item_agency"),
    )
    op.create_index("ix_feedback_item_disclosure", "feedback_item", ["disclosure"], unique=False)
    op.create_index("ix_feedback_item_agency", "feedback_item", ["agency", "at"], unique=False)
    op.create_table(
        "feedback_source",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("read_until", sa.Text(), nullable=True),
        sa.Column("read_by", sa.Text(), nullable=False),
        sa.Column("failing_since", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("agency", "name", name="pk_feedback_source"),
    )
    op.execute(
        sa.text(
            'INSERT INTO feedback_item (agency, source, ref, disclosure, received_at, at, "by", subject, text, sender, '
            "note, sha256, client, state, automatic, answer, settled_by) "
            "SELECT d.agency, 'clerk', 'before-0003:' || f.id, f.disclosure, f.at, f.at, "
            "f.\"by\", '', f.text, '', '', '', "
            "'', 'new', :no, '', '' FROM feedback f JOIN disclosure d ON d.id = f.disclosure ORDER BY f.id"
        ).bindparams(sa.bindparam("no", False, type_=sa.Boolean()))
    )
    op.drop_table("feedback")


def downgrade() -> None:
    """Downgrading is restoring a backup."""
    raise NotImplementedError
