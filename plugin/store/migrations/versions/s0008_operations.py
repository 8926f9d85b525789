"""The journal's guards on PostgreSQL; on SQLite the first schema has them."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_GUARDS = (
    """
    CREATE FUNCTION congkhai_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'append-only' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    "CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal"
    " FOR EACH STATEMENT EXECUTE FUNCTION congkhai_append_only()",
    "CREATE TRIGGER journal_no_delete BEFORE DELETE OR TRUNCATE ON journal"
    " FOR EACH STATEMENT EXECUTE FUNCTION congkhai_append_only()",
)


def upgrade() -> None:
    """Bring the schema one step forward."""
    if op.get_bind().dialect.name == "postgresql":
        for statement in _GUARDS:
            op.execute(statement)


def downgrade() -> None:
    """Downgrading is restoring a backup."""
    raise NotImplementedError
