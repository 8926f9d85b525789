"""What is proposed for whole papers, in subjects written for these tests."""

import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from congkhai.plugin.records import Decision, Direction, Document
from congkhai.plugin.regulation import load_regulation
from congkhai.plugin.tagging.decide import Thresholds, tag_document
from congkhai.plugin.tagging.plugin import RulesTagger, register_taggers

REGULATION = load_regulation("dong-son-2024")


def paper(
    subject: str, direction: str = "out", type_: str = "quyết định", issuer: str = "", **more: object
) -> Document:
    issuer = issuer or ("UBND xã Mẫu" if direction == "out" else "UBND tỉnh Mẫu")
    document = Document(
        id="d1",
        agency="main",
        source="s",
        remote_id="1",
        version=1,
        direction=Direction(direction),
        type=type_,
        number="",
        issued=date(2024, 3, 1),
        arrived=None,
        issuer=issuer,
        subject=subject,
        signer="",
        received_at=datetime(2024, 3, 1, tzinfo=UTC),
    )
    return replace(document, **more)


def best(document: Document, text: str = "") -> str:
    decision = tag_document(document, REGULATION, text)
    return decision.tags[0].category if decision.tags else "none"


@pytest.mark.parametrize(
    ("subject", "direction", "type_", "issuer", "expected"),
    [
        ("Luật Tổ chức cơ quan mẫu về cán bộ, công chức", "in", "luật", "Quốc hội", "1"),
        ("Quy định chức năng, nhiệm vụ, quyền hạn của Phòng Mẫu", "in", "quyết định", "UBND tỉnh Mẫu", "1"),
        ("Nghị quyết về xây dựng tổ chức đảng vững mạnh", "in", "nghị quyết", "Tỉnh uỷ Mẫu", "1"),
        ("Chương trình công tác quý III năm 2024", "out", "chương trình", "", "2"),
        ("Kế hoạch thực hiện quy chế dân chủ năm 2024", "out", "kế hoạch", "", "2"),
        ("Giao dự toán thu, chi ngân sách năm 2025", "in", "quyết định", "UBND huyện Mẫu", "3"),
        ("Công khai quyết toán ngân sách năm 2023", "out", "thông báo", "", "3"),
        ("Thanh lý tài sản công hư hỏng", "out", "quyết định", "", "4"),
        ("Tiêu chuẩn, định mức máy móc, thiết bị chuyên dùng", "in", "quyết định", "UBND tỉnh Mẫu", "4"),
        ("Điều chỉnh kế hoạch đầu tư công năm 2024", "in", "quyết định", "UBND tỉnh Mẫu", "5"),
        ("Nâng bậc lương thường xuyên đối với công chức", "out", "quyết định", "", "6"),
        ("Kế hoạch chuyển đổi số của cơ quan", "out", "kế hoạch", "", "6"),
        ("Công khai bản kê khai tài sản, thu nhập", "out", "thông báo", "", "7"),
        ("Kết luận vụ việc tham nhũng tại cơ quan", "out", "thông báo", "", "7"),
        ("Kết luận nội dung tố cáo", "out", "kết luận", "", "8"),
        ("Kết quả kiểm tra công vụ trong nội bộ cơ quan", "out", "báo cáo", "", "8"),
        ("Ban hành Quy chế chi tiêu nội bộ", "out", "quyết định", "", "9"),
        ("Tổng hợp ý kiến, tiếp thu, giải trình ý kiến của công chức", "out", "báo cáo", "", "10"),
        ("Tăng cường kỷ luật, kỷ cương hành chính", "in", "chỉ thị", "UBND tỉnh Mẫu", "11"),
        ("Công nhận Ban Thanh tra nhân dân nhiệm kỳ 2024-2026", "out", "quyết định", "", "12"),
    ],
)
def test_each_item_of_the_list_is_found(subject: str, direction: str, type_: str, issuer: str, expected: str) -> None:
    assert best(paper(subject, direction, type_, issuer)) == expected


@pytest.mark.parametrize(
    ("subject", "direction", "type_"),
    [
        ("Xin chủ trương mua máy tính", "out", "tờ trình"),
        ("Đề nghị nâng bậc lương", "out", "đề nghị"),
        ("Mời họp triển khai đầu tư công", "in", "giấy mời"),
        ("Hoãn hội nghị tổng kết", "in", "công văn"),
        ("Góp ý dự thảo Nghị định về tuyển dụng công chức", "in", "công văn"),
        ("Thành lập Hội đồng thẩm định", "out", "quyết định"),
        ("Thu hồi đất của hộ ông Nguyễn Văn Mẫu", "in", "quyết định"),
        ("Tăng cường phòng, chống dịch bệnh trên địa bàn", "in", "công văn"),
        ("Báo cáo số liệu hộ kinh doanh", "in", "công văn"),
        ("Công bố thủ tục hành chính mới", "in", "quyết định"),
        ("Công khai dự toán ngân sách của Bộ Mẫu", "in", "quyết định"),
        ("Lịch làm việc tuần 12", "out", "lịch"),
        ("Bảng giá dịch vụ bến xe", "in", "quyết định"),
    ],
)
def test_what_is_undecided_or_outside_gets_no_tag(subject: str, direction: str, type_: str) -> None:
    assert best(paper(subject, direction, type_)) == "none"


@pytest.mark.parametrize(
    "subject",
    [
        "ban hành quy chế làm việc của cơ quan",
        "BAN HÀNH QUY CHẾ LÀM VIỆC CỦA CƠ QUAN",
        "ban hanh quy che lam viec cua co quan",
        "Ban hành qui chế làm việc của CO’ quan",
        "( Ban hành  Quy chế làm việc của cơ quan. )",
    ],
)
def test_spelling_does_not_change_the_answer(subject: str) -> None:
    assert best(paper(subject)) == "9"


def test_the_own_democracy_regulation_is_known_as_such() -> None:
    decision = tag_document(
        paper("Thực hiện dân chủ trong hoạt động của cơ quan UBND xã Mẫu", type_="quy chế"), REGULATION
    )
    assert (decision.tags[0].category, decision.tags[0].sub) == ("9", "own_regulation")
    assert decision.decision is Decision.AUTO


@pytest.mark.parametrize(
    ("subject", "type_"),
    [
        ("Tổ chức lấy ý kiến đóng góp dự thảo Quy chế thực hiện dân chủ", "kế hoạch"),
        ("Biên bản niêm yết công khai dự thảo Quyết định ban hành Quy chế", "biên bản"),
        ("Lấy ý kiến dự thảo Quy chế chi tiêu nội bộ", "công văn"),
    ],
)
def test_a_draft_for_comment_is_a_consultation_without_tags(subject: str, type_: str) -> None:
    decision = tag_document(paper(subject, type_=type_), REGULATION)
    assert (decision.regime, decision.tags, decision.decision) == ("consultation", (), Decision.NONE)


def test_the_result_of_a_consultation_is_feedback() -> None:
    assert best(paper("Kết quả lấy ý kiến đối với dự thảo Quy chế", type_="báo cáo")) == "10"


def test_what_a_commune_tells_the_people_is_its_own_regime() -> None:
    decision = tag_document(paper("Danh sách hộ nghèo, hộ cận nghèo năm 2024", type_="thông báo"), REGULATION)
    assert (decision.regime, decision.tags, decision.decision) == ("people", (), Decision.REVIEW)
    other = tag_document(paper("Danh sách hộ nghèo năm 2024", type_="thông báo"), REGULATION, agency_kind="so")
    assert other.regime is None


@pytest.mark.parametrize(
    "subject",
    [
        "Bổ nhiệm ông Nguyễn Văn Mẫu giữ chức Trưởng phòng",
        "Kỷ luật khiển trách đối với bà Trần Thị Mẫu",
        "Kết luận nội dung tố cáo",
        "Công khai bản kê khai tài sản, thu nhập",
        "Kết luận vụ việc tham nhũng",
    ],
)
def test_what_touches_a_person_is_always_left_to_a_person(subject: str) -> None:
    decision = tag_document(paper(subject), REGULATION, thresholds=Thresholds(auto_above=0.0))
    assert decision.tags
    assert decision.decision is Decision.REVIEW


def test_thresholds_decide_between_auto_and_review() -> None:
    document = paper("Ban hành Quy chế chi tiêu nội bộ")
    assert tag_document(document, REGULATION, thresholds=Thresholds(auto_above=0.5)).decision is Decision.AUTO
    assert tag_document(document, REGULATION, thresholds=Thresholds(auto_above=1.0)).decision is Decision.REVIEW


def test_a_doubtful_none_is_shown_to_a_person() -> None:
    document = paper("Thông báo nội dung gì đó", type_="thông báo")
    assert tag_document(document, REGULATION, thresholds=Thresholds(review_above=1.0)).decision is Decision.NONE
    assert tag_document(document, REGULATION, thresholds=Thresholds(review_above=0.0)).decision is Decision.REVIEW


def test_a_specific_item_stands_before_the_superiors_directive() -> None:
    decision = tag_document(paper("Tuyển dụng công chức năm 2024", "in"), REGULATION)
    assert [tag.category for tag in decision.tags][:2] == ["6", "11"]


def test_each_tag_carries_a_reason_with_its_clause() -> None:
    decision = tag_document(paper("Tăng cường kỷ luật, kỷ cương hành chính", "in", "chỉ thị"), REGULATION)
    assert decision.tags[0].why[0].startswith("khoản 11 Điều 6: ")
    assert decision.decided_by == "rules"


def test_a_marked_paper_is_refused_without_a_word_of_it() -> None:
    for document, text in (
        (paper("TỐI MẬT Kế hoạch diễn tập"), ""),
        (paper("Kế hoạch diễn tập"), "UBND XÃ\nMẬT\nKế hoạch"),
    ):
        decision = tag_document(document, REGULATION, text)
        assert (decision.decision, decision.tags) == (Decision.REFUSED, ())
        assert "diễn tập" not in repr(decision)


def test_the_builtin_tagger_registers_through_the_hook() -> None:
    offered: dict[str, object] = {}
    register_taggers(offered.__setitem__)
    tagger = offered["rules"]("dong-son-2024")
    assert isinstance(tagger, RulesTagger)
    decision = tagger.tag(paper("Chương trình công tác năm 2024", type_="chương trình"), "")
    assert decision.tags[0].key == "workplan"


@pytest.mark.parametrize(
    "subject",
    [
        "", " ", "...!!!", "— – -", "😀😀😀", "x" * 100_000, "kế hoạch " * 20_000, "\x00\x01\x07",
        "<b>Kế hoạch</b><script>",
        "Приказ о назначении", "公開情報について", "The annual work plan of the office", "a", "1 2 3", "\u202eKế hoạch",
        "Quyết định 公開 о плане", "\ud800", "'''''", "/:.-" * 1000, "Kế hoạch công tác năm 2026 " * 5000,
        "<p>Kế hoạch công tác năm 2026</p>", "&lt;p&gt;Kế hoạch công tác&nbsp;năm 2026",
        "Kế hoạch\x1b[31m công tác năm 2026", "\u202eKế hoạch công tác năm 2026",
        "Kế hoạch công tác năm 2026 на год", "Plan de travail annuel du comité",
    ],
)  # fmt: skip
@pytest.mark.parametrize("direction", ["in", "out"])
def test_whatever_stands_in_the_subject_a_person_looks_or_it_is_none_with_a_reason(
    subject: str, direction: str
) -> None:
    decision = tag_document(paper(subject, direction, type_=""), REGULATION)
    assert decision.decision in (Decision.REVIEW, Decision.NONE)
    assert decision.why or all(tag.why for tag in decision.tags)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_what_offices_write_is_not_odd(form: str) -> None:
    subject = unicodedata.normalize(form, "Kế hoạch công tác năm 2026 của UBND xã Mẫu & Ban Mẫu – “quý I”, < 5 việc…")
    assert tag_document(paper(subject, type_="kế hoạch"), REGULATION).decision is Decision.AUTO


@pytest.mark.parametrize("subject", ["", "...", "😀", "12345", "\x00"])
def test_a_subject_without_a_word_is_left_to_a_person(subject: str) -> None:
    decision = tag_document(paper(subject, type_=""), REGULATION)
    assert (decision.decision, decision.tags) == (Decision.REVIEW, ())


@pytest.mark.parametrize(
    ("subject", "direction", "type_", "issuer", "expected"),
    [
        ("Kế hoạch công khai thông tin của cơ quan năm 2027", "out", "kế hoạch", "", "2"),
        ("Quán triệt chủ trương của Đảng, chính sách pháp luật mới", "out", "thông báo", "", "1"),
        ("Chấn chỉnh công tác tiếp công dân ở cấp xã", "in", "công văn", "UBND tỉnh Mẫu", "11"),
        ("Chỉ đạo lập dự toán ngân sách năm sau", "in", "công văn", "Sở Tài chính tỉnh Mẫu", "11"),
        ("Xây dựng đề án vị trí việc làm", "in", "công văn", "Sở Nội vụ tỉnh Mẫu", "6"),
        ("Tiếp công dân định kỳ tháng 3", "in", "thông báo", "UBND tỉnh Mẫu", "none"),
    ],
)
def test_who_asks_whom_to_do_what_decides(subject: str, direction: str, type_: str, issuer: str, expected: str) -> None:
    assert best(paper(subject, direction, type_, issuer)) == expected


@pytest.mark.parametrize("name", ["khuyen-cong-2025", "son-la-cntttt-2022", "bac-kan-vp-2023", "lang-son-sct-2024"])
def test_each_agency_gets_its_own_clause(name: str) -> None:
    regulation = load_regulation(name)
    decision = tag_document(paper("Ban hành Quy chế chi tiêu nội bộ"), regulation)
    assert decision.tags[0].category == regulation.category("internal_rules").clause
    assert decision.tags[0].why[0].startswith(regulation.category("internal_rules").source)


def test_an_item_learnt_from_words_alone_still_says_why() -> None:
    for type_ in ("quyết định", "công văn", "báo cáo", "khác", ""):
        decision = tag_document(paper("Nội dung khác lạ của Trạm Mẫu", type_=type_), REGULATION)
        assert decision.why or all(tag.why for tag in decision.tags)


def test_the_tagger_takes_kind_and_thresholds_of_its_agency() -> None:
    tagger = RulesTagger(load_regulation("statute-2022"))
    document = paper("Danh sách hộ nghèo năm 2026", type_="thông báo")
    assert tagger.tag(document, "").regime is None
    assert tagger.for_agency("xa", 0.85, 0.4).tag(document, "").regime == "people"
    sure = paper("Ban hành Quy chế chi tiêu nội bộ")
    assert tagger.for_agency("xa", 1.0, 0.4).tag(sure, "").decision is Decision.REVIEW
