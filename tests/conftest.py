"""What all tests share: with ``CONGKHAI_TEST_DATABASE=postgresql`` houses lie on a real server, made for the run."""

import os
from contextlib import ExitStack

import pytest

from tests.postgresql import running_server

_running = ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """Start the server once, in the process that the workers come from."""
    if os.environ.get("CONGKHAI_TEST_DATABASE") == "postgresql" and not hasattr(config, "workerinput"):
        server = _running.enter_context(running_server())
        os.environ["CONGKHAI_TEST_POSTGRESQL"] = str(server.folder)


def pytest_unconfigure() -> None:
    """Stop it."""
    _running.close()
