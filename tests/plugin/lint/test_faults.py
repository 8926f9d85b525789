"""Each fault has its finding, and only its own: taken out of a faulty set and brought into a sound one, one by one."""

from collections import Counter
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest

from congkhai.plugin.lint.plugin import BUILT_IN
from congkhai.plugin.records import Finding

Lint = Callable[..., list[Finding]]
Texts = dict[str, str]

PLAN, MEETING, POSTING = "1-ke-hoach.txt", "2-bien-ban-hop.txt", "3-bien-ban-niem-yet.txt"
CLOSING, REPORT, REGULATION, YEAR = "4-bien-ban-ket-thuc.txt", "5-bao-cao.txt", "6-quy-che.txt", "7-ke-hoach-nam.txt"

EXPECTED = [
    ("A01", "error", MEETING), ("A02", "warn", MEETING), ("A02", "warn", CLOSING), ("A03", "warn", POSTING),
    ("A04", "warn", POSTING), ("A05", "error", CLOSING), ("A06", "warn", CLOSING), ("A07", "warn", CLOSING),
    ("A08", "info", POSTING), ("A09", "error", CLOSING), ("A09", "warn", CLOSING), ("A09", "warn", REPORT),
    ("A09", "warn", PLAN), ("A10", "warn", POSTING), ("A10", "warn", CLOSING), ("A11", "warn", CLOSING),
    ("A12", "warn", MEETING), ("A12", "warn", POSTING), ("A12", "warn", CLOSING), ("A12", "warn", REPORT),
    ("A13", "info", PLAN), ("A13", "info", CLOSING), ("A14", "warn", POSTING), ("A14", "warn", REPORT),
    ("A15", "warn", YEAR), ("A16", "info", MEETING), ("A17", "warn", CLOSING), ("A17", "warn", REPORT),
    ("A18", "error", REPORT), ("A19", "warn", REGULATION), ("A20", "warn", MEETING), ("A20", "warn", PLAN),
    ("A21", "warn", PLAN), ("A22", "info", REPORT), ("A23", "error", POSTING), ("A23", "error", POSTING),
    ("A23", "error", REGULATION), ("A23", "error", REPORT), ("A24", "info", MEETING), ("A25", "warn", REGULATION),
    ("A26", "info", POSTING), ("A28", "info", PLAN), ("A28", "info", CLOSING),
]  # fmt: skip
"""What the faulty set must give, and nothing else: id, severity, paper."""


def _seen(findings: list[Finding]) -> Counter[tuple[str, str, str]]:
    return Counter((one.id, one.severity.value, one.where.split(":")[0]) for one in findings)


def _edited(texts: Texts, edits: tuple[tuple[str, str, str], ...]) -> Texts:
    texts = dict(texts)
    for file, old, new in edits:
        assert old in texts[file], f"{file} does not say {old!r}"
        texts[file] = texts[file].replace(old, new)
    return texts


def test_the_faulty_set_gives_exactly_the_expected_findings(faulty: Texts, lint: Lint) -> None:
    assert _seen(lint(faulty)) == Counter(EXPECTED)


def test_the_order_of_numbers_is_sound_whatever_the_order_of_the_files(faulty: Texts, lint: Lint) -> None:
    backwards = dict(reversed(faulty.items()))
    assert "A27" not in {one.id for one in lint(faulty)} | {one.id for one in lint(backwards)}


def test_the_sound_set_gives_no_finding(sound: Texts, lint: Lint) -> None:
    assert lint(sound) == []


REPAIRS = [
    (
        ("A01", "A02"),
        ((MEETING, "Mẫu Sơn, ngày 10 tháng 02 năm 2024\n", "Mẫu Sơn, ngày 05 tháng 02 năm 2024\n"),),
        [("A01", MEETING), ("A02", MEETING)],
    ),
    (
        ("A03",),
        (
            (
                POSTING,
                "\nỦy ban nhân dân xã Mẫu Sơn tổ chức",
                "\nHôm nay, vào hồi 14 giờ 30 phút ngày 05/02/2024, Ủy ban nhân dân xã Mẫu Sơn tổ chức",
            ),
        ),
        [("A03", POSTING)],
    ),
    (("A04",), ((MEETING, "14 giờ 00 phút", "15 giờ 30 phút"),), [("A04", POSTING)]),
    (
        ("A05",),
        (
            (POSTING, "từ ngày 05/02/2024", "từ ngày 01/02/2024"),
            (CLOSING, "từ ngày 05/02/2024", "từ ngày 01/02/2024"),
            (REPORT, "từ ngày 05/02 ", "từ ngày 01/02 "),
        ),
        [("A05", CLOSING)],
    ),
    (("A06",), ((CLOSING, "đến hết ngày 25/02/2024", "đến ngày 25/02/2024"),), [("A06", CLOSING)]),
    (("A07",), ((CLOSING, "20 ngày, từ", "21 ngày, từ"),), [("A07", CLOSING)]),
    (
        ("A09 flip",),
        ((CLOSING, "công khai Quyết định ban hành", "công khai Dự thảo Quyết định ban hành"),),
        [("A09", CLOSING)],
    ),
    (
        ("A09 title",),
        ((CLOSING, "Quy chế dân chủ\n", "Quy chế thực hiện dân chủ trong cơ quan Ủy ban nhân dân xã\n"),),
        [("A09", CLOSING)],
    ),
    (("A09 plan",), ((PLAN, "Dự thảo Luật", "Dự thảo Quy chế"),), [("A09", PLAN)]),
    (("A09 report",), ((REPORT, "công khai kế hoạch, dự thảo", "công khai dự thảo"),), [("A09", REPORT)]),
    (("A10",), ((POSTING, " và Bảng tin Ủy ban nhân dân xã", ""),), [("A10", POSTING)]),
    (("A11",), ((CLOSING, "Hoàng Thị Sáu", "Hoang Thi Lương"),), [("A11", CLOSING)]),
    (("A12 number",), ((MEETING, "Mẫu Sơn, ngày 10", "Số: 05/BB-UBND\n\nMẫu Sơn, ngày 10"),), [("A12", MEETING)]),
    (
        ("A12 capacity",),
        ((REPORT, "\n\n\nNguyễn Văn Mẫu", "\nTM. ỦY BAN NHÂN DÂN\nCHỦ TỊCH\n\nNguyễn Văn Mẫu"),),
        [("A12", REPORT)],
    ),
    (("A13",), ((PLAN, "IV. TỔ CHỨC", "III. TỔ CHỨC"),), [("A13", PLAN)]),
    (
        ("A14 number",),
        (
            (PLAN, "134/CV-BCĐ ngày 26/01/2024", "132-CV/BCĐ ngày 22/01/2024"),
            (PLAN, "dân chủ ở cấp xã", "dân chủ ở cơ quan hành chính, đơn vị sự nghiệp"),
        ),
        [("A14", POSTING)],
    ),
    (
        ("A14 subject",),
        (
            (
                REPORT,
                "ban hành tài liệu tập huấn nghiệp vụ cho cấp xã",
                "triển khai xây dựng quy chế thực hiện dân chủ ở cơ quan hành chính, đơn vị sự nghiệp",
            ),
        ),
        [("A14", REPORT)],
    ),
    (("A15",), ((YEAR, "Pháp lệnh số 34/2007/PL-UBTVQH11", "Nghị định số 59/2023/NĐ-CP"),), [("A15", YEAR)]),
    (("A16",), ((MEETING, "gồm 2 phần", "gồm 3 phần"),), [("A16", MEETING)]),
    (("A17",), ((MEETING, "Ý kiến 1: cần", "Cần"),), [("A17", CLOSING), ("A17", REPORT)]),
    (("A17 told",), ((REPORT, "không có ý kiến gì khác", "đã tiếp thu ý kiến tại cuộc họp"),), [("A17", REPORT)]),
    (("A18",), ((REPORT, " và đăng trên Cổng thông tin điện tử xã, trang Zalo của xã", ""),), [("A18", REPORT)]),
    (
        ("A20 meeting",),
        ((MEETING, "Họp triển khai và thống nhất Quy chế", "Họp triển khai lấy ý kiến Quy chế"),),
        [("A20", MEETING)],
    ),
    (
        ("A20 deadline", "A21"),
        ((PLAN, "trước ngày 10/02/2024", "trước ngày 28/02/2024"),),
        [("A20", PLAN), ("A21", PLAN)],
    ),
    (("A22",), ((REPORT, "- UBND huyện;", "- Ban Dân vận huyện ủy;"),), [("A22", REPORT)]),
    (
        ("A24",),
        (
            (
                MEETING,
                "; Căn cứ Nghị định số 59/2023/NĐ-CP ngày 14/8/2023 của Chính phủ quy định chi tiết một số điều của"
                " Luật Thực hiện dân chủ ở cơ sở; hội nghị",
                "; hội nghị",
            ),
        ),
        [("A24", MEETING)],
    ),
    (("A28 number",), ((PLAN, "27 /KH-UBND", "27/KH-UBND"),), [("A28", PLAN)]),
    (("A28 date",), ((CLOSING, "25./02/2024", "25/02/2024"),), [("A28", CLOSING)]),
    (("A23 specific plan",), ((PLAN, "gửi ý kiến vào", "xem bản niêm yết và gửi ý kiến vào"),), [("A23", POSTING)]),
]


@pytest.mark.parametrize(("what", "edits", "gone"), REPAIRS, ids=[" ".join(row[0]) for row in REPAIRS])
def test_a_fault_that_is_taken_away_takes_its_finding_with_it_and_no_other(
    what: tuple[str, ...],
    edits: tuple[tuple[str, str, str], ...],
    gone: list[tuple[str, str]],
    faulty: Texts,
    lint: Lint,
) -> None:
    before, after = _seen(lint(faulty)), _seen(lint(_edited(faulty, edits)))
    assert sorted((id_, file) for id_, _severity, file in (before - after).elements()) == sorted(gone)
    assert list((after - before).elements()) == []


YEAR_PLAN = """\
Số: 11/KH-UBND

Mẫu Sơn, ngày 15 tháng 01 năm 2024

KẾ HOẠCH

Công khai thông tin của cơ quan năm 2024

Nội dung, hình thức niêm yết nêu tại phụ lục./.

Nơi nhận:

- Lưu: VT.

TM. ỦY BAN NHÂN DÂN
CHỦ TỊCH

Nguyễn Văn Mẫu
"""
DECISION = (
    YEAR_PLAN.replace("11/KH", "55/QĐ")
    .replace("15 tháng 01", "26 tháng 02")
    .replace("KẾ HOẠCH", "QUYẾT ĐỊNH")
    .replace("Công khai thông tin của cơ quan năm 2024", "Ban hành Quy chế thực hiện dân chủ")
)
NOTICE = (
    YEAR_PLAN.replace("11/KH", "71/TB")
    .replace("15 tháng 01", "01 tháng 3")
    .replace("KẾ HOẠCH", "THÔNG BÁO")
    .replace("Công khai thông tin của cơ quan năm 2024", "Công khai Quy chế và kết quả lấy ý kiến")
    .replace(
        "Nội dung, hình thức niêm yết nêu tại phụ lục",
        "Công khai Quy chế số 56/QC-UBND ngày 26/02/2024 và Báo cáo số 64/BC-UBND ngày 27/02/2024",
    )
)
ADDITIONS = [
    ("annual plan", YEAR_PLAN, [("A23", POSTING), ("A23", POSTING)]),
    ("decision", DECISION, [("A25", REGULATION)]),
    ("notice", NOTICE, [("A23", REGULATION), ("A23", REPORT)]),
]


@pytest.mark.parametrize(("what", "text", "gone"), ADDITIONS, ids=[row[0] for row in ADDITIONS])
def test_a_paper_that_was_missing_takes_its_finding_away_when_it_comes(
    what: str, text: str, gone: list[tuple[str, str]], faulty: Texts, lint: Lint
) -> None:
    before, after = _seen(lint(faulty)), _seen(lint({**faulty, "8-them.txt": text}))
    assert sorted((id_, file) for id_, _severity, file in (before - after).elements()) == sorted(gone)
    assert list((after - before).elements()) == []


SOUND_PLAN, SOUND_RULES, SOUND_MEETING = "1-ke-hoach-cong-khai.txt", "2-quy-che.txt", "3-bien-ban-hoi-nghi.txt"
SOUND_POSTING, SOUND_CLOSING, SOUND_REPORT = "4-bien-ban-niem-yet.txt", "5-bien-ban-ket-thuc.txt", "6-bao-cao.txt"
FAULTS = [
    (
        "A03 end before begin",
        (SOUND_MEETING, "16 giờ 30 phút, ngày 27", "13 giờ 30 phút, ngày 27"),
        [("A03", SOUND_MEETING)],
    ),
    ("A27", (SOUND_REPORT, "Số: 30/BC-UBND", "Số: 09/BC-UBND"), [("A27", SOUND_REPORT)]),
    ("B01", (SOUND_MEETING, "thứ Ba, ngày", "thứ Năm, ngày"), [("B01", SOUND_MEETING)]),
    ("B02", (SOUND_REPORT, "ngày 28 tháng 3 năm 2024", "ngày 22 tháng 3 năm 2027"), [("B02", SOUND_REPORT)]),
    ("B03", (SOUND_CLOSING, "Số: 04/BB", "Số: 03/BB"), [("B03", SOUND_CLOSING)]),
    ("B04", (SOUND_PLAN, "ngày 14/8/2023", "ngày 31/02/2023"), [("B04", SOUND_PLAN)]),
    ("B05", (SOUND_MEETING, "CHỦ TỌA\n\nNguyễn Văn Mẫu", "CHỦ TỌA\n\nLê Thị Thử"), [("B05", SOUND_MEETING)]),
    ("B06", (SOUND_REPORT, "từ ngày 04/3/2024 đến", "từ ngày 06/3/2024 đến"), [("B06", SOUND_REPORT)]),
    ("B07", (SOUND_MEETING, "vắng mặt: 01", "vắng mặt: 02"), [("B07", SOUND_MEETING)]),
    ("B08", (SOUND_RULES, "20 (hai mươi) ngày", "20 (hai mươi lăm) ngày"), [("B08", SOUND_RULES)]),
    ("B10", (SOUND_REPORT, "TM. ỦY BAN NHÂN DÂN\nCHỦ TỊCH\n\n\n\nNguyễn Văn Mẫu\n", ""), [("B10", SOUND_REPORT)]),
    ("B12", (SOUND_CLOSING, "10/KH-UBND ngày 15/01/2024", "10/KH-UBND ngày 16/01/2024"), [("B12", SOUND_CLOSING)]),
    ("B14", (SOUND_MEETING, "Thư ký: Lê Thị Thử - Văn phòng Ủy ban nhân dân xã\n", ""), [("B14", SOUND_MEETING)]),
    ("B15", (SOUND_REPORT, "Nơi nhận:\n\n- UBND huyện;\n- Lưu: VT.\n", ""), [("B15", SOUND_REPORT)]),
    (
        "B18",
        (SOUND_PLAN, "II. TỔ CHỨC", "Thực hiện xong trước tháng ....... năm nay.\n\nII. TỔ CHỨC"),
        [("B18", SOUND_PLAN)],
    ),
    ("B19", (SOUND_POSTING, "20 ngày bắt đầu", "15 ngày bắt đầu"), [("B19", SOUND_POSTING)]),
    ("B20", (SOUND_REPORT, "Số: 30/BC-UBND", "Số: 30/KH-UBND"), [("B20", SOUND_REPORT)]),
]


@pytest.mark.parametrize(("what", "edit", "come"), FAULTS, ids=[row[0] for row in FAULTS])
def test_a_fault_in_the_sound_set_gives_its_finding_and_no_other(
    what: str, edit: tuple[str, str, str], come: list[tuple[str, str]], sound: Texts, lint: Lint
) -> None:
    found = lint(_edited(sound, (edit,)))
    assert sorted((one.id, one.where.split(":")[0]) for one in found) == sorted(come)


def test_a_paper_that_stands_in_no_list_of_posted_papers_is_found(sound: Texts, lint: Lint) -> None:
    texts = _edited(sound, ((SOUND_CLOSING, "Quy chế số 15/QC-UBND", "Quy chế số 16/QC-UBND"),))
    assert {one.id for one in lint(texts)} == {"A09", "B09"}  # the titles differ too: they hold the number


def test_a_closing_before_its_posting_is_out_of_order(sound: Texts, lint: Lint) -> None:
    texts = _edited(sound, ((SOUND_REPORT, "ngày 28 tháng 3 năm 2024", "ngày 21 tháng 3 năm 2024"),))
    assert {one.id for one in lint(texts)} == {"B13", "A06"}


def test_the_same_paper_twice_is_told(sound: Texts, lint: Lint) -> None:
    texts = {**sound, "7-lai.txt": sound[SOUND_REPORT]}
    assert [(one.id, one.where.split(":")[0]) for one in lint(texts) if one.id == "B22"] == [("B22", "7-lai.txt")]


@pytest.mark.parametrize("counting", ["included", "elapsed"])
def test_lenient_counting_lowers_an_early_closing_to_a_note_and_changes_nothing_else(
    counting: str, faulty: Texts, lint: Lint, tmp_path: Path
) -> None:
    rules = tmp_path / "rong.ini"
    shipped = resources.files("congkhai.plugin") / "regulations" / "dong-son-2024.ini"
    strict_rules = shipped.read_text(encoding="utf-8")
    assert "first-day = excluded" in strict_rules
    rules.write_text(strict_rules.replace("first-day = excluded", f"first-day = {counting}"), encoding="utf-8")
    strict, lenient = _seen(lint(faulty)), _seen(lint(faulty, str(rules)))
    assert list((strict - lenient).elements()) == [("A05", "error", CLOSING)]
    assert list((lenient - strict).elements()) == [("A05", "info", CLOSING)]


def test_a_single_paper_is_not_asked_for_the_rest_of_its_file(faulty: Texts, lint: Lint) -> None:
    assert "A23" not in {one.id for one in lint({POSTING: faulty[POSTING]})}


def test_every_check_of_papers_has_been_seen_to_fire(faulty: Texts, lint: Lint) -> None:
    seen = {id_ for id_, _severity, _file in EXPECTED}
    seen |= {id_ for _what, _edit, come in FAULTS for id_, _file in come} | {"B09", "B13", "B22"}
    elsewhere = {"B11", "B16", "B17"}  # test_files
    assert {rule.id for rule in BUILT_IN if rule.papers is not None} - seen - elsewhere == set()


def test_a_place_names_file_line_and_column(faulty: Texts, lint: Lint) -> None:
    (one,) = [one for one in lint(faulty) if one.id == "A15"]
    assert one.where == f"{YEAR}:21:32"
    line = faulty[YEAR].splitlines()[20]
    assert line[31:].startswith("34/2007/PL-UBTVQH11")


def test_every_finding_says_what_to_do(faulty: Texts, lint: Lint) -> None:
    assert all(one.message.strip() and one.advice.strip() for one in lint(faulty))
