"""Sample papers with invented people, as an agency would write them."""

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

from congkhai.plugin.minutes import (
    Agency,
    Ballot,
    CategoryRef,
    Choice,
    DecisionContent,
    DisclosedDocument,
    DossierIndex,
    FeedbackSummary,
    FileCode,
    FileRef,
    Interruption,
    JournalHead,
    Lack,
    Meeting,
    Member,
    MinutesContent,
    MinutesKind,
    MinutesLink,
    Person,
    PostedChannel,
    RegulationRef,
    ReportContent,
    Role,
    Speech,
)
from congkhai.plugin.records import Evidence, Feedback, Finding, Part, Severity

DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
ZONE = timezone(timedelta(hours=7))


def moment(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2024, 2, day, hour, minute, tzinfo=ZONE)


def posting_minutes() -> MinutesContent:
    draft = DisclosedDocument(
        "Quyết định",
        "",
        None,
        "Ban hành Quy chế thực hiện dân chủ trong hoạt động của cơ quan",
        status="draft",
        issuer="UBND xã Mẫu Sơn",
        page_amount=12,
        attachments=(FileRef("Dự thảo quyết định.pdf", "application/pdf", 182344, DIGEST),),
    )
    plan = DisclosedDocument("Kế hoạch", "127/KH-UBND", date(2024, 1, 30), "Tổ chức lấy ý kiến đóng góp dự thảo")
    board = PostedChannel(
        "p-1",
        "notice_board",
        "Niêm yết tại bảng tin",
        "Bảng tin công khai, trụ sở UBND xã Mẫu Sơn",
        moment(5, 15),
        20,
        "đủ 20 ngày liên tục, không tính ngày niêm yết",
        moment(26),
        basis="điểm b khoản 1 Điều 7",
        evidence=(Evidence("photo", moment(5, 15, 10), "Nguyễn Thị Mẫu", sha256=DIGEST, note="ảnh bảng tin"),),
    )
    portal = PostedChannel(
        "p-2",
        "portal",
        "Trang thông tin điện tử",
        "Trang thông tin điện tử xã Mẫu Sơn",
        moment(5, 15, 30),
        0,
        "",
        None,
        evidence=(Evidence("page", moment(5, 15, 31), "", "https://mauson.example.vn/cong-khai?id=127&x=1", DIGEST),),
    )
    return MinutesContent(
        id="bb-2024-0001",
        kind=MinutesKind.POSTING,
        agency=Agency("Ủy ban nhân dân xã Mẫu Sơn", "000.12.34.H02", "Ủy ban nhân dân huyện Mẫu Giang"),
        regulation=RegulationRef("Quy chế thực hiện dân chủ", "khoản 1 Điều 7", "156/QC-UBND", date(2023, 2, 26)),
        category=CategoryRef("10", "internal_rules", "Nội quy, quy chế của cơ quan"),
        bases=("Luật Thực hiện dân chủ ở cơ sở", "Nghị định số 59/2023/NĐ-CP ngày 14 tháng 8 năm 2023 của Chính phủ"),
        place="Trụ sở UBND xã Mẫu Sơn",
        started=moment(5, 14, 30),
        finished=moment(5, 15),
        participants=(Person("Lê Văn Mẫu", "Chủ tịch UBND xã"), Person("Trần Văn Ví", "Chủ tịch Ủy ban MTTQ xã")),
        documents=(draft, plan),
        channels=(board, portal),
        journal=JournalHead(128, DIGEST),
        roles=(
            Role("front_chair", ("TM. ỦY BAN MTTQ", "CHỦ TỊCH"), "Trần Văn Ví"),
            Role("records_officer", ("CÔNG CHỨC VP-TK",), "Nguyễn Thị Mẫu"),
            Role("head", ("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"), "Lê Văn Mẫu"),
        ),
        number="12/BB-UBND",
        absent=(Person("Phạm Thị Vắng"),),
        feedback_receiver="Công chức Văn phòng – Thống kê xã",
    )


def closing_minutes() -> MinutesContent:
    posting = posting_minutes()
    board, portal = posting.channels
    gap = Interruption(moment(10, 8), moment(10, 9), "bảo trì máy chủ")
    return replace(
        posting,
        id="bb-2024-0002",
        kind=MinutesKind.CLOSING,
        number="",
        started=moment(26, 8),
        finished=moment(26, 8, 30),
        channels=(replace(board, posted_to=moment(26, 8)), replace(portal, interruptions=(gap,))),
        feedback_receiver="",
        feedback=FeedbackSummary(2, (Feedback(moment(9, 9), "", "Đề nghị bổ sung trách nhiệm.\nGắn với cải cách."),)),
        opening=MinutesLink("bb-2024-0001", "posting", DIGEST, "12/BB-UBND"),
    )


def results_report() -> ReportContent:
    closing = closing_minutes()
    assert closing.feedback is not None
    assert closing.opening is not None
    return ReportContent(
        id="bc-2024-0001",
        agency=closing.agency,
        regulation=closing.regulation,
        category=closing.category,
        bases=closing.bases,
        place="Mẫu Sơn",
        made=moment(27, 9),
        documents=closing.documents,
        channels=closing.channels,
        journal=closing.journal,
        roles=closing.roles[-1:],
        number="164/BC-UBND",
        feedback=closing.feedback,
        minutes=(closing.opening,),
        remarks=("Việc công khai được thực hiện đủ thời hạn.",),
        addressees=("Ủy ban nhân dân huyện Mẫu Giang",),
        recipients=("Ủy ban nhân dân huyện Mẫu Giang", "Lưu: VT, VP-TK"),
    )


def closing_decision() -> DecisionContent:
    report = results_report()
    return DecisionContent(
        dossier="hs-2024-0001", version=1, title="Hồ sơ giám sát năm 2024", agency=report.agency,
        bases=("Quyết định số 9/QĐ-UBND ngày 05/02/2024",), reason="Không có Ban Thanh tra nhân dân nhiệm kỳ này",
        lacking=(Lack("A23", "22.1", "Thiếu phần 22.1."), Lack("A01", "", "Thiếu ngày.")), made=moment(27, 9),
        journal=report.journal, roles=report.roles,
    )  # fmt: skip


def index_of_dossier() -> DossierIndex:
    posting = posting_minutes()
    return DossierIndex(
        id="hs-2024-0001",
        disclosure="d-1",
        agency=posting.agency,
        code=FileCode("000.12.34.H02", 2024, "07/HS-CK"),
        title="Hồ sơ công khai Quy chế thực hiện dân chủ",
        maintenance="20 năm",
        rights="Nội bộ",
        creator="Nguyễn Thị Mẫu",
        language="Tiếng Việt",
        start=date(2024, 1, 30),
        end=date(2024, 2, 27),
        doc_total=2,
        page_total=16,
        kind="disclosure",
        complete=False,
        parts=(
            Part("9.3", "Biên bản niêm yết", "present", ("bien-ban/12-BB-UBND.xml", "bien-ban/12-BB-UBND.pdf")),
            Part("9.4", "Biên bản kết thúc", "missing", note="chưa ký"),
            Part("9.2", "Kế hoạch riêng", "not_applicable", note="đã nêu trong kế hoạch năm"),
        ),
        members=(
            Member("bien-ban/12-BB-UBND.xml", "Biên bản niêm yết", "application/xml", 5120, DIGEST, "minutes"),
            Member("bien-ban/12-BB-UBND.pdf", "Biên bản niêm yết", "application/pdf", 97000, DIGEST, "minutes", 3),
        ),
        journal=JournalHead(200, DIGEST),
        findings=(Finding("A05", Severity.ERROR, "9.4", "Thiếu biên bản kết thúc", "Ký biên bản"),),
    )


def meeting() -> Meeting:
    """A meeting with one counted vote."""
    return Meeting(
        320,
        298,
        Person("Lê Văn Mẫu", "Chủ tịch UBND xã"),
        Person("Nguyễn Thị Mẫu", "Công chức Văn phòng – Thống kê"),
        counters=(Person("Phạm Văn Đếm", "Tổ trưởng"), Person("Hoàng Thị Phiếu", "thành viên")),
        agenda=("Thông qua báo cáo năm 2023", "Bàn và quyết định mức đóng góp quỹ khuyến học"),
        speeches=(
            Speech(
                Person("Đỗ Văn Ý", "thôn Mẫu Thượng"),
                "Nhất trí với mức đóng góp; đề nghị công khai chi tiêu hằng quý.\nĐề nghị miễn cho hộ nghèo.",
            ),
        ),
        conclusions=("Hội nghị thống nhất mức đóng góp 50.000 đồng mỗi hộ mỗi năm.",),
        ballots=(
            Ballot(
                "Mức đóng góp quỹ khuyến học năm 2024",
                "bỏ phiếu kín",
                298,
                297,
                295,
                2,
                (Choice("Tán thành 50.000 đồng mỗi hộ", 280), Choice("Không tán thành", 15)),
            ),
        ),
    )


def conference_minutes() -> MinutesContent:
    return replace(
        posting_minutes(),
        id="bb-2024-0003",
        kind=MinutesKind.CONFERENCE,
        number="13/BB-UBND",
        subject="Hội nghị đại biểu hộ gia đình xã Mẫu Sơn năm 2024",
        meeting=meeting(),
        documents=(),
        channels=(),
        feedback_receiver="",
        roles=(Role("secretary", ("THƯ KÝ",), "Nguyễn Thị Mẫu"), Role("head", ("CHỦ TỌA",), "Lê Văn Mẫu")),
    )


def ballot_minutes() -> MinutesContent:
    return replace(
        conference_minutes(),
        id="bb-2024-0004",
        kind=MinutesKind.BALLOT,
        number="14/BB-UBND",
        subject="Kiểm phiếu lấy ý kiến về mức đóng góp quỹ khuyến học",
    )


def declarations_minutes(count: int = 3) -> MinutesContent:
    return replace(
        posting_minutes(),
        id="bb-2024-0005",
        kind=MinutesKind.DECLARATIONS,
        number="15/BB-UBND",
        documents=(),
        declarations=tuple(Person(f"Nguyễn Văn Khai {place}", "công chức") for place in range(1, count + 1)),
    )


def every_minutes() -> dict[str, MinutesContent]:
    """Minutes of every kind, by kind."""
    made = (posting_minutes(), closing_minutes(), conference_minutes(), ballot_minutes(), declarations_minutes())
    return {content.kind.value: content for content in made}
