"""The guard before a public channel: personal data is seen, ordinary numbers are not."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from congkhai.plugin.privacy import COVER, kind_words, personal_facts, redacted

PERSONAL = (
    ("identity", "CCCD số 001090012345", "001090012345"),
    ("identity", "CMND: 123 456 789", "123 456 789"),
    ("identity", "hộ chiếu số B1234567", "B1234567"),
    ("identity", "(001090012345)", "001090012345"),
    ("bank", "số tài khoản 1234567890 tại Ngân hàng Mẫu", "1234567890"),
    ("phone", "ĐT: 0912 345 678", "0912 345 678"),
    ("phone", "liên hệ 0987654321", "0987654321"),
    ("phone", "zalo +84 912 345 678", "+84 912 345 678"),
    ("birth", "sinh ngày 01/02/1990", "01/02/1990"),
    ("birth", "Năm sinh: 1985", "1985"),
    ("address", "thường trú tại thôn Mẫu, xã Mẫu Sơn", "thôn Mẫu, xã Mẫu Sơn"),
    ("email", "gửi về nguyenvanmau@example.vn", "nguyenvanmau@example.vn"),
    ("health", "bà Mẫu mắc bệnh tim", "mắc bệnh tim"),
    ("identity", "số 001 090 012 345 cấp ngày 01/02/2022", "001 090 012 345"),
    ("phone", "ĐT: (0204) 3876.543", "(0204) 3876.543"),
    ("phone", "Điện thoại: 0204.3876543", "0204.3876543"),
    ("birth", "ông Nguyễn Văn Mẫu, sinh 01/02/1990", "01/02/1990"),
    ("birth", "Ngày, tháng, năm sinh: 01/02/1990", "01/02/1990"),
    ("birth", "Nguyễn Văn Mẫu (SN 1985)", "1985"),
    ("birth", "sinh ngày 01 tháng 02 năm 1990", "01 tháng 02 năm 1990"),
    ("address", "Nơi cư trú: Tổ 5, phường Mẫu", "Tổ 5, phường Mẫu"),
    ("address", "HKTT: số 12 đường Mẫu", "số 12 đường Mẫu"),
    ("address", "chỗ ở hiện nay thôn 3 xã Mẫu", "thôn 3 xã Mẫu"),
    ("address", "Quê quán: Mẫu Sơn, Lạng Sơn", "Mẫu Sơn, Lạng Sơn"),
    ("health", "ông Mẫu đang điều trị ung thư phổi", "điều trị ung thư phổi"),
    ("health", "người khuyết tật nặng", "khuyết tật nặng"),
)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(("kind", "text", "fact"), PERSONAL)
def test_personal_data_is_found_and_covered(kind: str, text: str, fact: str, form: str) -> None:
    (found,) = personal_facts(unicodedata.normalize(form, text))
    composed = unicodedata.normalize("NFC", text)
    assert (found.kind, composed[found.start : found.end]) == (kind, fact)
    assert fact not in redacted(text)
    assert COVER in redacted(text)


@pytest.mark.parametrize(
    "text",
    [
        "Số: 127/KH-UBND ngày 02/02/2024",
        "Luật số 10/2022/QH15 ngày 10/11/2022",
        "dự toán 1.500.000.000 đồng, quyết toán 912345678 đồng",
        "mã định danh 000.01.25.H99",
        "từ ngày 01/7/2026 đến ngày 30/9/2026",
        "Điều 46, khoản 12; 03 ngày làm việc",
        "giai đoạn 2021-2025",
        "",
        "Kế hoạch tuyển sinh năm 2025; học sinh năm 2024; thí sinh năm 2026",
        "vệ sinh ngày 01/02/2025, an sinh năm 2026, dân sinh năm 2026",
        "912345678 đồng; 0912345678 đồng; số tiền 012 345 678 901 đồng",
        "tài khoản tiền gửi 1.234.567.890 đồng",
        "tài khoản định danh điện tử mức 2 năm 2025; tài khoản kế toán 1111",
        "H99.23-240101-0001; mã số thuế 0100109106",
        "Quyết định số 0912345678/QĐ-UBND",
        "Bệnh viện Tâm thần tỉnh; phòng chống HIV/AIDS; bệnh án điện tử; phòng chống ung thư",
        "chế độ thai sản cho viên chức; Luật Người khuyết tật",
        "đăng ký thường trú, tạm trú theo Luật Cư trú; hỗ trợ nhà ở cho hộ nghèo thôn Mẫu",
    ],
)
def test_ordinary_numbers_of_office_papers_are_left_alone(text: str) -> None:
    assert personal_facts(text) == ()
    assert redacted(text) == text


def test_a_clerk_may_leave_a_finding_uncovered() -> None:
    text = "sinh ngày 01/02/1990, ĐT: 0912345678"
    birth, phone = personal_facts(text)
    assert "01/02/1990" in redacted(text, [phone])
    assert "0912345678" in redacted(text, [birth])


def test_what_is_the_agencys_own_is_nobodys_personal_data() -> None:
    text = "Hotline 0204.387.6543, ĐT: 0912345678, tài khoản 3741.0.1234567, ubnd@mau.gov.vn, mau@mau.gov.vn"
    own = ("0204 387 6543", "3741.0.1234567", "@mau.gov.vn")
    (phone,) = personal_facts(text, own)
    assert text[phone.start : phone.end] == "0912345678"
    assert len(personal_facts(text)) == 5


@given(st.text(max_size=200))
def test_findings_stand_in_order_inside_the_text_and_do_not_overlap(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    end = 0
    for fact in personal_facts(text):
        assert end <= fact.start < fact.end <= len(composed)
        end = fact.end
    assert len(redacted(text)) == len(composed)


@pytest.mark.parametrize("kind", sorted({kind for kind, _text, _fact in PERSONAL}))
def test_every_kind_has_a_name_for_people(kind: str) -> None:
    assert kind_words(kind)
