"""Minutes of staff matters, what clerks enter for minutes, dossiers closed although parts are missing."""

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _texts(*names: str) -> "list[sa.Column[str]]":
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _without_children(change: Callable[[], None]) -> None:
    """
    Change a table to which others point.

    SQLite makes a changed table anew, and dropping the old one would count every row that points to it as broken: those
    rows step aside in the meantime. PostgreSQL changes the table where it is.
    """
    connection = op.get_bind()
    children: list[str] = []
    if connection.dialect.name == "sqlite":
        found = sa.inspect(connection)
        children = [
            name
            for name in found.get_table_names()
            if any(key["referred_table"] == "minutes" for key in found.get_foreign_keys(name))
        ]
    for name in children:
        connection.exec_driver_sql(f'CREATE TEMP TABLE "aside_{name}" AS SELECT * FROM "{name}"')  # noqa: S608  # nosec B608 - names of our own tables
        connection.exec_driver_sql(f'DELETE FROM "{name}"')  # noqa: S608  # nosec B608 - names of our own tables
    change()
    for name in children:
        connection.exec_driver_sql(f'INSERT INTO "{name}" SELECT * FROM "aside_{name}"')  # noqa: S608  # nosec B608 - as above
        connection.exec_driver_sql(f'DROP TABLE "aside_{name}"')


def _minutes() -> None:
    with op.batch_alter_table("minutes") as table:
        table.alter_column("disclosure", existing_type=sa.Text(), nullable=True)
        table.add_column(sa.Column("agency", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("subject", sa.Text(), nullable=False, server_default=""))


def upgrade() -> None:
    """Bring the schema one step forward."""
    _without_children(_minutes)
    op.execute(
        sa.text(
            "UPDATE minutes SET subject = disclosure,"
            " agency = (SELECT agency FROM disclosure WHERE disclosure.id = minutes.disclosure)"
        )
    )
    op.create_index("ix_minutes_subject", "minutes", ["subject"])
    op.create_index("ix_minutes_unsigned", "minutes", ["agency", "pdf_sha256", "made_at"])
    op.create_index("ix_attachment_sha256", "attachment", ["sha256"])
    op.create_index("ix_number_state", "number", ["agency", "state", "at"])
    op.create_table(
        "entry", sa.Column("id", _SERIAL, nullable=False),
        *_texts("agency", "subject", "kind", "part", "paper", "state"),
        sa.Column("facts", sa.JSON(), nullable=False), *_texts("by", "at"),
        sa.PrimaryKeyConstraint("id", name="pk_entry"),
    )  # fmt: skip
    op.create_index("ix_entry_subject", "entry", ["subject", "kind"])
    op.create_index("ix_entry_state", "entry", ["agency", "state", "at"])
    op.create_table(
        "dossier_waiver", *_texts("dossier", "subject", "role", "by", "reason", "decision"),
        sa.Column("lacking", sa.JSON(), nullable=False), *_texts("sha256", "at"),
        sa.PrimaryKeyConstraint("dossier", name="pk_dossier_waiver"),
    )  # fmt: skip


def downgrade() -> None:
    """Downgrading is restoring a backup."""
    raise NotImplementedError
