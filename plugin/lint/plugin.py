"""The built-in checks, offered through the hook like any foreign ones."""

from collections.abc import Callable
from typing import Final

from ..hooks import hookimpl
from ..interfaces import Check
from ..records import Severity
from . import checks_dossier as dossier
from . import checks_head as head
from . import checks_matter as matter
from . import checks_people as people
from . import checks_set as across
from . import checks_time as times
from .rule import Rule

_ERROR, _WARN, _INFO = Severity.ERROR, Severity.WARN, Severity.INFO
_ND30 = "Nghị định 30/2020/NĐ-CP"
_LAW = "Luật 10/2022/QH15"
_CIVIL = "Bộ luật Dân sự 91/2015/QH13"

BUILT_IN: Final = (
    Rule("A01", _ERROR, "Ngày ở đầu biên bản khác ngày trong nội dung", f"{_ND30} Mẫu 1.9", head.head_against_body),
    Rule(
        "A02",
        _WARN,
        "Ngày của chính văn bản là ngày nghỉ",
        "Bộ luật Lao động 45/2019/QH14 Điều 111, 112",
        head.own_date_off,
    ),
    Rule(
        "A03",
        _WARN,
        "Thiếu giờ bắt đầu, giờ kết thúc, hoặc kết thúc trước bắt đầu",
        f"{_ND30} Mẫu 1.9",
        times.begin_and_end,
    ),
    Rule("A04", _WARN, "Cùng những người ở hai việc một lúc", f"{_ND30} Mẫu 1.9", people.two_places_at_once),
    Rule(
        "A05",
        _ERROR,
        "Kết thúc niêm yết khi chưa đủ thời gian",
        f"{_LAW} Điều 48; {_CIVIL} Điều 147, 148",
        times.closed_too_early,
        dossier.too_short,
    ),
    Rule(
        "A06",
        _WARN,
        "Ghi “đến hết ngày” nhưng lập trong chính ngày đó",
        f"{_CIVIL} Điều 148 khoản 6",
        times.signed_during_last_day,
    ),
    Rule("A07", _WARN, "Số ngày ghi khác số ngày tính được", f"{_CIVIL} Điều 147, 148", times.stated_days),
    Rule("A08", _INFO, "Thời gian niêm yết trùm kỳ nghỉ dài", f"{_LAW} Điều 48", times.long_holiday),
    Rule(
        "A09",
        _ERROR,
        "Văn bản niêm yết được gọi khác nhau giữa các chỗ",
        f"{_LAW} Điều 46, 53",
        matter.another_document,
    ),
    Rule("A10", _WARN, "Hai nơi niêm yết là một nơi", f"{_LAW} Điều 48", matter.same_place_twice),
    Rule(
        "A11", _WARN, "Người tham gia hoặc người ký hai biên bản khác nhau", f"{_ND30} Mẫu 1.9", people.different_people
    ),
    Rule(
        "A12",
        _WARN,
        "Thiếu số, ký hiệu, địa danh ngày tháng hoặc quyền hạn người ký",
        f"{_ND30} Điều 8, Phụ lục I, Mẫu 1.9",
        head.missing_head,
        dossier.unnumbered,
    ),
    Rule("A13", _INFO, "Đánh số mục đứt quãng hoặc trùng", f"{_ND30} Phụ lục I", head.broken_numbering),
    Rule(
        "A14",
        _WARN,
        "Một căn cứ được dẫn với số, ngày hoặc trích yếu khác nhau",
        f"{_ND30} Phụ lục I",
        across.different_bases,
    ),
    Rule("A15", _WARN, "Dẫn văn bản đã hết hoặc chưa có hiệu lực", f"{_LAW} Điều 90", across.repealed_law),
    Rule("A16", _INFO, "Bố cục nêu khác bố cục thật", f"{_ND30} Phụ lục I", matter.claimed_structure),
    Rule(
        "A17",
        _WARN,
        "Ghi không có ý kiến trong khi có ý kiến đã ghi",
        f"{_LAW} Điều 55",
        matter.silence_despite_comments,
    ),
    Rule(
        "A18", _ERROR, "Nêu hình thức công khai mà không có minh chứng", f"{_LAW} Điều 48, 55", matter.unproved_channel
    ),
    Rule("A19", _WARN, "Ban hành trước khi xong việc lấy ý kiến", f"{_LAW} Điều 53, 55", times.issued_too_early),
    Rule(
        "A20",
        _WARN,
        "Thống nhất ngay khi mới lấy ý kiến, hoặc hạn góp ý hết trước niêm yết",
        f"{_LAW} Điều 53, 55",
        times.decided_too_early,
    ),
    Rule("A21", _WARN, "Hạn góp ý rơi vào ngày nghỉ", f"{_CIVIL} Điều 148 khoản 5", times.deadline_on_holiday),
    Rule("A22", _INFO, "Nơi nhận báo cáo khác nơi kế hoạch đã hẹn", f"{_ND30} Phụ lục I", people.other_addressee),
    Rule(
        "A23",
        _ERROR,
        "Hồ sơ thiếu thành phần",
        f"{_LAW} Điều 46, 48, 55; quy chế của cơ quan",
        across.gaps,
        dossier.missing_parts,
    ),
    Rule("A24", _INFO, "Một đoạn hoặc một căn cứ ghi hai lần", f"{_ND30} Phụ lục I", matter.duplicates),
    Rule("A25", _WARN, "Ban hành bằng hình thức khác với dự thảo", f"{_ND30} Điều 7", matter.another_form),
    Rule("A26", _INFO, "Niêm yết dự thảo như văn bản phải công khai", f"{_LAW} Điều 46, 53", matter.wrong_regime),
    Rule("A27", _ERROR, "Số và ngày không theo thứ tự trong năm", f"{_ND30} Điều 15", head.series_order),
    Rule("A28", _INFO, "Cách viết ngày, số, ký hiệu", f"{_ND30} Phụ lục I", head.typography),
    Rule("A29", _ERROR, "Văn bản công khai đã bị thu hồi", f"{_ND30} Điều 18", dossier=dossier.recalled),
    Rule("A30", _WARN, "Tệp của văn bản công khai không dùng được", f"{_ND30} Điều 21", dossier=dossier.unusable_files),
    Rule("B01", _WARN, "Thứ trong tuần ghi sai", f"{_ND30} Phụ lục I", head.wrong_weekday),
    Rule("B02", _ERROR, "Ngày của văn bản chưa đến", f"{_ND30} Điều 15", head.future_date),
    Rule("B03", _ERROR, "Một số, ký hiệu dùng hai lần trong năm", f"{_ND30} Điều 15", head.reused_number),
    Rule("B04", _WARN, "Ngày không có thật", f"{_ND30} Phụ lục I", head.impossible_date),
    Rule("B05", _WARN, "Một người ký với hai tư cách", f"{_ND30} Điều 13, Mẫu 1.9", people.two_roles),
    Rule("B06", _WARN, "Các văn bản ghi thời gian niêm yết khác nhau", f"{_LAW} Điều 48", times.different_periods),
    Rule("B07", _WARN, "Số người dự không khớp", f"{_ND30} Mẫu 1.9", people.head_count),
    Rule("B08", _WARN, "Số ghi bằng số và bằng chữ khác nhau", f"{_ND30} Phụ lục I", head.words_against_figures),
    Rule("B09", _WARN, "Văn bản công khai không có trong biên bản niêm yết", f"{_LAW} Điều 46", matter.not_in_the_list),
    Rule("B10", _WARN, "Không có khối chữ ký", f"{_ND30} Điều 8, 13", head.no_signature),
    Rule(
        "B11",
        _WARN,
        "Thiếu Quốc hiệu, Tiêu ngữ hoặc tên cơ quan (tệp PDF, DOCX, bản quét)",
        f"{_ND30} Điều 8, Phụ lục I",
        head.layout,
    ),
    Rule("B12", _WARN, "Dẫn một văn bản trong bộ với ngày sai", f"{_ND30} Phụ lục I", across.wrong_date_of_paper),
    Rule("B13", _WARN, "Trình tự ngày của các văn bản ngược nhau", f"{_LAW} Điều 46, 55", times.out_of_order),
    Rule("B14", _WARN, "Biên bản họp không ghi chủ tọa hoặc thư ký", f"{_ND30} Mẫu 1.9", people.chair_and_secretary),
    Rule("B15", _WARN, "Thiếu nơi nhận", f"{_ND30} Điều 8, Phụ lục I", head.no_recipients),
    Rule("B16", _INFO, "Không nhận ra loại văn bản", f"{_ND30} Điều 7", head.unknown_type),
    Rule("B17", _WARN, "Bảng mã cũ, không phải Unicode", f"{_ND30} Phụ lục I (TCVN 6909:2001)", head.legacy_encoding),
    Rule("B18", _WARN, "Còn chỗ trống chưa điền", f"{_ND30} Mẫu 1.9", matter.unfinished),
    Rule(
        "B19",
        _ERROR,
        "Thời gian niêm yết ghi ít hơn quy định",
        f"{_LAW} Điều 48; quy chế của cơ quan",
        times.shorter_than_the_rule,
    ),
    Rule("B20", _WARN, "Ký hiệu không khớp tên loại", f"{_ND30} Phụ lục III", head.symbol_against_type),
    Rule("B22", _WARN, "Một văn bản đưa vào hai lần", f"{_ND30} Điều 29", across.twice_the_same),
    Rule("L01", _WARN, "Công khai sau thời hạn", f"{_LAW} Điều 47; quy chế của cơ quan", dossier=dossier.late),
    Rule(
        "S01",
        _ERROR,
        "Chữ ký số chưa được kết luận là hợp lệ",
        "Thông tư 15/2025/TT-BKHCN Điều 6",
        dossier=dossier.signatures,
    ),
)
"""Every check that comes with the house, in the order in which results are given."""


SAID_ELSEWHERE: Final = (
    Rule("L02", _ERROR, "Kết thúc công khai sớm theo lệnh của người đứng đầu", f"{_LAW} Điều 48"),
    Rule("L03", _WARN, "Chưa dùng một hình thức công khai bắt buộc", f"{_LAW} Điều 48; quy chế của cơ quan"),
    Rule("L04", _WARN, "Gỡ muộn khi thời gian công khai là đúng số ngày", f"{_LAW} Điều 48; luật chuyên ngành"),
    Rule("L05", _WARN, "Miễn thời gian công khai, hoặc miễn rộng hơn Luật", f"{_LAW} Điều 48 khoản 1"),
    Rule("L06", _ERROR, "Việc công khai có lúc gián đoạn", f"{_LAW} Điều 48"),
    Rule("L07", _ERROR, "Nội dung đã có lúc khác với bản đã đăng", f"{_LAW} Điều 48"),
    Rule("L08", _ERROR, "Văn bản được thay bằng bản đã sửa trong thời gian công khai", f"{_ND30} Điều 18"),
    Rule("L09", _ERROR, "Việc công khai có lúc tạm dừng", f"{_LAW} Điều 48"),
    Rule("S02", _WARN, "Niêm phong khi chữ ký chưa có dữ liệu dài hạn", "Luật Giao dịch điện tử 20/2023/QH15"),
    Rule("D01", _WARN, "Thành phần là bản quét, không phải văn bản ký số", f"{_ND30} Điều 5, 25"),
    Rule("D02", _WARN, "Hồ sơ được kết thúc theo quyết định khi còn thiếu thành phần", f"{_ND30} Điều 29"),
    Rule("K01", _WARN, "Một phép kiểm tra gặp lỗi nên chưa xem được", "Cách làm của congkhai"),
)
"""Findings that no registered check makes: on the life of a posting, on the sealing itself, on a check that failed."""


@hookimpl
def register_checks(register: Callable[[Check], None]) -> None:
    """Offer the built-in checks."""
    for rule in BUILT_IN:
        register(rule)
