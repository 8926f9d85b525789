"""The guard before a public channel: personal data is seen, ordinary numbers are not."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from congkhai.plugin.privacy import COVER, personal_facts, redacted, why_not_public
from congkhai.plugin.regulation import load_regulation

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


def test_declarations_and_personal_items_are_held_back_from_the_public() -> None:
    regulation = load_regulation("dong-son-2024")
    assert "không bao giờ" in why_not_public("integrity.declarations", ["x"], regulation)[0]
    assert why_not_public("personnel.people", ["x"], regulation)
    assert why_not_public("budget", ["Công khai dự toán năm 2026"], regulation) == ()
    assert "số điện thoại" in why_not_public("budget", ["ĐT: 0912345678"], regulation)[0]


@given(st.text(max_size=200))
def test_findings_stand_in_order_inside_the_text_and_do_not_overlap(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    end = 0
    for fact in personal_facts(text):
        assert end <= fact.start < fact.end <= len(composed)
        end = fact.end
    assert len(redacted(text)) == len(composed)
