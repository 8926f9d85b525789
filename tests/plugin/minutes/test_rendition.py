"""The PDF shows what the XML says, carries it unchanged, and cannot be made to say anything else."""

import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime

import pypdfium2
import pytest

from congkhai.plugin.errors import InputError
from congkhai.plugin.minutes import (
    FeedbackSummary,
    MinutesContent,
    Person,
    ReportContent,
    Role,
    minutes_pdf,
    minutes_xml,
    report_pdf,
    report_xml,
)
from congkhai.plugin.minutes.view import breakable, day_words, minutes_view, moment_words

MADE = datetime(2024, 2, 26, 2, 0, tzinfo=UTC)


def pages(pdf: bytes) -> list[str]:
    """Text of each page with white space put together, so that line breaks of the layout do not matter."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        texts = []
        for number in range(len(document)):
            page = document[number]
            text_page = page.get_textpage()
            texts.append(re.sub(r"\s+", " ", text_page.get_text_range().replace("\u200b", "")))
            text_page.close()
            page.close()
        return [unicodedata.normalize("NFC", text) for text in texts]
    finally:
        document.close()


def attachments(pdf: bytes) -> dict[str, bytes]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        found = [document.get_attachment(number) for number in range(document.count_attachments())]
        return {each.get_name(): bytes(each.get_data()) for each in found}
    finally:
        document.close()


def rendered(content: MinutesContent) -> list[str]:
    return pages(minutes_pdf(content, minutes_xml(content), MADE))


def test_posting_minutes_read_as_a_vietnamese_paper(posting: MinutesContent) -> None:
    text = " ".join(rendered(posting))
    for expected in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Số: 12/BB-UBND",
        "BIÊN BẢN",
        "Niêm yết công khai thông tin",
        "Căn cứ Luật Thực hiện dân chủ ở cơ sở;",
        "của Chính phủ.",
        "Thời gian bắt đầu: 14 giờ 30 phút, ngày 05 tháng 02 năm 2024.",
        "I. THÀNH PHẦN THAM DỰ",
        "Vắng mặt: 1 người.",
        "Dự thảo Quyết định của UBND xã Mẫu Sơn",
        "dự thảo, chưa ban hành; 12 trang",
        "Kế hoạch số 127/KH-UBND ngày 30 tháng 01 năm 2024",
        "182.344",
        "Thời hạn: 20 ngày; cách tính: đủ 20 ngày liên tục, không tính ngày niêm yết.",
        "Được kết thúc sớm nhất từ: 00 giờ 00 phút, ngày 26 tháng 02 năm 2024.",
        "công khai thường xuyên",
        "TM. ỦY BAN MTTQ",
        "CÔNG CHỨC VP-TK",
        "Nơi nhận:",
        "- Lưu: VT, Hồ sơ.",
        "Mã biên bản: bb-2024-0001",
        "Nhật ký: mục 128, 9f86d081884c…",
    ):
        assert expected in text, expected
    assert posting.documents[0].attachments[0].sha256 in text


def test_minutes_have_no_place_and_date_line_but_a_report_has(posting: MinutesContent, report: ReportContent) -> None:
    line = "Mẫu Sơn, ngày 27 tháng 02 năm 2024"
    text = " ".join(pages(report_pdf(report, report_xml(report), MADE)))
    assert line in text
    assert "Mẫu Sơn, ngày" not in " ".join(rendered(posting))
    assert "BÁO CÁO Kết quả công khai thông tin" in text
    assert "Kính gửi: Ủy ban nhân dân huyện Mẫu Giang" in text
    assert "https://mauson.example.vn/cong-khai?id=127&x=1" in text.replace("? ", "?").replace("= ", "=")


def test_closing_minutes_state_the_period_and_the_comments(closing: MinutesContent) -> None:
    text = " ".join(rendered(closing))
    assert "Thực tế kết thúc: 08 giờ 00 phút, ngày 26 tháng 02 năm 2024." in text
    assert "đã nhận được 2 ý kiến" in text
    assert "Gắn với cải cách." in text
    assert "Gián đoạn từ 08 giờ 00 phút, ngày 10 tháng 02 năm 2024" in text
    assert "số 12/BB-UBND, mã bb-2024-0001" in text


def test_no_comments_is_said(closing: MinutesContent) -> None:
    assert "không nhận được ý kiến phản ánh, kiến nghị nào" in " ".join(
        rendered(replace(closing, feedback=FeedbackSummary(0)))
    )


def test_signers_stand_in_paper_order(posting: MinutesContent) -> None:
    last = rendered(posting)[-1]
    places = [last.rindex(name) for name in ("Trần Văn Ví", "Nguyễn Thị Mẫu", "Lê Văn Mẫu")]
    assert places == sorted(places)


@pytest.mark.parametrize(("count", "rows"), [(1, [1]), (2, [2]), (3, [3]), (4, [2, 2]), (5, [3, 2]), (7, [3, 2, 2])])
def test_signers_are_spread_evenly_over_rows(posting: MinutesContent, count: int, rows: list[int]) -> None:
    roles = tuple(Role(f"r{place}", ("ỦY VIÊN",), f"Nguyễn Văn Mẫu {place}") for place in range(count))
    content = replace(posting, roles=roles)
    assert [len(row) for row in minutes_view(content)["rows"]] == rows
    text = " ".join(rendered(content))
    assert all(role.person in text for role in roles)


def test_attached_xml_is_the_input_byte_for_byte(posting: MinutesContent, report: ReportContent) -> None:
    signature = b'<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="s"><ds:SignedInfo/></ds:Signature>'
    xml = minutes_xml(posting).replace(b"</Minutes>", signature + b"</Minutes>")
    assert attachments(minutes_pdf(posting, xml, MADE)) == {"minutes.xml": xml}
    assert attachments(report_pdf(report, report_xml(report), MADE)) == {"report.xml": report_xml(report)}


def test_xml_that_says_something_else_is_not_attached(posting: MinutesContent, closing: MinutesContent) -> None:
    with pytest.raises(InputError, match="không cùng nội dung"):
        minutes_pdf(posting, minutes_xml(closing), MADE)
    with pytest.raises(InputError):
        minutes_pdf(posting, b"\xff", MADE)


def test_text_of_a_document_never_becomes_template_code(posting: MinutesContent) -> None:
    hostile = '#panic("x") $x$ *a* _b_ @b <c> `d` = e \\ #read("/etc/passwd") // f'
    content = replace(
        posting,
        subject=hostile,
        documents=(replace(posting.documents[0], subject=hostile),),
        participants=(Person(hostile, hostile),),
        roles=(Role("head", ("CHỦ TỊCH",), hostile),),
        recipients=(hostile,),
    )
    assert " ".join(rendered(content)).count('#panic("x") $x$ *a* _b_ @b <c> `d` = e \\ #read("/etc/passwd") // f') >= 6


def test_same_arguments_give_the_same_bytes_on_any_thread(posting: MinutesContent) -> None:
    xml = minutes_xml(posting)
    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(lambda _: minutes_pdf(posting, xml, MADE), range(8)))
    assert len(made) == 1
    assert minutes_pdf(posting, xml, MADE.replace(hour=3)) not in made


def test_hundred_participants_break_over_numbered_pages(posting: MinutesContent) -> None:
    people = tuple(Person(f"Nguyễn Văn Mẫu {place}", "công chức") for place in range(1, 101))
    texts = rendered(replace(posting, participants=people))
    assert len(texts) >= 4
    everything = " ".join(texts)
    assert all(f"{place} Nguyễn Văn Mẫu {place} công chức" in everything for place in range(1, 101))
    with_people = [text for text in texts if re.search(r"Nguyễn Văn Mẫu \d", text)]
    assert len(with_people) >= 3
    assert all("STT Họ và tên Chức vụ" in text for text in with_people)
    assert not texts[0].lstrip().startswith("1 ")
    for number, text in enumerate(texts[1:], 2):
        assert text.lstrip().startswith(f"{number} "), text[:40]


def test_decomposed_text_is_shown_composed(posting: MinutesContent) -> None:
    content = replace(posting, place=unicodedata.normalize("NFD", "Nhà văn hóa thôn Mẫu Thượng"))
    assert "Địa điểm: Nhà văn hóa thôn Mẫu Thượng." in " ".join(rendered(content))


def test_characters_that_no_font_has_are_named_and_stay_in_the_xml(posting: MinutesContent) -> None:
    content = replace(posting, place="Hội trường \U00010000 \U00012000")  # Linear B and cuneiform
    pdf = minutes_pdf(content, minutes_xml(content), MADE)
    assert "Hội trường [U+10000] [U+12000]." in " ".join(pages(pdf))
    assert "Hội trường \U00010000 \U00012000".encode() in attachments(pdf)["minutes.xml"]


def test_long_words_stay_on_the_page() -> None:
    assert max(map(len, re.split("[ \u200b]", breakable("x" * 500)))) <= 20
    assert breakable("x" * 500).replace("\u200b", "") == "x" * 500
    assert breakable("Ủy ban nhân dân") == "Ủy ban nhân dân"


def test_moment_without_zone_is_refused(posting: MinutesContent) -> None:
    with pytest.raises(InputError, match="múi giờ"):
        minutes_pdf(posting, minutes_xml(posting), MADE.replace(tzinfo=None))


def test_dates_are_written_as_the_decree_says() -> None:
    assert day_words(date(2024, 2, 5)) == "ngày 05 tháng 02 năm 2024"
    assert day_words(date(2024, 3, 15)) == "ngày 15 tháng 3 năm 2024"
    assert day_words(date(2024, 11, 1)) == "ngày 01 tháng 11 năm 2024"


def test_moments_are_written_in_vietnams_time(posting: MinutesContent) -> None:
    late = datetime(2024, 2, 29, 17, 5, tzinfo=UTC)
    content = replace(posting, finished=late)
    assert "00 giờ 05 phút, ngày 01 tháng 3 năm 2024" in " ".join(rendered(content))
    assert moment_words(posting.started) == "14 giờ 30 phút, ngày 05 tháng 02 năm 2024"
