"""What is checked before a dossier counts as complete: parts, signatures, limits, the papers themselves."""

from congkhai.signing import Trust, verify_bytes

from .dossier_parts import Item
from .house import House
from .minuting import Matter
from .records import DocumentStatus, Finding, Minutes, Part, Severity
from .signer_check import trust_in
from .text import _

PASSED = "TOTAL_PASSED"


def trust_of(house: House) -> Trust:
    """Return the anchors and revocation data of the configured trust folder. Raises TrustError."""
    return trust_in(house.configuration.trust.folder)


def findings_of(house: House, matter: Matter, items: tuple[Item, ...], parts: tuple[Part, ...]) -> tuple[Finding, ...]:
    """Return every finding on a dossier, in the order of parts, signatures, limits, papers."""
    return (
        *_missing_parts(parts),
        *_signatures(house, items),
        *_limits(matter),
        *_documents(matter),
        *_numbers(matter),
    )


def _missing_parts(parts: tuple[Part, ...]) -> list[Finding]:
    return [
        Finding(
            "A23",
            Severity.ERROR,
            part.key,
            _("Thiếu: {title}. {note}").format(title=part.title, note=part.note),
            _("Bổ sung phần này rồi chờ congkhai lập lại hồ sơ."),
        )
        for part in parts
        if part.state == "missing"
    ]


def _signatures(house: House, items: tuple[Item, ...]) -> list[Finding]:
    trust, now = trust_of(house), house.clock.now()
    found = []
    for item in items:
        if item.kind not in ("minutes", "report") or not item.name.endswith(".xml"):
            continue
        report = verify_bytes(house.store.vault.read(item.sha256), item.name, trust, now)
        if report.indication != PASSED:
            found.append(
                Finding(
                    "S01",
                    Severity.ERROR,
                    item.name,
                    _("Chữ ký chưa được kết luận là hợp lệ ({indication}).").format(indication=report.indication),
                    _("Kiểm tra chứng thư, danh sách thu hồi trong [trust] folder rồi ký lại nếu cần."),
                )
            )
    return found


def unstamped(paper: Minutes) -> Finding:
    """Say that a paper was sealed before its signatures had timestamps and long-term data: the budget was spent."""
    return Finding(
        "S02",
        Severity.WARN,
        paper.id,
        _("Chữ ký chưa có dấu thời gian và dữ liệu kiểm tra dài hạn khi niêm phong."),
        _("Bằng chứng thời điểm dựa vào dấu thời gian của hồ sơ; kiểm tra dịch vụ trong [timestamp]."),
    )


def _limits(matter: Matter) -> list[Finding]:
    found = []
    disclosure = matter.disclosure
    for posting in disclosure.postings:
        if posting.posted_from is None or posting.posted_from >= disclosure.publish_by:
            message, advice = _("Công khai sau thời hạn."), _("Ghi rõ lý do chậm trong báo cáo.")
            found.append(Finding("L01", Severity.WARN, posting.channel, message, advice))
        ended_early = posting.close_from is not None and (
            posting.posted_to is None or posting.posted_to < posting.close_from
        )
        if posting.required_days and ended_early:
            message, advice = _("Kết thúc khi chưa đủ thời gian công khai."), _("Niêm yết lại cho đủ thời gian.")
            found.append(Finding("A05", Severity.ERROR, posting.channel, message, advice))
    return found


def _documents(matter: Matter) -> list[Finding]:
    found = []
    for document in matter.documents:
        if document.status is DocumentStatus.RECALLED:
            advice = _("Người có thẩm quyền quyết định gỡ hay giữ, kèm lý do.")
            found.append(Finding("A29", Severity.ERROR, document.id, _("Văn bản đã bị thu hồi."), advice))
        for file in document.attachments:
            if file.problem:
                message = _("Tệp đính kèm không dùng được ({code}).").format(code=file.problem)
                found.append(Finding("A30", Severity.WARN, file.name, message, _("Xin nơi gửi gửi lại tệp.")))
    return found


def _numbers(matter: Matter) -> list[Finding]:
    advice = _("Văn thư cấp số nếu cơ quan yêu cầu.")
    return [
        Finding("A12", Severity.WARN, paper.id, _("Biên bản chưa có số, ký hiệu."), advice)
        for paper in matter.papers
        if not paper.number
    ]
