"""
Every fact that TT 15/2025/TT-BKHCN Điều 6 and Phụ lục II ask a verifying program to show, in Vietnamese, on the screen
and on paper, whatever the result.
"""

import datetime as dt
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from congkhai.plugin.cli import group
from tests.plugin.signing_samples import sample_module

AT = "2026-11-20T10:00:00+07:00"
ISSUER = "Cơ quan, tổ chức tạo lập, cấp, phát hành chứng thư chữ ký số"
SIGNER = "Chủ thể ký"
MANAGER = "Đơn vị quản lý chứng thư chữ ký số"
TIME = "Thời điểm ký số hoặc dấu thời gian"
INTEGRITY = "Tính toàn vẹn của thông điệp dữ liệu đã ký"
VALIDITY = "Tính hợp lệ của chữ ký số tại thời điểm ký"
PERIOD = "Thời hạn có hiệu lực của chứng thư chữ ký số"
STATUS, STAMPS, PATH = "Trạng thái chứng thư", "Dấu thời gian", "Đường dẫn tin cậy"
FILES = ("good", "changed", "stamped", "bent", "unknown", "revoked", "sha1")


@dataclass
class Shown:
    """What one report shows: on the screen, as label and value, and the words on paper."""

    screen: dict[str, str]
    first: str
    paper: str


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Shown]:
    """Verify one paper of each kind, on the screen and on paper."""
    pki, samples, stamps, terms = map(sample_module, ("pki", "samples", "stamping", "long_term"))
    folder = tmp_path_factory.mktemp("facts")
    own = pki.Pki.make()
    service = stamps.OwnTsa(stamps.service_identity(own.issuing), pki.NOW - dt.timedelta(minutes=30))
    key = samples.file_key(own.issuing.issue("Nguyễn Văn Mẫu", title="Chủ tịch"), folder)
    leaver = own.issuing.issue("Lê Văn Mẫu")
    stranger = samples.file_key(pki.Pki.make("Gốc lạ").issuing.issue("Người lạ"), folder)
    own.issuing.revoke(leaver, pki.NOW - dt.timedelta(days=3))
    own.trust_folder(folder / "trust")
    good = samples.sign(samples.minutes_xml(("head",)), key, role="head")
    named = re.search(rb'Id="(sig-[^"]+)"', good)
    assert named is not None
    number = named[1].decode()
    bent = stamps.OwnTsa(service.identity, service.at, frozenset({"imprint"}))
    papers = {
        "good": good,
        "changed": good.replace("công khai".encode(), "Công khai".encode()),
        "stamped": terms.with_stamp(good, number, service),
        "bent": terms.with_stamp(good, number, bent),
        "unknown": samples.sign(samples.minutes_xml(), stranger),
        "revoked": samples.sign(samples.minutes_xml(), samples.file_key(leaver, folder)),
        "sha1": good.replace(b"http://www.w3.org/2001/04/xmlenc#sha256", b"http://www.w3.org/2000/09/xmldsig#sha1", 1),
    }
    return {name: _show(folder, name, data) for name, data in papers.items()}


def _show(folder: Path, name: str, data: bytes) -> Shown:
    file, report = folder / f"{name}.xml", folder / f"{name}.pdf"
    file.write_bytes(data)
    done = CliRunner().invoke(
        group,
        [
            "verify",
            "--at",
            AT,
            "--trust",
            str(folder / "trust"),
            "--report",
            str(report),
            "--time-limit",
            "0",
            str(file),
        ],
    )
    assert done.exit_code in {0, 1, 3}, done.output
    screen = dict(re.findall(r"^    ([^:\n]+): (.*)$", done.output, re.MULTILINE))
    text = subprocess.run(["pdftotext", "-raw", report, "-"], capture_output=True, text=True, check=True).stdout
    return Shown(screen, done.output.splitlines()[1].strip(), " ".join(text.split()))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("label", [ISSUER, SIGNER, MANAGER, TIME, INTEGRITY, VALIDITY, PERIOD, STATUS, STAMPS, PATH])
def test_every_field_has_its_words_whatever_the_result(shown: dict[str, Shown], name: str, label: str) -> None:
    assert shown[name].screen[label].strip()
    assert label in shown[name].paper


def both(one: Shown, label: str, words: str) -> bool:
    """Tell whether a value is shown on the screen under its label, and on paper."""
    return words in one.screen[label] and words in one.paper


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("good", "Chữ ký số hợp lệ"), ("stamped", "Chữ ký số hợp lệ"), ("changed", "Chữ ký số không hợp lệ: "),
        ("sha1", "Chữ ký số không hợp lệ: "), ("unknown", "Chưa kết luận được: "), ("bent", "Chưa kết luận được: "),
    ],
)  # fmt: skip
def test_result_line_says_valid_or_not_with_the_reason(shown: dict[str, Shown], name: str, words: str) -> None:
    assert shown[name].first.startswith(words.strip())
    assert words.strip() in shown[name].paper
    assert words.endswith(" ") == (len(shown[name].first) > len(words))


def test_issuer_names_the_authority_and_its_path(shown: dict[str, Shown]) -> None:
    assert both(shown["good"], ISSUER, "CN=CA cấp phát – Gốc thử nghiệm")
    path = shown["good"].screen[PATH].split(" ← ")
    assert [one.split(",")[0] for one in path] == [
        "CN=Nguyễn Văn Mẫu", "CN=CA cấp phát – Gốc thử nghiệm", "CN=Gốc thử nghiệm",
    ]  # fmt: skip
    assert shown["unknown"].screen[PATH] == "không có"


def test_signer_has_name_agency_title_and_role(shown: dict[str, Shown]) -> None:
    for words in ("Nguyễn Văn Mẫu", "Chủ tịch", "UBND xã Mẫu", "(head)"):
        assert both(shown["good"], SIGNER, words)


def test_manager_is_the_organisation_of_the_certificate(shown: dict[str, Shown]) -> None:
    assert both(shown["good"], MANAGER, "UBND xã Mẫu")


def test_time_says_whether_it_is_a_claim_or_a_timestamp(shown: dict[str, Shown]) -> None:
    assert both(shown["good"], TIME, "20/11/2026 09:00:00 (do người ký tự khai, không phải dấu thời gian)")
    assert both(shown["stamped"], TIME, "20/11/2026 09:30:00 (dấu thời gian)")


def test_integrity_is_told_apart_from_trust(shown: dict[str, Shown]) -> None:
    for name in ("good", "unknown", "revoked", "bent"):
        assert both(shown[name], INTEGRITY, "nguyên vẹn, không thay đổi sau khi ký")
    assert both(shown["changed"], INTEGRITY, "đã bị thay đổi")


def test_validity_at_signing_has_the_reason(shown: dict[str, Shown]) -> None:
    assert both(shown["good"], VALIDITY, "Chữ ký số hợp lệ")
    assert "Nội dung đã bị thay đổi sau khi ký" in shown["changed"].screen[VALIDITY]
    assert "SHA-1 không còn được chấp nhận" in shown["sha1"].paper


def test_period_of_the_certificate_is_from_and_to(shown: dict[str, Shown]) -> None:
    assert both(shown["changed"], PERIOD, "từ 01/01/2026 07:00:00 đến 01/01/2028 07:00:00")


def test_status_warns_when_it_cannot_be_checked(shown: dict[str, Shown]) -> None:
    assert both(shown["good"], STATUS, "không bị thu hồi")
    assert both(shown["revoked"], STATUS, "đã bị thu hồi")
    assert both(shown["unknown"], STATUS, "CẢNH BÁO: không kiểm tra được trạng thái")


def test_a_timestamp_is_shown_with_its_validity(shown: dict[str, Shown]) -> None:
    assert shown["good"].screen[STAMPS] == "không có"
    assert both(
        shown["stamped"], STAMPS, "cho chữ ký, 20/11/2026 09:30:00 (CN=Dấu thời gian, O=UBND xã Mẫu, C=VN): hợp lệ"
    )
    assert both(shown["bent"], STAMPS, ": không hợp lệ")
