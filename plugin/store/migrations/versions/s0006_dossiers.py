"""Dossier kinds, versions and volumes, claims of papers, signing orders."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _texts(*names: str) -> "list[sa.Column[str]]":
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _maybe(*names: str) -> "list[sa.Column[str]]":
    return [sa.Column(name, sa.Text(), nullable=True) for name in names]


def _id(table: str) -> "tuple[sa.Column[int], sa.PrimaryKeyConstraint]":
    return sa.Column("id", _SERIAL, nullable=False), sa.PrimaryKeyConstraint("id", name=f"pk_{table}")


def upgrade() -> None:
    """Bring the schema one step forward."""
    with op.batch_alter_table("dossier") as table:
        table.alter_column("disclosure", existing_type=sa.Text(), nullable=True)
        table.add_column(sa.Column("subject", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        table.add_column(sa.Column("previous", sa.Text(), nullable=False, server_default=""))
    op.execute(sa.text("UPDATE dossier SET subject = disclosure"))
    op.create_index("ix_dossier_subject", "dossier", ["subject", "version"])
    op.create_table(
        "dossier_volume", *_texts("dossier"), sa.Column("number", sa.Integer(), nullable=False), *_texts("sha256"),
        sa.Column("members", sa.Integer(), nullable=False), sa.ForeignKeyConstraint(["dossier"], ["dossier.id"]),
        sa.PrimaryKeyConstraint("dossier", "number", name="pk_dossier_volume"),
    )  # fmt: skip
    op.create_table(
        "staff_matter", *_texts("id", "agency", "kind", "number", "title"),
        sa.Column("year", sa.Integer(), nullable=False), sa.Column("facts", sa.JSON(), nullable=False),
        *_texts("state", "opened_at", "opened_by"), sa.PrimaryKeyConstraint("id", name="pk_staff_matter"),
    )  # fmt: skip
    op.create_index("ix_staff_matter_agency", "staff_matter", ["agency", "kind", "year"])
    op.create_table(
        "claim", *_id("claim"), *_texts("agency", "subject", "part", "period"), *_maybe("document"),
        *_texts("name", "media_type"), sa.Column("size", sa.BigInteger(), nullable=False),
        *_texts("sha256", "form", "state"), sa.Column("why", sa.JSON(), nullable=False),
        *_texts("by", "at", "decided_by"), *_maybe("decided_at"),
        sa.ForeignKeyConstraint(["document"], ["document.id"]),
    )  # fmt: skip
    op.create_index("ix_claim_subject", "claim", ["subject", "part"])
    op.create_table(
        "signing_order", *_texts("minutes", "state", "approver"), *_maybe("approved_at"), *_texts("refused_role"),
        *_maybe("refused_at"), *_texts("reason"), *_maybe("due"), sa.Column("deputies", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["minutes"], ["minutes.id"]),
        sa.PrimaryKeyConstraint("minutes", name="pk_signing_order"),
    )  # fmt: skip
    op.create_table(
        "deputy", *_id("deputy"), *_texts("agency", "role", "signer", "form", "title", "basis", "first"),
        *_maybe("last"), *_texts("by", "at"), *_maybe("ended_at"),
    )  # fmt: skip
    op.create_index("ix_deputy_role", "deputy", ["agency", "role"])
    op.create_table(
        "absence", *_id("absence"), *_texts("agency", "role", "first"), *_maybe("last"),
        *_texts("reason", "by", "at"), *_maybe("ended_at"),
    )  # fmt: skip
    op.create_index("ix_absence_role", "absence", ["agency", "role"])


def downgrade() -> None:
    """Downgrading is restoring a backup."""
    raise NotImplementedError
