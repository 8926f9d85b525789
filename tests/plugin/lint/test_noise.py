"""What noise does: reading never fails, small damage does not turn a sound paper into a faulty one."""

import random
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from congkhai.plugin.errors import InputError
from congkhai.plugin.lint.content import period_of
from congkhai.plugin.lint.encodings import decode, modern
from congkhai.plugin.lint.files import read_bytes
from congkhai.plugin.lint.flat import flatten
from congkhai.plugin.lint.moments import number_in_words
from congkhai.plugin.lint.parse import parse
from congkhai.plugin.lint.people import is_name, same_person
from congkhai.plugin.lint.records import Paper, Text
from congkhai.plugin.records import Finding

Lint = Callable[..., list[Finding]]
Read = Callable[[str], Paper]
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(st.text(max_size=400))
def test_every_letter_of_the_folded_text_knows_its_place(text: str) -> None:
    flat = flatten(text)
    assert len(flat.at) == len(flat.text)
    assert list(flat.at) == sorted(flat.at)
    assert all(0 <= index < len(flat.source) for index in flat.at)
    assert flat.text.isascii()
    assert flat.source.count("\n") == flat.text.count("\n")


@QUICK
@given(st.binary(max_size=600))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        paper = parse(read_bytes(data, "x"))
    except InputError as error:
        assert error.code.startswith("congkhai-E67")
    else:
        assert paper.text.flat.source


@QUICK
@given(st.lists(st.sampled_from([
    "Số:", "12/BB-UBND", "BIÊN BẢN", "KẾ HOẠCH", "ngày", "31/02/2024", "05/02", "đến hết ngày", "từ", "20 ngày", "\n",
    "Ông", "Nguyễn Văn Mẫu", "TM.", "CHỦ TỊCH", "Nơi nhận:", "- Lưu: VT.", "Căn cứ", "Điều 1.", "I.", "2.", "14 giờ 70",
    "II. VĂN BẢN CÔNG KHAI", "Địa điểm:", "và", "99/99/2024", "./.", "THÀNH PHẦN THAM GIA", "(hai mươi)", "\t", "   ",
]), max_size=60))  # fmt: skip
def test_words_of_papers_in_any_order_are_read_and_looked_at(lint: Lint, words: list[str]) -> None:
    text = " ".join(words)
    if any(letter.isalpha() for letter in text):
        lint({"a.txt": text, "b.txt": text[::-1] + " chữ"})


@pytest.mark.parametrize("seed", range(6))
def test_wrong_and_missing_diacritics_do_not_make_a_sound_set_faulty(
    seed: int, sound: dict[str, str], lint: Lint
) -> None:
    """As OCR does it: a diacritic is lost or another one stands there; in one letter of thirty."""
    other = {
        "ế": "ê",
        "ệ": "ê",
        "ạ": "a",
        "ị": "i",
        "ủ": "u",
        "ờ": "ơ",
        "ố": "ô",
        "ấ": "â",
        "ử": "ư",
        "ề": "ễ",
        "à": "á",
    }
    dice = random.Random(seed)  # noqa: S311 - noise for a test
    noisy = {
        name: "".join(other.get(letter, letter) if dice.random() < 0.3 else letter for letter in text)
        for name, text in sound.items()
    }
    assert noisy != sound
    assert lint(noisy) == []


def test_a_paper_without_any_diacritics_reads_the_same(sound: dict[str, str], lint: Lint) -> None:
    bare = {
        name: "".join(
            flatten(letter).text.upper() if letter.isupper() else flatten(letter).text or letter for letter in text
        )
        for name, text in sound.items()
    }
    assert lint(bare) == []


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("Hôm nay, vào hồi 16 giờ 30 phút ngày 25./2/2024", "2024-02-25"),
        ("Hôm nay, ngày 25 tháng 02 năm 2024, lúc 16h30", "2024-02-25"),
        ("Vào lúc 16g30, ngày 25-02-2024", "2024-02-25"),
        ("Thời gian: 16:30 ngày 25.02.2024", "2024-02-25"),
        ("Thời gian bắt đầu: 16 giờ 30, thứ hai ngày O5/02/2024", "2024-02-05"),
    ],
)
def test_day_and_hour_of_an_act_are_read_in_every_style(written: str, day: str, read: Read) -> None:
    paper = read(f"BIÊN BẢN\nHọp cơ quan\n\n{written}, tại trụ sở.\n\nCuộc họp kết thúc vào 17 giờ 00 cùng ngày.\n")
    assert paper.event_day is not None
    assert paper.event_day.value is not None
    assert paper.event_day.value.isoformat() == day
    assert paper.start is not None
    assert (paper.start.value.hour, paper.start.value.minute) == (16, 30)
    assert paper.end is not None
    assert paper.end.value.hour == 17


@pytest.mark.parametrize(
    "number", ["127/KH-UBND", "127 /KH-UBND", "127 /KH – UBND", "127/KH - UBND", "127/kh-ubnd", "0127/KH-UBND"]
)
def test_a_number_is_one_in_every_style(number: str, read: Read) -> None:
    paper = read(f"Số: {number}\n\nKẾ HOẠCH\n\nCông khai\n")
    assert paper.own is not None
    assert paper.own.key == ("127", frozenset({"kh", "ubnd"}), 0)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("20 ngày bắt đầu từ ngày 05/02/2024", (20, "2024-02-05", None, False)),
        ("từ ngày 05/02 đến hết ngày 25/02/2024", (None, "2024-02-05", "2024-02-25", True)),
        ("20 (hai mươi) ngày liên tục, kể từ ngày 05 tháng 02 năm 2024 đến ngày 25 tháng 02 năm 2024",
         (20, "2024-02-05", "2024-02-25", False)),
        ("trong thời hạn 15 ngày", (15, None, None, False)),
    ],
)  # fmt: skip
def test_a_period_is_read_in_words_and_figures(
    written: str, expected: tuple[int | None, str | None, str | None, bool]
) -> None:
    period = period_of(Text("a", flatten(f"Văn bản được niêm yết công khai tại trụ sở {written}.")))
    assert period is not None
    first, last = (day and day.isoformat() for day in (period.first, period.last))
    assert (period.days, first, last, period.through) == expected


@pytest.mark.parametrize(
    ("words", "number"),
    [("hai muoi", 20), ("muoi lam", 15), ("hai muoi mot", 21), ("nam", 5), ("ba tram linh hai", 302),
     ("tram nam", None), ("khong", 0), ("mot tram hai muoi", 120),
     ("ngay", None), ("", None), ("hai muoi ba muoi", None)],
)  # fmt: skip
def test_numbers_in_words(words: str, number: int | None) -> None:
    assert number_in_words(words) == number


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Bùi Bửu Thư", "Bưu Bưu Thư", True), ("Nguyễn Thị Huyền", "quyền Thị Huyện", True),
        ("Nguyễn Văn Long", "Nguyễn Văn Tươi", False), ("Vũ Thị Hương", "VŨ THỊ HƯƠNG", True),
        ("Ngô Văn Tân", "Ngô Cảnh Bình", False), ("", "Ngô Văn Tân", False),
    ],
)  # fmt: skip
def test_names_read_badly_are_one_person_and_other_names_are_not(one: str, other: str, same: bool) -> None:
    assert same_person(one, other) is same


@pytest.mark.parametrize(
    "text", ["Chủ Tịch", "ỦY BAN NHÂN DÂN", "Nơi nhận", "Các thôn", "Nguyễn", "Nguyễn văn", "12 Lê Văn"]
)
def test_what_is_no_name_is_not_taken_for_one(text: str) -> None:
    assert not is_name(text)


def test_french_or_german_text_is_not_taken_for_old_vietnamese() -> None:
    text = "Le procès-verbal de l'affichage a été signé à l'hôtel de ville; die Straße wäre schön. " * 3
    assert modern(text) == (text, "utf-8")
    with pytest.raises(UnicodeDecodeError):
        decode(text.encode("latin-1"))


def test_what_a_scan_or_a_list_makes_of_a_sound_paper_is_no_fault_of_the_paper() -> None:
    headings = "H. THÀNH PHẦN\nII. NỘI DUNG\nIV. KẾT LUẬN\n"  # I was read as H, III as 1II
    said = {medium: parse(Text("a", flatten(headings), (), medium)).numbering for medium in ("pdf", "ocr")}
    assert said["pdf"]
    assert not said["ocr"]
    channel = "- Căn cứ: khoản 3 Điều 7.\n"
    basis = "Căn cứ Luật Thực hiện dân chủ ở cơ sở ngày 10 tháng 11 năm 2022;\n"
    assert not parse(Text("a", flatten(f"1. Bảng tin\n{channel}2. Trang nội bộ\n{channel}"), (), "pdf")).duplicates
    assert parse(Text("a", flatten(f"{basis}{basis}"), (), "pdf")).duplicates
