"""Run by Alembic: migrates over the connection that the caller opened, inside the caller's transaction."""

from alembic import context

from congkhai.plugin.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True,
    transactional_ddl=False,  # the caller's transaction is the only one: all steps or none
)  # fmt: skip
context.run_migrations()
