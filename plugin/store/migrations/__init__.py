"""Schema migrations (Alembic): one script a step, never edited after a release."""
