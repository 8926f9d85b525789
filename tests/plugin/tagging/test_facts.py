"""Who made a paper and what kind of paper it is, from what the source gives."""

import pytest

from congkhai.plugin.tagging.facts import Facts, Issuer, facts_of, issuer_of, type_of
from congkhai.plugin.tagging.fold import words


def facts(**given: str) -> Facts:
    standard = {"paper": "", "number": "", "issuer": "", "subject": "", "direction": "in", "agency": "xa"}
    return facts_of(**(standard | given))


@pytest.mark.parametrize(
    ("issuer", "level"),
    [
        ("UBND tỉnh Mẫu", Issuer.SUPERIOR),
        ("Uỷ ban nhân dân huyện Mẫu", Issuer.SUPERIOR),
        ("Sở Nội vụ", Issuer.SUPERIOR),
        ("Bộ Tài chính", Issuer.SUPERIOR),
        ("Quốc hội", Issuer.LAW),
        ("Thủ tướng Chính phủ", Issuer.LAW),
        ("Chính phủ", Issuer.LAW),
        ("Bộ Chính trị", Issuer.PARTY),
        ("Huyện uỷ Mẫu", Issuer.PARTY),
        ("HĐND tỉnh Mẫu", Issuer.COUNCIL),
        ("Thanh tra Chính phủ", Issuer.SUPERIOR),
        ("Hợp tác xã Mẫu", Issuer.OTHER),
        ("", Issuer.OTHER),
    ],
)
def test_the_issuer_of_an_incoming_paper_is_placed(issuer: str, level: Issuer) -> None:
    assert issuer_of("in", issuer) is level


def test_whatever_the_agency_sent_is_its_own() -> None:
    assert issuer_of("out", "") is Issuer.OWN
    assert issuer_of("out", "UBND tỉnh Mẫu") is Issuer.OWN


@pytest.mark.parametrize(
    ("written", "number", "subject", "expected"),
    [
        ("Quyết định", "", "", "quyet dinh"),
        ("QĐ", "", "", "quyet dinh"),
        ("", "127 /KH – UBND", "", "ke hoach"),
        ("", "32-CV/BCĐ", "", "cong van"),
        ("", "09/2021/QĐ-UBND", "", "quyet dinh"),
        ("", "", "Thông báo nghỉ lễ", "thong bao"),
        ("", "", "QĐ v/v mua máy", "quyet dinh"),
        ("khác", "", "Giấy mời họp", "giay moi"),
        ("", "", "Không rõ", ""),
    ],
)
def test_the_type_comes_from_field_then_symbol_then_subject(
    written: str, number: str, subject: str, expected: str
) -> None:
    assert type_of(written, number, words(subject)) == expected


def test_a_year_in_the_number_marks_a_normative_document() -> None:
    assert facts(number="09/2021/QĐ-UBND").normative
    assert not facts(number="156/QĐ-UBND").normative


@pytest.mark.parametrize(
    "subject", ["Kế hoạch năm 2024", "Công tác quý II", "Chương trình tháng 6/2024", "6 tháng đầu năm"]
)
def test_a_named_period_is_seen(subject: str) -> None:
    assert facts(subject=subject).dated


def test_the_first_page_speaks_where_the_subject_says_nothing() -> None:
    assert " mua sam " in facts(subject="V/v", text="QUYẾT ĐỊNH\nmua sắm máy tính").text
    assert " mua sam " not in facts(subject="Kế hoạch công tác năm", text="mua sắm máy tính").text


@pytest.mark.parametrize(
    ("number", "level"),
    [
        ("12/CT-TTg", Issuer.LAW),
        ("98/2023/NĐ-CP", Issuer.LAW),
        ("32-CV/TU", Issuer.PARTY),
        ("05/NQ-HĐND", Issuer.COUNCIL),
        ("120/UBND-NC", Issuer.SUPERIOR),
        ("187/QĐ-BTC", Issuer.SUPERIOR),
        ("31/SNV-CCVC", Issuer.SUPERIOR),
        ("", Issuer.OTHER),
    ],
)
def test_the_number_tells_the_issuer_where_no_name_stands(number: str, level: Issuer) -> None:
    assert issuer_of("in", "", number) is level
    assert issuer_of("in", "Hợp tác xã Mẫu", number) is Issuer.OTHER


def test_the_opening_stands_after_about_and_the_type_itself() -> None:
    for subject in ("V/v giao dự toán", "Quyết định về việc giao dự toán", "về việc giao dự toán"):
        seen = facts(subject=subject, paper="quyết định")
        assert seen.text.split()[seen.opening] == "giao"


def test_legal_bases_of_the_first_page_are_read() -> None:
    page = "QUYẾT ĐỊNH\nCăn cứ Luật Ngân sách nhà nước số 83/2015/QH13;\nCăn cứ Luật Đầu tư công.\nXét đề nghị"
    seen = facts(subject="Phê duyệt nội dung trình kèm", text=page)
    assert " luat ngan sach nha nuoc " in seen.bases
    assert " luat dau tu cong " in seen.bases
    assert "xet de nghi" not in seen.bases
