"""A small store by a simulated clock."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from congkhai.plugin.store import Store, create_store, open_store

START = datetime(2026, 7, 1, 1, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    create_store(tmp_path / "data", simulated=START)
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()
