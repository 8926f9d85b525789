"""
Schemathesis against the served interface: what the OpenAPI document promises holds for whatever is sent.

``CONGKHAI_API_EXAMPLES=200`` asks for more than the few examples that every run affords, uploads included.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from congkhai.plugin.web.server import serving
from tests.plugin.way.databases import copy_home
from tests.plugin.way.office import Office

from .conftest import Api

EXAMPLES = int(os.environ.get("CONGKHAI_API_EXAMPLES", "5"))
AFFORDED = EXAMPLES > 50
CONFIG = """\
request-timeout = 60.0
[[operations]]
include-path = "/verifications"
generation.max-examples = {uploads}
phases.coverage.enabled = {covered}
"""
"""Each upload is verified in a process of its own, which costs a second; the other operations cost milliseconds."""


@pytest.fixture
def served(filed: Office, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The address of a served house with a filed dossier, and a token for all of it."""
    home = copy_home(filed.folder, tmp_path / "house")
    ini = home / "congkhai.ini"
    ini.write_text(
        ini.read_text(encoding="utf-8").replace("[web]", "[web]\napi-per-minute = 1000000"), encoding="utf-8"
    )
    with ExitStack() as stack:
        office = Office(home)
        stack.callback(office.house.close)
        token = Api(office).token()
        yield stack.enter_context(serving(office.house, port=0)), token


def test_what_the_document_promises_holds_for_whatever_is_sent(served: tuple[str, str], tmp_path: Path) -> None:
    address, token = served
    config = tmp_path / "schemathesis.toml"
    config.write_text(
        CONFIG.format(uploads=EXAMPLES // 8 + 1, covered=str(AFFORDED).lower()), encoding="utf-8"
    )  # fmt: skip
    done = subprocess.run(
        [
            sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()",
            "--config-file", str(config), "run", f"{address}/api/v1/openapi.json",
            "--header", f"Authorization: Bearer {token}", "--max-examples", str(EXAMPLES),
            *(() if AFFORDED else ("--seed", "1", "--phases", "coverage,fuzzing")),
        ],
        cwd=tmp_path, capture_output=True, text=True, timeout=3600 if AFFORDED else 300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "7 selected / 7 total" in done.stdout
    assert "No issues found" in done.stdout
