"""Archive packages before foreign eyes: METS by the schemas of its board and of E-ARK, packages by eark-validator."""

import json
import subprocess
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from congkhai.plugin.archive import KINDS, Request, export_dossier
from congkhai.plugin.archive.profile import shipped
from tests.plugin.archive.shelf import put, shelf_in

from .oracles import HERE, need

EARK = HERE / "eark" / "judge.py"
PYTHON = HERE.parents[1] / ".venv" / "eark" / "bin" / "python"
REQUEST = Request("YC-01", date(2026, 9, 1), "02", "Thanh tra việc công khai ngân sách")

# What eark-validator 1.1.3 says that is no fault of the package; docs/how-to/archive.md explains each.
DEFECTS = {"Error CSIP63"}  # can be met by no file group at all
DEFECTS_SIP = DEFECTS | {"Error SIP14"}  # asks for an attribute that the schema beside it forbids
CIRCULAR = {
    "Error CSIP103",  # a division "Representations"; the circular calls it "Representations/rep1"
}
DIFFERENCES: dict[tuple[str, str], set[str]] = {
    ("eark-2.1", "sip"): DEFECTS_SIP,
    ("eark-2.1", "aip"): DEFECTS,
    ("eark-2.1", "dip"): DEFECTS,
    ("tt05-circular", "sip"): DEFECTS_SIP | CIRCULAR | {"Error SIP2"},  # PROFILE of CSIP, not of SIP
    ("tt05-circular", "aip"): DEFECTS | CIRCULAR,
    ("tt05-circular", "dip"): DEFECTS | CIRCULAR | {"Error CSIP2"},  # TYPE in capitals
    ("tt05-real-sample", "sip"): DEFECTS_SIP | CIRCULAR | {"Error SIP2", "Error CSIP16"},  # note names the fonds
    ("tt05-real-sample", "aip"): DEFECTS | CIRCULAR | {"Error CSIP16"},
    ("tt05-real-sample", "dip"): DEFECTS | CIRCULAR | {"Error CSIP2", "Error CSIP16"},
}


def judged(act: str, *paths: Path) -> list[dict[str, Any]]:
    """Ask the validator, which lives with its own old lxml."""
    python = need("eark-validator", PYTHON)
    done = subprocess.run(
        [python, str(EARK), act, *map(str, paths)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Path]:
    """Every kind of package of every shipped profile, unpacked."""
    folder = tmp_path_factory.mktemp("packages")
    made = {}
    for profile in shipped():
        with shelf_in(folder / f"store-{profile}", profile=profile, submission="NL-2026-01") as shelf:
            id_ = put(shelf)
            for kind in KINDS:
                request = REQUEST if kind == "dip" else None
                path = export_dossier(shelf, id_, kind, folder / "zip", request=request).path
                assert path is not None
                with zipfile.ZipFile(path) as archive:
                    archive.extractall(folder / profile / kind)
                    top = archive.namelist()[0].split("/", 1)[0]
                made[profile, kind] = folder / profile / kind / top
    return made


def test_every_mets_file_is_valid_by_the_published_schemas(packages: dict[tuple[str, str], Path]) -> None:
    files = [file for folder in packages.values() for file in sorted(folder.rglob("METS.xml"))]
    assert len(files) == 2 * len(packages) == 2 * len(DIFFERENCES)
    verdicts = judged("schema", *files)
    assert [one["errors"] for one in verdicts] == [{"csip": [], "sip": []}] * len(files)


def test_the_published_schemas_would_have_noticed(packages: dict[tuple[str, str], Path], tmp_path: Path) -> None:
    good = (packages["tt05-circular", "sip"] / "METS.xml").read_bytes()
    bad = tmp_path / "METS.xml"
    bad.write_bytes(good.replace(b'CHECKSUMTYPE="SHA-256"', b'CHECKSUMTYPE="SHA-0"', 1))
    (verdict,) = judged("schema", bad)
    assert verdict["errors"]["csip"]


def test_the_validator_finds_only_the_differences_that_are_documented(packages: dict[tuple[str, str], Path]) -> None:
    verdicts = dict(zip(packages, judged("package", *packages.values()), strict=True))
    for key, verdict in verdicts.items():
        assert verdict["structure"] == "WellFormed", (key, verdict)
        assert verdict["schema"] == [], key
        assert {one for one in verdict["rules"] if one.startswith("Error")} == DIFFERENCES[key], key
    how_to = (Path(__file__).parents[2] / "docs" / "how-to" / "archive.md").read_text(encoding="utf-8")
    rules = {rule.split()[1] for found in DIFFERENCES.values() for rule in found}
    assert [rule for rule in sorted(rules) if rule not in how_to] == []
