"""Checks of our own dossiers by their records: parts, signatures, limits, the disclosed papers, numbers."""

from collections.abc import Iterator

from ..records import DocumentStatus
from ..text import _
from .case import DossierCase
from .rule import Remark

PASSED = "TOTAL_PASSED"


def missing_parts(case: DossierCase) -> Iterator[Remark]:
    """Say which required parts are not there (Luật 10/2022/QH15; the regulation's own list)."""
    for part in case.parts:
        if part.state == "missing":
            yield Remark(
                part.key,
                _("Thiếu: {title}. {note}").format(title=part.title, note=part.note),
                _("Bổ sung phần này rồi chờ congkhai lập lại hồ sơ."),
            )


def signatures(case: DossierCase) -> Iterator[Remark]:
    """Say which signed papers did not pass verification."""
    for file in case.signed:
        if file.indication != PASSED:
            yield Remark(
                file.name,
                _("Chữ ký chưa được kết luận là hợp lệ ({indication}).").format(indication=file.indication),
                _("Kiểm tra chứng thư, danh sách thu hồi trong [trust] folder rồi ký lại nếu cần."),
            )


def late(case: DossierCase) -> Iterator[Remark]:
    """Say which channels began after the limit."""
    for posting in case.disclosure.postings if case.disclosure else ():
        if case.disclosure and (posting.posted_from is None or posting.posted_from >= case.disclosure.publish_by):
            yield Remark(posting.channel, _("Công khai sau thời hạn."), _("Ghi rõ lý do chậm trong báo cáo."))


def too_short(case: DossierCase) -> Iterator[Remark]:
    """Say which channels ended before their time (the limit was computed when the posting began)."""
    for posting in case.disclosure.postings if case.disclosure else ():
        ended_early = posting.close_from is not None and (
            posting.posted_to is None or posting.posted_to < posting.close_from
        )
        if posting.required_days and ended_early:
            message, advice = _("Kết thúc khi chưa đủ thời gian công khai."), _("Niêm yết lại cho đủ thời gian.")
            yield Remark(posting.channel, message, advice)


def recalled(case: DossierCase) -> Iterator[Remark]:
    """Say which disclosed papers were recalled."""
    for document in case.documents:
        if document.status is DocumentStatus.RECALLED:
            advice = _("Người có thẩm quyền quyết định gỡ hay giữ, kèm lý do.")
            yield Remark(document.id, _("Văn bản đã bị thu hồi."), advice)


def unusable_files(case: DossierCase) -> Iterator[Remark]:
    """Say which files of the disclosed papers cannot be used."""
    for document in case.documents:
        for file in document.attachments:
            if file.problem:
                message = _("Tệp đính kèm không dùng được ({code}).").format(code=file.problem)
                yield Remark(file.name, message, _("Xin nơi gửi gửi lại tệp."))


def unnumbered(case: DossierCase) -> Iterator[Remark]:
    """Say which minutes have no number (NĐ 30/2020/NĐ-CP Mẫu 1.9)."""
    for paper in case.minutes:
        if not paper.number:
            yield Remark(paper.id, _("Biên bản chưa có số, ký hiệu."), _("Văn thư cấp số nếu cơ quan yêu cầu."))
