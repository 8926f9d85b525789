"""``congkhai verify --report``: PDF for people, TS 119 102-2 XML and JSON for programs."""

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from lxml import etree

from congkhai.plugin.cli import group
from congkhai.plugin.errors import UsageError
from tests.plugin.signing_samples import sample_module

AT = ["--at", "2026-11-20T10:00:00+07:00"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pki, samples = sample_module("pki"), sample_module("samples")
    folder = tmp_path_factory.mktemp("verify")
    authority = pki.Pki.make()
    authority.trust_folder(folder / "trust")
    key = samples.file_key(authority.issuing.issue("Nguyễn Văn Mẫu"), folder)
    good = samples.sign(samples.minutes_xml(("head",)), key, role='head #strong[x] "$')
    (folder / "good.xml").write_bytes(good)
    (folder / "bad.xml").write_bytes(good.replace("công khai".encode(), "Công khai".encode()))
    return folder


def verify(made: Path, *arguments: str) -> Result:
    return CliRunner().invoke(group, ["verify", *arguments, *AT, "--trust", str(made / "trust")])


def test_the_pdf_shows_the_seven_fields_and_the_anchor(made: Path, tmp_path: Path) -> None:
    report = tmp_path / "báo cáo.pdf"
    assert verify(made, str(made / "good.xml"), str(made / "bad.xml"), "--report", str(report)).exit_code == 1
    text = subprocess.run(["pdftotext", "-layout", report, "-"], capture_output=True, text=True, check=True).stdout
    for words in (
        "Báo cáo kiểm tra chữ ký số", "Kết quả chung: không hợp lệ", "Chữ ký số hợp lệ", "Chữ ký số không hợp lệ",
        "Chủ thể ký", "Nguyễn Văn Mẫu", "UBND xã Mẫu",
        "Phát hiện khác", "SHA-256", "#strong[x]",
    ):  # fmt: skip
        assert words in text, words


def test_the_same_result_in_xml_and_json(made: Path, tmp_path: Path) -> None:
    for suffix in ("xml", "json"):
        assert verify(made, str(made / "bad.xml"), "--report", str(tmp_path / f"r.{suffix}")).exit_code == 1
    root = etree.fromstring((tmp_path / "r.xml").read_bytes())
    assert b"total-failed" in etree.tostring(root)
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["indication"] == "TOTAL_FAILED"


def test_other_kinds_and_places_that_cannot_be_written_are_refused(made: Path, tmp_path: Path) -> None:
    assert verify(made, str(made / "good.xml"), "--report", "r.docx").exit_code == 2
    result = verify(made, str(made / "good.xml"), "--report", str(tmp_path / "nowhere" / "r.xml"))
    assert isinstance(result.exception, UsageError)
    assert result.exception.exit_code == 2
