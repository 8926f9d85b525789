"""The gate: marked papers are refused in every spelling, ordinary words about secrecy pass."""

import unicodedata
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from congkhai.plugin.secrecy import carries_mark, judge, says_plain

LEVELS = ("MẬT", "TỐI MẬT", "TUYỆT MẬT")


def without_tones(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def plain(*texts: str, field: str | None = "Thường", vouched: bool = True) -> bool:
    return not judge(field, field_is_plain=vouched, texts=texts).refuse


@st.composite
def spelled_levels(draw: st.DrawFn) -> str:
    level = draw(st.sampled_from(LEVELS))
    level = draw(st.sampled_from([level, without_tones(level)]))
    level = draw(st.sampled_from([str.upper, str.lower, str.title, str.capitalize]))(level)
    level = draw(st.sampled_from(["", " ", "\u00a0"])).join(level) if draw(st.booleans()) else level
    level = unicodedata.normalize(draw(st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"])), level)
    edge = st.sampled_from(["", " ", "\t", "\u00a0", "\u200b", "[", "(", "-", "."])
    return draw(edge) + level + draw(edge)


@given(spelled_levels(), st.booleans())
def test_a_level_in_the_field_is_refused_however_it_is_written(field: str, vouched: bool) -> None:
    verdict = judge(field, field_is_plain=vouched, texts=())
    assert verdict.refuse
    assert verdict.reason == "field-marked"


@pytest.mark.parametrize("field", ["Độ mật: Tối mật", "2 - Mật", "MẬT (A)", "Mật, khẩn", "MẶT", "M.A.T"])
def test_a_level_inside_a_longer_field_is_refused(field: str) -> None:
    assert judge(field, field_is_plain=True, texts=()).reason == "field-marked"


WORDS = ("Thường", "thuong", "THƯỜNG", "Không mật", "không", "Độ mật thường", "Bình thường")


@pytest.mark.parametrize("field", WORDS)
def test_a_field_that_says_plain_passes_when_the_connector_knows_it(field: str) -> None:
    for written in (field, unicodedata.normalize("NFD", field)):
        assert plain(field=written)
        assert not plain(field=written, vouched=False)


@pytest.mark.parametrize("field", WORDS)
def test_a_caller_without_a_connector_can_ask_whether_a_value_says_plain(field: str) -> None:
    assert says_plain(field)
    assert says_plain(unicodedata.normalize("NFD", field))


@pytest.mark.parametrize("field", ["0", "1", "", "Mật", "Lưu hành nội bộ", "xyz"])
def test_codes_and_other_words_say_nothing(field: str) -> None:
    assert not says_plain(field)


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        (None, "field-missing"),
        ("", "field-missing"),
        ("  ", "field-missing"),
        ("xyz", "field-unknown"),
        ("3", "field-unknown"),
        ("Lưu hành nội bộ", "field-unknown"),
        ("HỎA TỐC", "field-unknown"),
    ],
)
def test_a_missing_or_unknown_field_is_refused_unless_the_connector_vouches(field: str | None, reason: str) -> None:
    assert judge(field, field_is_plain=False, texts=()).reason == reason
    assert judge(field, field_is_plain=False, texts=()).refuse
    assert not judge(field, field_is_plain=True, texts=()).refuse


PAGES = (
    "UBND XÃ MẪU\n{}\nSố: 12/KH-UBND\nKế hoạch",
    "UBND XÃ MẪU      {}      CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "│ {} │\nKế hoạch",
    "[{}]\nKế hoạch",
    "Độ mật: {}\nKế hoạch",
    "\n\n   {}   \n\nKế hoạch",
    "{}\nBản số: 03",
)


@given(st.sampled_from(PAGES), st.sampled_from(LEVELS), st.booleans(), st.sampled_from(["NFC", "NFD"]))
def test_a_mark_near_the_head_of_the_page_is_refused(page: str, level: str, toned: bool, form: str) -> None:
    text = unicodedata.normalize(form, page.format(level if toned else without_tones(level)))
    assert judge("Thường", field_is_plain=True, texts=(text,)).reason == "text-marked"


SUBJECTS = (
    "{} Kế hoạch diễn tập phòng thủ",
    "{} - Kế hoạch diễn tập phòng thủ",
    "{}. Về việc diễn tập",
    "Kế hoạch diễn tập {}",
    "Kế hoạch diễn tập ({})",
    "Kế hoạch diễn tập - {}",
    "[{}] Kế hoạch diễn tập",
    "{} KẾ HOẠCH DIỄN TẬP PHÒNG THỦ",
)


@given(st.sampled_from(SUBJECTS), st.sampled_from(LEVELS), st.sampled_from(["NFC", "NFD"]))
def test_a_mark_glued_to_a_subject_is_refused(subject: str, level: str, form: str) -> None:
    assert carries_mark(unicodedata.normalize(form, subject.format(level)))


@pytest.mark.parametrize(
    "text",
    [
        "TỐI\nMẬT\nKế hoạch",
        "M Ậ T\nKế hoạch",
        "МẬТ\nKế hoạch",
        "MẬT\u200b\nKế hoạch",
        "M\u00adẬT\nKế hoạch",
        "TUYÊT MẬT\nKế hoạch",
        "MËT\nKế hoạch",
        "Mật\nKế hoạch",
        "Tối mật - Kế hoạch",
        "Kế hoạch [Mật]",
    ],
)
def test_a_broken_or_disguised_mark_is_refused(text: str) -> None:
    assert carries_mark(text)


ORDINARY = (
    "Luật Bảo vệ bí mật nhà nước",
    "LUẬT BẢO VỆ BÍ MẬT NHÀ NƯỚC.",
    "Quy chế bảo mật thông tin của cơ quan",
    "BẢO MẬT",
    "Quy định về bí mật nhà nước độ Tuyệt mật, Tối mật",
    "Danh mục bí mật nhà nước độ Mật",
    "QUY ĐỊNH VỀ BÍ MẬT",
    "Hướng dẫn đổi MẬT KHẨU",
    "MẬT KHẨU HỆ THỐNG",
    "MẬT MÃ DÂN SỰ",
    "Nghề nuôi ONG MẬT",
    "Mặt trận Tổ quốc Việt Nam",
    "MẶT TRẬN TỔ QUỐC",
    "Mật độ xây dựng",
    "Giải mật tài liệu lưu trữ",
    "Thu hồi giấy tờ bị mất mát",
    "Mua mật ong",
    "QUY CHẾ BẢO VỆ BÍ\nMẬT NHÀ NƯỚC TRÊN ĐỊA BÀN XÃ",
    "Về công tác BẢO\nMẬT thông tin năm 2024",
    "UBMTTQ XÃ MẪU",
)


@given(st.lists(st.sampled_from(ORDINARY), min_size=1, max_size=4), st.sampled_from(["NFC", "NFD"]))
def test_words_about_secrecy_are_no_mark(subjects: list[str], form: str) -> None:
    assert plain(*(unicodedata.normalize(form, subject) for subject in subjects))


@given(st.sampled_from([text for text in ORDINARY if "\n" not in text]), st.integers(1, 20))
def test_words_about_secrecy_are_no_mark_on_a_page(text: str, lines: int) -> None:
    page = "ỦY BAN NHÂN DÂN\nXÃ MẪU\nSố: 12/QĐ-UBND\n" + f"Căn cứ {text} và các quy định khác;\n" * lines
    assert plain(page)


@pytest.mark.parametrize("mark", ["LƯU HÀNH NỘI BỘ", "XEM XONG TRẢ LẠI", "HỎA TỐC", "THƯỢNG KHẨN", "KHẨN"])
def test_circulation_and_urgency_marks_are_no_levels(mark: str) -> None:
    assert plain(f"UBND XÃ MẪU\n{mark}\nSố: 12/CV-UBND")


def test_a_mark_far_below_the_head_is_running_text() -> None:
    assert not carries_mark("dòng thường\n" * 60 + "MẬT\n")


@given(st.text(max_size=200), st.text(max_size=20))
def test_the_verdict_never_repeats_the_document(text: str, field: str) -> None:
    verdict = judge(field, field_is_plain=False, texts=(text,))
    assert verdict.reason in {"plain", "field-marked", "field-unknown", "field-missing", "text-marked"}


@pytest.mark.parametrize("filler", ["-", " ", "M ", "T", "| ", "MẬ ", "tối ", "a ", "T O I M A "])
def test_long_junk_is_judged_quickly(filler: str) -> None:
    start = process_time()
    carries_mark(filler * 20_000)
    assert process_time() - start < 2


@given(st.text(st.sampled_from("MẬTmậtẤaAÁ T:.-()[]|–…ÉËÄ oóỐTôiUYỆ"), max_size=30) | st.text(max_size=30))
def test_a_plain_line_is_judged_as_if_it_could_hide_something(text: str) -> None:
    hidden = f"\u200b{text}"  # what cannot be seen changes nothing, but lets every character be looked at
    assert carries_mark(text) == carries_mark(hidden)


@pytest.mark.parametrize("level", ["MẬT", "TỐI MẬT", "TUYỆT MẬT"])
@pytest.mark.parametrize(
    "written",
    [
        "{}", " {} ", "[{}]", "({})", "Độ mật: {}", "ĐỘ MẬT : {}", "{} – Về việc triển khai nhiệm vụ",
        "Về việc triển khai nhiệm vụ ({})", "{}. Về việc triển khai nhiệm vụ", "| {} |", "{}\nVề việc triển khai",
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKD"])
@pytest.mark.parametrize("spaced", ["", " ", "\u00a0", "  "])
def test_every_level_is_caught_however_it_is_spaced_or_composed(
    level: str, written: str, form: str, spaced: str
) -> None:
    loose = level if not spaced else " ".join(spaced.join(word) for word in level.split())
    text = unicodedata.normalize(form, written.format(loose))
    assert carries_mark(text), repr(text)


@pytest.mark.parametrize(
    "field", ["Mật", "mật", "MẬT", "mat", "Tối mật", "TOI MAT", "tuyệt  mật", "TUYET MAT", "m ậ t"]
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_every_level_in_the_field_is_caught_without_tones_or_in_any_case(field: str, form: str) -> None:
    assert judge(unicodedata.normalize(form, field), field_is_plain=True, texts=()).refuse


@pytest.mark.parametrize(
    "subject",
    [
        "Về việc tăng cường bảo mật hệ thống thông tin", "Tập huấn công tác bảo vệ bí mật nhà nước",
        "TĂNG CƯỜNG BẢO MẬT THÔNG TIN", "Quy chế bảo vệ bí mật nhà nước của UBND xã", "Danh mục bí mật nhà nước",
        "BẢO VỆ BÍ MẬT NHÀ NƯỚC TRONG TÌNH HÌNH MỚI", "Mật độ xây dựng tại khu dân cư", "MẬT ĐỘ DÂN SỐ NĂM 2026",
        "Cam kết bảo mật dữ liệu cá nhân", "Hỗ trợ nuôi ong lấy mật", "Mật khẩu và tài khoản công vụ",
        "Mặt trận Tổ quốc xã Mẫu", "Khắc phục mất điện, mất nước", "Kiểm tra công tác bảo mật – an toàn thông tin",
        "Báo cáo về thực hiện Luật Bảo vệ bí mật nhà nước (Luật số 29/2018/QH14)", "Thống kê văn bản mật năm 2025",
        "Chế độ bồi dưỡng cơ yếu, mật mã", "Hướng dẫn xác định độ mật của văn bản", "Ma túy và tội phạm",
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_ordinary_subjects_about_secrecy_pass(subject: str, form: str) -> None:
    assert not carries_mark(unicodedata.normalize(form, subject))
