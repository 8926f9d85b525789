"""An open shelf for a test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from congkhai.plugin.archive import Shelf

from .shelf import shelf_in


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    """A shelf with the settings of an agency whose archive has confirmed nothing yet."""
    with shelf_in(tmp_path / "store", submission="NL-2026-01") as one:
        yield one


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where packages go; not made yet."""
    return tmp_path / "nop-luu"
