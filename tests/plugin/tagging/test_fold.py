"""Folding: every way to write a subject comes out alike, and folding twice changes nothing."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from congkhai.plugin.tagging.fold import fold, tokens, words

VIETNAMESE = st.text(
    st.sampled_from(
        "aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạấầẩẫậắằẳẵặéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ 0123456789/-–.,:()"
    ),
    max_size=60,
)


@given(st.text(max_size=80))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=80))
def test_folded_text_is_ascii_words_with_single_blanks(text: str) -> None:
    folded = fold(text)
    assert folded.isascii()
    assert folded == " ".join(folded.split())
    assert folded == folded.lower()


@given(VIETNAMESE, st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_normal_forms_fold_alike(text: str, form: str) -> None:
    assert fold(unicodedata.normalize(form, text)) == fold(text)


@given(VIETNAMESE)
def test_case_and_missing_diacritics_fold_alike(text: str) -> None:
    stripped = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)).replace("đ", "d")
    assert fold(text.upper()) == fold(text) == fold(stripped)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hoà giải", "hòa giải"),
        ("uỷ ban", "ủy ban"),
        ("thuỷ lợi", "thủy lợi"),
        ("quí II", "quý II"),
        ("kĩ thuật", "kỹ thuật"),
        ("tỉ lệ", "tỷ lệ"),
        ("lí lịch", "lý lịch"),
        ("127 /KH – UBND", "127/KH-UBND"),
        ("34/CV - BCĐ", "34/CV-BCĐ"),
        ("25./2/2024", "25/2/2024"),
        ("1.500.000 đồng", "1500000 đồng"),
        ("CO’ quan", "cơ quan"),
        ("c0ng khai", "công khai"),
        ("Ðề án", "Đề án"),
        ("công\u00a0khai", "công khai"),
        ("công\u00adkhai", "côngkhai"),
        ("tổ  chức", "tổ chức"),
        ("“Quy chế”", "Quy chế"),
        ("ngân–sách", "ngân-sách"),
    ],
)
def test_spellings_and_noise_fold_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("tay", "tai"), ("cháy", "chai"), ("127/KH", "12/KH"), ("2024", "2025")])
def test_different_words_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_words_are_padded_for_whole_word_search() -> None:
    assert words("Kế hoạch 127/KH-UBND") == " ke hoach 127 kh ubnd "


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("UBND xã", "Ủy ban nhân dân xã"),
        ("CBCCVC và NLĐ", "cán bộ, công chức, viên chức và người lao động"),
        ("công bố TTHC", "công bố thủ tục hành chính"),
        ("công tác CCHC", "công tác cải cách hành chính"),
        ("vốn XDCB", "vốn xây dựng cơ bản"),
    ],
)
def test_abbreviations_read_as_their_long_form(short: str, long: str) -> None:
    assert words(short) == words(long)


@pytest.mark.parametrize(("seen", "meant"), [("đễ", "để"), ("thông nhất", "thống nhất"), ("thuc hiên", "thực hiện")])
def test_marks_misread_by_ocr_do_not_matter(seen: str, meant: str) -> None:
    assert fold(seen) == fold(meant)


@given(VIETNAMESE)
def test_words_are_the_folded_words_with_signs_opened(text: str) -> None:
    assert words(words(text)) == words(text)


_PIECES = "127 / KH - – UBND năm 2026. 000 1. kh. V/v /5 a' CO’ quan TTHC- (TTHC) ủy ban nhân dân c0ng số: 12: ... ½ ?"
_SIGNS_AND_WORDS = st.lists(st.sampled_from(_PIECES.split()), max_size=8)


@given(_SIGNS_AND_WORDS.map(" ".join) | _SIGNS_AND_WORDS.map("".join) | st.text(max_size=60))
def test_words_that_are_remembered_one_by_one_are_those_of_the_whole_text(text: str) -> None:
    assert tokens(text) == tokens(fold(text))
