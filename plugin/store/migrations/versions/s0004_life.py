"""The life of a disclosure: categories, probes, interruptions, periods, exemptions, supplies."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _id(table: str) -> tuple[sa.Column[int], sa.PrimaryKeyConstraint]:
    return sa.Column("id", _SERIAL, nullable=False), sa.PrimaryKeyConstraint("id", name=f"pk_{table}")


def upgrade() -> None:
    """Bring the schema one step forward."""
    for name, default in (("kind", "minimum"), ("standing", "required"), ("mode", "")):
        op.add_column("posting", sa.Column(name, sa.Text(), nullable=False, server_default=default))
    op.add_column("posting", sa.Column("revision", sa.Integer(), nullable=False, server_default="0"))
    op.execute(sa.text("UPDATE posting SET kind = 'permanent' WHERE required_days = 0"))
    op.create_table(
        "probe", *_id("probe"), _text("posting"), _moment("planned", nullable=True), _moment("at"), _text("by"),
        _text("result"), _text("address"), _text("sha256"), _text("message"),
        sa.Column("status", sa.Integer(), nullable=True), _text("certificate_sha256"),
        _moment("certificate_until", nullable=True), sa.Column("latency_ms", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["posting"], ["posting.id"]),
    )  # fmt: skip
    op.create_index("ix_probe_posting", "probe", ["posting", "at"])
    op.create_table(
        "interruption", *_id("interruption"), _text("posting"), _text("kind"), _moment("started"),
        _moment("seen_before"), _moment("ended", nullable=True), _text("effect"), _text("reason"), _text("by"),
        sa.ForeignKeyConstraint(["posting"], ["posting.id"]),
    )  # fmt: skip
    op.create_index("ix_interruption_posting", "interruption", ["posting"])
    op.create_table(
        "period", *_id("period"), _text("agency"), _text("subject"), _text("what"), _moment("before", nullable=True),
        _moment("after", nullable=True), _text("rule"), _text("why"), _text("by"), _moment("at"),
    )  # fmt: skip
    op.create_index("ix_period_subject", "period", ["subject"])
    op.create_table(
        "disclosure_category", _text("disclosure"), _text("key"), _text("clause"),
        sa.Column("rank", sa.Integer(), nullable=False), _moment("publish_by"),
        sa.PrimaryKeyConstraint("disclosure", "key", name="pk_disclosure_category"),
        sa.ForeignKeyConstraint(["disclosure"], ["disclosure.id"]),
    )  # fmt: skip
    op.create_table(
        "exemption", *_id("exemption"), _text("posting"), _text("condition"), _text("source"),
        sa.Column("effective", sa.Boolean(), nullable=False), _text("notice"), _moment("notified"), _text("sha256"),
        _text("reason"), _text("by"), _moment("at"), sa.ForeignKeyConstraint(["posting"], ["posting.id"]),
        sa.UniqueConstraint("posting", name="uq_exemption_posting"),
    )  # fmt: skip
    op.create_table(
        "supply", *_id("supply"), _text("agency"), _text("disclosure"), _text("asked_by"), _moment("asked_at"),
        _text("wanted"), _text("ground"), _moment("due"), _moment("answered_at", nullable=True), _text("answered_by"),
        _text("answer"), sa.Column("supplied", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["disclosure"], ["disclosure.id"]),
    )  # fmt: skip
    op.create_index("ix_supply_disclosure", "supply", ["disclosure"])


def downgrade() -> None:
    """Downgrading is restoring a backup."""
    raise NotImplementedError
