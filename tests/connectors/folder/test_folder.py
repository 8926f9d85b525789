"""The folder connector: sidecars, fields read off the first page, and files that cannot be read."""

import hashlib
import io
import json
import re
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, BinaryIO

import pypdfium2
import pytest
from pydantic import ValidationError

from congkhai.connectors.folder import FolderConnector
from congkhai.connectors.folder_fields import propose
from congkhai.connectors.folder_settings import FolderSettings
from congkhai.connectors.simulators.paper import attachment_bytes
from congkhai.plugin.clock import FixedClock
from congkhai.plugin.errors import NotAllowedError, OutsideError
from congkhai.plugin.interfaces import Context
from congkhai.plugin.records import Direction, Filing, Outcome, PulledDocument, PulledProblem

NOW = datetime(2025, 7, 3, 2, 0, tzinfo=UTC)
PAGE = """ỦY BAN NHÂN DÂN
XÃ MẪU MỘT
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc
Số: 127/KH-UBND
Mẫu Một, ngày 30 tháng 6 năm 2025

KẾ HOẠCH
Triển khai công tác phòng, chống thiên tai
trên địa bàn xã năm 2025

Căn cứ Luật Tổ chức chính quyền địa phương;"""
SIDE = {"number": "12/QĐ-UBND", "issued": "02/07/2025", "issuer": "UBND xã Mẫu Một", "subject": "Phê duyệt mẫu"}


class Desk:
    """A folder with its connector, and a stand-in for intake's gate."""

    def __init__(self, root: Path, **keys: str) -> None:
        self.root = root
        self.inbox = root / "inbox"
        self.inbox.mkdir(exist_ok=True)
        self.held: dict[str, str] = {}
        self.refused_ids: set[str] = set()
        self.problems: list[PulledProblem] = []
        values = {"folder": str(self.inbox), "complete-when": "renamed", "source-is-plain": "yes",
                  "source-is-plain-basis": "Quy chế mẫu", **keys}  # fmt: skip
        self.settings = FolderSettings.model_validate(values)
        self.connector = FolderConnector(self.settings, Context("tm", "xa", FixedClock(NOW), self.blob, root / "work"))

    @staticmethod
    def blob(sha256: str) -> BinaryIO:
        raise AssertionError(sha256)

    def fingerprint(self, remote_id: str) -> str | None:
        return self.held.get(remote_id)

    def lacks_files(self, remote_id: str) -> bool:
        return False

    def refused(self, remote_id: str) -> bool:
        return remote_id in self.refused_ids

    def ticket(self, remote_id: str) -> str:
        return hashlib.sha256(remote_id.encode()).hexdigest()

    def refused_ticket(self, ticket: str) -> bool:
        return ticket in {self.ticket(one) for one in self.refused_ids}

    def drop(self, name: str, data: bytes | dict[str, Any] | str) -> None:
        if isinstance(data, dict):
            data = json.dumps(data)
        (self.inbox / name).write_bytes(data.encode() if isinstance(data, str) else data)

    def run(self) -> list[PulledDocument]:
        found = []
        for item in self.connector.pull(None, self):
            if isinstance(item, PulledProblem):
                self.problems.append(item)
            elif isinstance(item, PulledDocument):
                found.append(item)
                refs = self.connector.list_attachments(item)
                for ref in refs:
                    self.connector.open_attachment(ref)
                if not self.connector.plain(item.secrecy) or "MẬT" in item.text.splitlines():
                    self.refused_ids.add(item.remote_id)
                    self.connector.settle(item, Outcome.REFUSED, "text-marked")
                else:
                    self.held[item.remote_id] = item.fingerprint
                    self.connector.settle(item, Outcome.ACCEPTED, "new")
        return found

    def names(self, ending: str = "") -> list[str]:
        folder = self.root / f"inbox{ending}"
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.fixture
def make(tmp_path: Path) -> Any:
    return lambda **keys: Desk(tmp_path, **keys)


@pytest.mark.parametrize("name", ["kế hoạch.pdf", "a.docx"])
def test_fields_are_read_off_the_first_page_and_only_proposed(make: Any, name: str) -> None:
    desk = make()
    desk.drop(name, attachment_bytes(name, PAGE))
    (document,) = desk.run()
    assert document.number == "127/KH-UBND"
    assert document.issued == date(2025, 6, 30)
    assert document.issuer == "ỦY BAN NHÂN DÂN XÃ MẪU MỘT"
    assert document.type == "Kế hoạch"
    assert document.subject == "Triển khai công tác phòng, chống thiên tai trên địa bàn xã năm 2025"
    assert "fields-proposed" in document.marks
    assert "read-by-text" in document.marks
    assert "confidence-number: 0.95" in document.marks
    assert [(problem.code, problem.ref) for problem in desk.problems] == [("fields-proposed", name)]
    assert desk.names("-processed") == [name]
    assert desk.run() == []


@pytest.mark.parametrize(
    ("side", "text"),
    [("a.json", json.dumps(SIDE)), ("a.pdf.json", json.dumps({**SIDE, "issued": "2025-07-02"})),
     ("a.ini", "number = 12/QĐ-UBND\nissued = 02/07/2025\nissuer = UBND xã Mẫu Một\nsubject = Phê duyệt mẫu\n"),
     ("a.pdf.ini", "[van-ban]\nnumber: 12/QĐ-UBND\nissued: 2/7/2025\nissuer: UBND xã Mẫu Một\nsubject: Phê duyệt mẫu")],
)  # fmt: skip
def test_a_sidecar_says_what_the_paper_is_and_travels_with_it(make: Any, side: str, text: str) -> None:
    desk = make()
    desk.drop("a.pdf", attachment_bytes("a.pdf", PAGE))
    desk.drop(side, text)
    (document,) = desk.run()
    assert (document.number, document.issuer, document.subject) == (SIDE["number"], SIDE["issuer"], SIDE["subject"])
    assert document.issued == date(2025, 7, 2)
    assert "confidence-number: 0.95" not in document.marks
    assert sorted(desk.names("-processed")) == sorted(["a.pdf", side])
    assert desk.names() == []


def test_what_the_sidecar_leaves_out_is_proposed(make: Any) -> None:
    desk = make()
    desk.drop("a.pdf", attachment_bytes("a.pdf", PAGE))
    desk.drop("a.json", {"number": "1/TB-UBND", "type": "Thông báo", "direction": "out"})
    (document,) = desk.run()
    assert (document.number, document.type, document.direction) == ("1/TB-UBND", "Thông báo", Direction.OUT)
    assert document.issued == date(2025, 6, 30)
    assert document.arrived is None
    assert "fields-proposed" in document.marks
    assert not any(mark.startswith("confidence-number") for mark in document.marks)


def test_further_files_belong_to_the_paper_that_names_them(make: Any) -> None:
    desk = make()
    desk.drop("a.pdf", attachment_bytes("a.pdf", PAGE))
    desk.drop("phu-luc.docx", attachment_bytes("phu-luc.docx", "Phụ lục"))
    desk.drop("a.json", {**SIDE, "attachments": ["phu-luc.docx", "so-lieu.xlsx"]})
    assert desk.run() == []  # one of its files has yet to come
    assert desk.names() == ["a.json", "a.pdf", "phu-luc.docx"]
    desk.drop("so-lieu.xlsx", attachment_bytes("x.docx", "Số liệu"))
    refs = []
    for item in desk.connector.pull(None, desk):
        if isinstance(item, PulledDocument):
            refs = [ref.name for ref in desk.connector.list_attachments(item)]
    assert refs == ["a.pdf", "phu-luc.docx", "so-lieu.xlsx"]


def test_a_sidecar_that_is_required_is_waited_for(make: Any) -> None:
    desk = make(sidecar="required")
    desk.drop("a.pdf", attachment_bytes("a.pdf", PAGE))
    assert desk.run() == []
    assert desk.names() == ["a.pdf"]
    desk.drop("a.json", SIDE)
    assert len(desk.run()) == 1


@pytest.mark.parametrize(
    ("side", "code"),
    [("{", "sidecar-unreadable"), ("[]", "sidecar-unreadable"), ('{"so": "1"}', "sidecar-unknown-field"),
     ('{"issued": "hôm qua"}', "sidecar-value"), ('{"attachments": ["../x"]}', "sidecar-value"),
     ('{"number": {"a": 1}}', "sidecar-value"), ('{"direction": "up"}', "sidecar-value"),
     ("\udcff", "sidecar-unreadable")],
)  # fmt: skip
def test_a_sidecar_that_cannot_be_used_keeps_the_paper_aside(make: Any, side: str, code: str) -> None:
    desk = make()
    desk.drop("a.pdf", attachment_bytes("a.pdf", PAGE))
    desk.drop("b.pdf", attachment_bytes("b.pdf", PAGE + "\nb"))
    (desk.inbox / "a.json").write_bytes(side.encode("utf-8", "surrogateescape"))
    assert len(desk.run()) == 1
    assert (code, "a.pdf") in [(problem.code, problem.ref) for problem in desk.problems]
    assert "a.pdf" in desk.names("-held")
    assert "a.pdf.reason.txt" in desk.names("-held")


def blank_pdf() -> bytes:
    made = pypdfium2.PdfDocument.new()
    made.new_page(595, 842)
    out = io.BytesIO()
    made.save(out)
    made.close()
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [("a.pdf", b"%PDF-1.7 broken", "unreadable"), ("a.pdf", b"", "empty"),
     ("a.pdf", b"MZ\x90\x00\x03", "type-mismatch"),
     ("a.docx", b"PK\x03\x04broken", "type-mismatch"),
     ("a.png", b"\x89PNG\r\n\x1a\nx", "no-ocr"), ("a.pdf", None, "no-ocr")],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_kept_aside_with_the_reason(
    make: Any, name: str, data: bytes | None, code: str
) -> None:
    desk = make(ocr="off")
    desk.drop(name, blank_pdf() if data is None else data)
    desk.drop("tốt.pdf", attachment_bytes("b.pdf", PAGE))
    assert [document.number for document in desk.run()] == ["127/KH-UBND"]
    assert (code, name) in [(problem.code, problem.ref) for problem in desk.problems]
    assert name in desk.names("-held")


def test_a_file_that_is_too_large_is_never_read_whole(make: Any) -> None:
    desk = make(**{"max-file": "1 KiB"})
    desk.drop("a.pdf", b"%PDF-1.7" + b"x" * 5000)
    assert desk.run() == []
    assert [problem.code for problem in desk.problems] == ["too-large"]


def test_a_secret_paper_stays_where_it_is_and_is_read_once(make: Any) -> None:
    desk = make()
    desk.drop("a.pdf", attachment_bytes("a.pdf", "MẬT\n" + PAGE))
    assert len(desk.run()) == 1
    assert desk.names() == ["a.pdf"]
    assert desk.run() == []
    assert desk.names("-processed") == []
    kept = json.loads((desk.root / "work" / "refused.json").read_text())
    assert [bool(re.fullmatch("[0-9a-f]{64}", digest)) for pair in kept.items() for digest in pair] == [True, True]


@pytest.mark.parametrize(
    ("said", "taken"), [(None, False), ("", False), ("Thường", True), ("Mật", False), ("0", False)]
)
def test_without_a_declaration_only_a_marking_lets_a_paper_in(make: Any, said: str | None, taken: bool) -> None:
    desk = make(**{"source-is-plain": "no"})
    desk.drop("a.pdf", attachment_bytes("a.pdf", PAGE))
    desk.drop("a.json", SIDE if said is None else {**SIDE, "secrecy": said})
    desk.run()
    assert bool(desk.held) is bool(taken)
    assert desk.problems == []
    assert ("a.pdf" in desk.names()) is not bool(taken)


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="needs the program tesseract, a system package")
def test_a_scan_is_read_by_ocr_for_the_fields_and_for_the_gate(make: Any) -> None:
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.truetype("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", 34)
    picture = Image.new("L", (1500, 1000), 255)
    ImageDraw.Draw(picture).multiline_text((80, 60), PAGE, font=font, fill=0, spacing=16)
    out = io.BytesIO()
    picture.save(out, "PNG")
    desk = make()
    desk.drop("quet.png", out.getvalue())
    (document,) = desk.run()
    assert document.number == "127/KH-UBND"
    assert document.issued == date(2025, 6, 30)
    assert document.type == "Kế hoạch"
    assert "phòng, chống thiên tai" in document.subject
    assert {"fields-proposed", "read-by-ocr"} <= set(document.marks)
    assert "KẾ HOẠCH" in document.text
    sure = next(float(mark.partition(": ")[2]) for mark in document.marks if mark.startswith("confidence-number"))
    assert 0.5 < sure < 0.95


def test_a_tesseract_that_hangs_or_fails_keeps_the_scan_aside(make: Any, tmp_path: Path) -> None:
    for code, script in (("ocr-failed", "#!/bin/sh\nexit 3\n"), ("ocr-failed", "#!/bin/sh\nsleep 5\n")):
        program = tmp_path / "tesseract"
        program.write_text(script)
        program.chmod(0o700)
        desk = make(**{"ocr-program": str(program), "ocr-timeout": "300 ms"})
        desk.drop("a.pdf", blank_pdf())
        assert desk.run() == []
        assert [problem.code for problem in desk.problems] == [code]


@pytest.mark.parametrize(
    ("text", "number", "issued", "type_", "subject"),
    [
        ("SỞ TÀI CHÍNH\nSố: 12/2025/QĐ-STC\nMẫu, ngày 05 tháng 7 năm 2025\nQUYẾT ĐỊNH\nVề việc mua sắm\n\nx",
         "12/2025/QĐ-STC", date(2025, 7, 5), "Quyết định", "Về việc mua sắm"),
        ("SỞ NỘI VỤ\nSố: 45 /SNV-CCVC\nV/v tuyển dụng\ncông chức năm 2025\nMẫu, ngày 1 tháng 7 năm 2025\nKính gửi: A",
         "45/SNV-CCVC", date(2025, 7, 1), "Công văn", "tuyển dụng công chức năm 2025"),
        ("Số: /KH-UBND\nngày 31 tháng 2 năm 2025\nBÁO CÁO\n-----\nKết quả", "", None, "Báo cáo", ""),
        ("", "", None, "", ""),
    ],
)  # fmt: skip
def test_what_a_page_says_is_found_where_the_decree_puts_it(
    text: str, number: str, issued: date | None, type_: str, subject: str
) -> None:
    found = propose(text, 1.0)
    assert (found.number, found.issued, found.type, found.subject) == (number, issued, type_, subject)


def test_a_superior_body_is_not_the_issuer() -> None:
    assert propose("UBND TỈNH MẪU\nSỞ TÀI CHÍNH\nSố: 1/TB-STC", 1.0).issuer == "SỞ TÀI CHÍNH"
    assert propose("ĐẢNG ỦY CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nSố: 1/TB", 1.0).issuer == "ĐẢNG ỦY"


def test_settings_and_acts_that_cannot_be(make: Any, tmp_path: Path) -> None:
    desk = make()
    with pytest.raises(ValidationError):
        make(**{"source-is-plain-basis": ""})
    with pytest.raises(ValidationError):
        make(held=str(tmp_path / "inbox"))
    with pytest.raises(NotAllowedError):
        desk.connector.file_dossier(Filing("k", "t", ()))
    assert desk.connector.find_filed("k") is None
    assert {result.id for result in desk.connector.check(live=True)} == {
        "connector:tm:source-is-plain", "connector:tm:ocr", "connector:tm:folder",
    }  # fmt: skip
    desk.inbox.rmdir()
    with pytest.raises(OutsideError):
        desk.run()
    assert desk.connector.check(live=True)[-1].result == "fail"
