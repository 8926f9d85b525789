"""``congkhai check`` shows every anchor with its fingerprint, purposes and dates."""

import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from congkhai.plugin.cli import group
from congkhai.plugin.trust_check import fingerprint
from tests.plugin.signing_samples import sample_module

INI = "[agency]\ncode = X01\nname = UBND xã Mẫu\nkind = xa\n"
HISTORY = """[2018]
purpose = signer
valid-from = 2018-07-01
valid-until = 2025-12-31
source = Công văn số 12/CV
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An installation with one anchor for everything and one that is history."""
    (tmp_path / "congkhai.ini").write_text(INI, encoding="utf-8")
    pki = sample_module("pki")
    pki.Pki.make("Gốc nay").trust_folder(tmp_path / "trust")
    old = pki.Pki.make("Gốc xưa").root.certificate.public_bytes(pki.PEM)
    (tmp_path / "trust" / "xưa.pem").write_bytes(old)
    (tmp_path / "trust" / "xưa.pem.ini").write_text(HISTORY, encoding="utf-8")
    return tmp_path


def said(folder: Path) -> list[dict[str, str]]:
    result = CliRunner().invoke(group, ["-c", str(folder / "congkhai.ini"), "check", "--only", "trust", "--json"])
    found = json.loads(result.stdout)
    rows: list[dict[str, str]] = found["checks"]
    return [row for row in rows if row["id"] == "trust"]


def test_every_anchor_is_shown_with_its_fingerprint(folder: Path) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    rows = said(folder)
    assert len(rows) == 3
    for row, name in zip(rows, ("root.pem", "xưa.pem"), strict=False):
        der = x509.load_pem_x509_certificate((folder / "trust" / name).read_bytes()).public_bytes(Encoding.DER)
        assert fingerprint(hashlib.sha256(der).hexdigest()) in row["what"]
        assert name in row["what"]
    assert "2 chứng thư gốc" in rows[-1]["what"]
    assert "nguồn độc lập" in rows[-1]["advice"]


def test_purposes_dates_and_source_of_an_anchor_are_shown(folder: Path) -> None:
    new, old, _all = (row["what"] for row in said(folder))
    assert "người ký, dấu thời gian" in new
    for words in ("Tin cho: người ký từ 01/07/2018 đến hết 31/12/2025", "Công văn số 12/CV"):
        assert words in old


def test_a_folder_without_anchors_is_a_warning_with_advice(folder: Path) -> None:
    for name in ("root.pem", "xưa.pem", "xưa.pem.ini"):
        (folder / "trust" / name).unlink()
    (row,) = said(folder)
    assert row["result"] == "warn"
    assert "trung gian 1, CRL 2" in row["what"]


def test_a_fingerprint_is_grouped_for_the_eye() -> None:
    assert fingerprint("ab12" * 16) == " ".join(["AB12"] * 16)
