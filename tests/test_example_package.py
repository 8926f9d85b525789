"""The sample plugin package is installed, found through its entry point, and keeps the contract of the kit."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from congkhai.plugin.host import Host

SAMPLE = Path(__file__).parents[1] / "docs" / "examples" / "congkhai-mauson"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install a copy into a folder of its own: no network, no dependencies, nothing in the environment changed."""
    place = tmp_path_factory.mktemp("mauson")
    copy, target = place / "source", place / "site"
    shutil.copytree(SAMPLE, copy, ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__"))
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation",
               "--disable-pip-version-check", "--target", str(target), str(copy)]  # fmt: skip
    subprocess.run(command, check=True, timeout=120)
    return target


def _run(installed: Path, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    done = subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, timeout=120, check=False,
        cwd=installed,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_host_finds_it_through_its_entry_point(installed: Path) -> None:
    code = (
        "import json; from congkhai.plugin.host import Host; host = Host(); "
        "print(json.dumps([len(host.problems), 'mauson-register' in host.connectors,"
        " 'mauson-bulletin' in host.channels, 'mauson-register' in host.simulators, 'ioffice' in host.connectors]))"
    )
    assert json.loads(_run(installed, "-c", code)) == [0, True, True, True, True]


def test_without_it_nothing_of_it_is_known() -> None:
    assert "mauson-register" not in Host().connectors


def test_it_keeps_the_contract_of_connectors_and_channels(installed: Path) -> None:
    tests = str(SAMPLE / "tests")
    said = _run(installed, "-m", "pytest", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", tests, tests)
    assert " passed" in said
    assert "skipped" not in said
    assert int(said.rpartition(" passed")[0].rsplit(maxsplit=1)[-1]) >= 25


def test_its_simulator_says_where_it_is(installed: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    command = [sys.executable, "-m", "congkhai_mauson.simulator", "--state", str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True, input="")
    assert Path(json.loads(done.stdout)["folder"]).is_dir()
