"""A small store by a simulated clock."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from congkhai.plugin.store import Store, create_store, open_store
from tests.plugin.way.databases import new_database

START = datetime(2026, 7, 1, 1, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    database, _ini = new_database("")
    create_store(tmp_path / "data", database=database, simulated=START)
    opened = open_store(tmp_path / "data", database=database)
    yield opened
    opened.close()
